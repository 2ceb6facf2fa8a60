import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { watchOwnLoad } from "../../../../agent/io/rtp/own-load.ts";

const skip = existsSync("/proc/net/udp") ? false : "needs /proc/net/udp";

async function smallEar(t: { after(done: () => void): void }) {
  const socket = createSocket({ type: "udp4", recvBufferSize: 4096 });
  t.after(() => socket.close());
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  return socket;
}

test(
  "watchOwnLoad() counts what a full buffer dropped, of the ports asked for alone",
  { skip },
  async (t) => {
    const [full, idle] = [await smallEar(t), await smallEar(t)];
    const sender = createSocket("udp4");
    t.after(() => sender.close());
    sender.connect(full.address().port, "127.0.0.1");
    await once(sender, "connect");
    const ends = [full, idle].map((socket) => watchOwnLoad([socket.address().port]));
    // In one go: nothing is read before all were sent.
    for (let i = 0; i < 200; i += 1) sender.send(new Uint8Array(1000));
    const [ofFull, ofIdle] = await Promise.all(ends.map((end) => end()));
    assert.ok(Number(ofFull?.bufferDrops) > 0, String(ofFull?.bufferDrops));
    assert.equal(ofIdle?.bufferDrops, 0);
  },
);

test("watchOwnLoad() sees a blocked event loop and the work that blocked it", async () => {
  const end = watchOwnLoad([]);
  const turns = async (count: number) => {
    for (let i = 0; i < count; i += 1) {
      const next = Promise.withResolvers<void>();
      setTimeout(next.resolve, 15);
      await next.promise;
    }
  };
  await turns(3);
  const until = performance.now() + 150;
  while (performance.now() < until);
  await turns(3);
  const { loopDelayP50, loopDelayP99, cpu } = await end();
  assert.ok(loopDelayP99 >= 100, String(loopDelayP99));
  assert.ok(loopDelayP50 <= loopDelayP99);
  assert.ok(cpu > 0, String(cpu));
});
