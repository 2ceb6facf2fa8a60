import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { descriptorOf, nativeSockets } from "../../../../agent/io/udp/native-sockets.ts";
import { ipv4SocketAddress, openSegmentSender } from "../../../../agent/io/udp/segment-sender.ts";
import { openUdp } from "../../../../agent/io/udp/udp.ts";

const skip = nativeSockets() === undefined ? "this system's calls cannot be reached" : false;

test("SegmentSender sends one by one what the kernel refuses as one piece", { skip }, async (t) => {
  await using ear = await openUdp({ localAddress: "127.0.0.1" });
  const socket = createSocket("udp4");
  t.after(() => socket.close());
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const fd = descriptorOf(socket);
  assert.ok(fd !== undefined);
  // SO_NO_CHECK: without checksums the kernel cuts nothing (EINVAL).
  assert.equal(nativeSockets()?.setsockopt(fd, 1, 11, Uint8Array.of(1, 0, 0, 0), 4), 0);
  const heard: string[] = [];
  const all = Promise.withResolvers<void>();
  ear.listen(
    ({ bytes }) => {
      if (heard.push(Buffer.from(bytes).toString()) === 3) all.resolve();
    },
    (error) => all.reject(error),
  );
  const to = ipv4SocketAddress("127.0.0.1", ear.localPort);
  assert.equal(openSegmentSender(fd)?.send(Buffer.from("onetwo3"), 7, 3, to), true);
  await all.promise;
  assert.deepEqual(heard, ["one", "two", "3"]);
});
