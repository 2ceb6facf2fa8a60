import assert from "node:assert/strict";
import { test } from "node:test";
import { BlockLimit } from "../../../provisioning-server/doors/tftp-block-limit.ts";
import { loadNativeUdp, socketAddress } from "../../../provisioning-server/doors/tftp-native.ts";
import { TftpSocket } from "../../../provisioning-server/doors/tftp-sockets.ts";

const native = await loadNativeUdp();
const ways = [
  ["by Node alone", undefined, false],
  ["by system calls", native, native === undefined ? "this system has none of them" : false],
] as const;

const addresses: readonly (readonly [string, boolean, string | undefined])[] = [
  ["192.0.2.7", false, `02000045c0000207${"0".repeat(16)}`],
  ["2001:db8::7", true, `0a00004500000000${"20010db8000000000000000000000007"}00000000`],
  ["::", true, `0a00004500000000${"0".repeat(32)}00000000`],
  ["::ffff:192.0.2.7", true, `0a00004500000000${"00000000000000000000ffffc0000207"}00000000`],
  ["1:2:3:4:5:6:7:8", true, `0a00004500000000${"00010002000300040005000600070008"}00000000`],
  ["fe80::1%eth0", true, undefined],
  ["2001:db8::7", false, undefined],
  ["1:2:3", true, undefined],
];

for (const [address, v6, hex] of addresses)
  test(`socketAddress() of ${address} for an ${v6 ? "IPv6" : "IPv4"} socket`, () => {
    const bytes = socketAddress(address, 69, v6);
    assert.equal(bytes === undefined ? undefined : Buffer.from(bytes).toString("hex"), hex);
  });

for (const [how, calls, skip] of ways)
  for (const host of ["127.0.0.1", "::1"])
    test(`a window goes out in datagrams of its blocks, ${how}, from ${host}`, { skip }, async () => {
      const heard: string[] = [];
      const came = Promise.withResolvers<void>();
      const fail = (error: unknown): void =>
        came.reject(error instanceof Error ? error : new Error("socket"));
      const receiver = await TftpSocket.open(
        { host, port: 0 },
        calls,
        (bytes) => {
          heard.push(bytes.toString());
          if (heard.length === 6) came.resolve();
        },
        fail,
      );
      const sender = await TftpSocket.open({ host, port: 0 }, calls, () => {}, fail);
      const to = sender.destination({ address: host, port: receiver.local.port });
      const bytes = Buffer.from("aaabbbccd");
      sender.sendAll(bytes, bytes.length, 3, to);
      sender.send(Buffer.from("longer than a block"), 19, to);
      sender.sendAll(Buffer.from("eeeeff"), 6, 4, to);
      await came.promise;
      assert.deepEqual(heard, ["aaa", "bbb", "ccd", "longer than a block", "eeee", "ff"]);
      await Promise.all([sender.close(), receiver.close()]);
      sender.send(bytes, bytes.length, to); // late, and nowhere to go
    });

test("BlockLimit lets a block fill the path's packets, Ethernet's at most, and asks once", () => {
  let asked = 0;
  const mtus = new Map([
    [16, 1400],
    [28, 9000],
  ]);
  const pathMtu = (to: Uint8Array) => {
    asked += 1;
    return mtus.get(to.length);
  };
  const limit = new BlockLimit({ pathMtu });
  assert.equal(limit.of("192.0.2.7", 0).maxBlockSize, 1400 - 32);
  assert.equal(limit.of("192.0.2.7", 1000).maxBlockSize, 1400 - 32);
  assert.equal(limit.of("2001:db8::7", 0).maxBlockSize, 1500 - 52);
  assert.equal(asked, 2);
  mtus.set(16, 300);
  assert.equal(limit.of("192.0.2.7", 600_001).maxBlockSize, 512, "RFC 1350's block is always allowed");
  assert.equal(new BlockLimit(undefined).of("192.0.2.7", 0).maxBlockSize, 1468);
});
