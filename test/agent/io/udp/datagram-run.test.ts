import assert from "node:assert/strict";
import { test } from "node:test";
import { openUdp, type OpenUdp } from "../../../../agent/io/udp/udp.ts";

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

test("openUdp() in runs answers what came in one burst, each to its sender", async () => {
  await using server = await openUdp({ localAddress: "127.0.0.1", inRuns: true, control: true });
  server.listen(
    ({ bytes, address, port }) => void server.send(Buffer.concat([bytes, Buffer.from("!")]), port, address),
    () => {},
  );
  const peer = { address: "127.0.0.1", port: server.localPort };
  const answers = await Promise.all(
    [0, 1, 2].map(async (at) => {
      await using socket = await openUdp({ peer, inRuns: true, control: true });
      const heard: string[] = [];
      const all = Promise.withResolvers<void>();
      socket.listen(
        ({ bytes }) => {
          if (heard.push(Buffer.from(bytes).toString()) === 50) all.resolve();
        },
        (error) => all.reject(error),
      );
      for (let i = 0; i < 50; i += 1) void socket.send(Buffer.from(`${at} ${i}`), 0, "");
      await all.promise;
      return heard;
    }),
  );
  for (const [at, heard] of answers.entries())
    assert.deepEqual(
      heard,
      Array.from({ length: 50 }, (_, i) => `${at} ${i}!`),
    );
});

test("openUdp() in runs sends the largest datagram, and loses what is larger", async () => {
  await using ear = await openUdp({ localAddress: "127.0.0.1" });
  await using mouth = await openUdp({ localAddress: "127.0.0.1", inRuns: true });
  const heard = Promise.withResolvers<number>();
  ear.listen(
    ({ bytes }) => heard.resolve(bytes.length),
    (error) => heard.reject(error),
  );
  await mouth.send(new Uint8Array(65_508), ear.localPort, "127.0.0.1");
  await mouth.send(new Uint8Array(65_507), ear.localPort, "127.0.0.1");
  assert.equal(await heard.promise, 65_507);
});
