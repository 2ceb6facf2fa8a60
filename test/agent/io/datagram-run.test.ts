import assert from "node:assert/strict";
import { test } from "node:test";
import { openBatchedUdp } from "../../../agent/io/batched-udp.ts";
import { openUdp, type OpenUdp } from "../../../agent/io/udp.ts";

const supported = process.platform === "linux";

async function hear(open: OpenUdp): Promise<{ sent: string[]; heard: string[] }> {
  await using ear = await openUdp({ localAddress: "127.0.0.1" });
  await using mouth = await open({ localAddress: "127.0.0.1" });
  // Runs of one length, a shorter one between them, more than the kernel takes at once, and an empty one.
  const sent = [
    ...Array.from({ length: 150 }, (_, i) => `datagram ${100 + i}`),
    "short",
    "",
    "datagram 1000",
  ];
  const heard: string[] = [];
  const all = Promise.withResolvers<void>();
  ear.listen(
    ({ bytes }) => {
      heard.push(Buffer.from(bytes).toString());
      if (heard.length === sent.length) all.resolve();
    },
    (error) => all.reject(error),
  );
  await Promise.all(sent.map((text) => mouth.send(Buffer.from(text), ear.localPort, "127.0.0.1")));
  await all.promise;
  return { sent, heard };
}

test("openUdp() in runs sends each datagram whole, and in order", async () => {
  const { sent, heard } = await hear((options) => openUdp({ ...options, inRuns: true }));
  assert.deepEqual(heard, sent);
});

test(
  "openBatchedUdp() answers what came in one burst, each to its sender",
  { skip: !supported },
  async (t) => {
    const answering = await openBatchedUdp({ localAddress: "127.0.0.1" });
    if (answering === undefined) return t.skip("this system has no batches");
    await using server = answering;
    server.listen(
      ({ bytes, address, port }) => void server.send(Buffer.concat([bytes, Buffer.from("!")]), port, address),
      () => {},
    );
    const clients = await Promise.all([0, 1, 2].map(() => openUdp({ localAddress: "127.0.0.1" })));
    const answers = await Promise.all(
      clients.map(async (client, at) => {
        await using socket = client;
        const heard: string[] = [];
        const all = Promise.withResolvers<void>();
        socket.listen(
          ({ bytes }) => {
            if (heard.push(Buffer.from(bytes).toString()) === 50) all.resolve();
          },
          (error) => all.reject(error),
        );
        for (let i = 0; i < 50; i += 1)
          void socket.send(Buffer.from(`${at} ${i}`), server.localPort, "127.0.0.1");
        await all.promise;
        return heard;
      }),
    );
    for (const [at, heard] of answers.entries())
      assert.deepEqual(
        heard,
        Array.from({ length: 50 }, (_, i) => `${at} ${i}!`),
      );
  },
);
