import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test, type TestContext } from "node:test";
import type { BlockSource } from "../../../protocol/tftp/block-source.ts";
import { decodeTftp } from "../../../protocol/tftp/packet.ts";
import { startSend } from "../../../protocol/tftp/send-transfer.ts";
import { TftpSocket } from "../../../provisioning-server/doors/tftp-sockets.ts";
import { TimerWheel } from "../../../provisioning-server/doors/tftp-timers.ts";
import { TftpTransfer, type TransferEnd } from "../../../provisioning-server/doors/tftp-transfer.ts";

const file = Buffer.from(Array.from({ length: 5000 }, (_, at) => at % 251));

/** Reads later, as from a disk. */
const slow: BlockSource = {
  size: file.length,
  async read(offset, length) {
    await new Promise((resolve) => setImmediate(resolve));
    return file.subarray(offset, offset + length);
  },
};

async function send(context: TestContext, source: BlockSource) {
  const phone = createSocket("udp4");
  phone.bind(0, "127.0.0.1");
  await once(phone, "listening");
  const socket = await TftpSocket.open(
    { host: "127.0.0.1", port: 0 },
    undefined,
    () => {},
    (error) => assert.fail(String(error)),
  );
  context.after(async () => {
    phone.close();
    await socket.close();
  });
  const mono = () => performance.now();
  const ends: TransferEnd[] = [];
  const crashes: unknown[] = [];
  const options = [["windowsize", "4"] as const];
  const transfer = new TftpTransfer(startSend({ size: source.size, options }, mono()), {
    socket,
    to: socket.destination(phone.address()),
    source,
    wheel: new TimerWheel(mono),
    mono,
    onProven: () => {},
    onEnd: (end) => ends.push(end),
    crash: (error) => crashes.push(error),
  });
  await once(phone, "message"); // OACK
  return { phone, transfer, ends, crashes };
}

test("TftpTransfer sends from a source that reads later, window by window", async (context) => {
  const { phone, transfer, ends } = await send(context, slow);
  const got: Uint8Array[] = [];
  const whole = Promise.withResolvers<void>();
  phone.on("message", (bytes: Buffer) => {
    const packet = decodeTftp(bytes);
    assert.ok(packet.ok && packet.value.op === "data");
    assert.equal(packet.value.block, got.length + 1);
    got.push(packet.value.data);
    const last = packet.value.data.length < 512;
    if (last || got.length % 4 === 0) transfer.acknowledge(got.length);
    if (last) whole.resolve();
  });
  transfer.acknowledge(0);
  transfer.acknowledge(0); // a repeat while the first window is read
  await whole.promise;
  assert.ok(Buffer.concat(got).equals(file));
  assert.deepEqual(ends, [{ status: 200, bytes: 5000, retransmissions: 0 }]);
});

for (const [what, read] of [
  ["fails later", () => Promise.reject(new Error("no disk"))],
  ["reads too little", () => new Uint8Array(1)],
  [
    "throws",
    () => {
      throw new Error("closed");
    },
  ],
] as const)
  test(`a source that ${what} ends the transfer with error 0, once`, async (context) => {
    const { phone, transfer, ends, crashes } = await send(context, { size: 5000, read });
    transfer.acknowledge(0);
    const [bytes] = (await once(phone, "message")) as [Buffer];
    const packet = decodeTftp(bytes);
    assert.deepEqual(packet.ok && packet.value, { op: "error", code: 0, message: "Server error" });
    transfer.acknowledge(4);
    assert.deepEqual([ends.map(({ status }) => status), crashes.length], [[500], 1]);
  });
