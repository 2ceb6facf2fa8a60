import assert from "node:assert/strict";
import { test } from "node:test";
import { openUdp, type Datagram } from "../../../../agent/io/udp/udp.ts";

test("openUdp() sends and receives, and tells the address, the port and when", async () => {
  await using far = await openUdp({ localAddress: "127.0.0.1" });
  await using near = await openUdp({ peer: { address: "127.0.0.1", port: far.localPort } });
  assert.equal(near.localAddress, "127.0.0.1");
  const before = performance.now();
  const received = new Promise<Datagram>((resolve, reject) => far.listen(resolve, reject));
  await near.send(Buffer.from("hello"), far.localPort, "127.0.0.1");
  const datagram = await received;
  assert.equal(Buffer.from(datagram.bytes).toString(), "hello");
  assert.equal(datagram.address, "127.0.0.1");
  assert.equal(datagram.port, near.localPort);
  assert.ok(datagram.at >= before && datagram.at <= performance.now());
});

test("openUdp() keeps what comes before somebody listens", async () => {
  await using far = await openUdp({ localAddress: "127.0.0.1" });
  await using near = await openUdp({ peer: { address: "127.0.0.1", port: far.localPort } });
  const first = new Promise<Datagram>((resolve, reject) => far.listen(resolve, reject));
  await near.send(Buffer.from("ping"), 0, "");
  const { port, address } = await first;
  // Two answers, the second awaited by a socket that sees both: so the first lies there when `near` begins to listen.
  await far.send(Buffer.from("pong"), port, address);
  const answer = await new Promise<Datagram>((resolve, reject) => near.listen(resolve, reject));
  assert.equal(Buffer.from(answer.bytes).toString(), "pong");
});

test("openUdp() with a peer hears that its port is closed (ICMP)", async () => {
  const gone = await openUdp({ localAddress: "127.0.0.1" });
  const port = gone.localPort;
  await gone[Symbol.asyncDispose]();
  await using near = await openUdp({ peer: { address: "127.0.0.1", port } });
  const heard = new Promise<NodeJS.ErrnoException>((resolve) => near.listen(() => undefined, resolve));
  await near.send(Buffer.from("anybody?"), port, "127.0.0.1");
  assert.equal((await heard).code, "ECONNREFUSED");
});

test("openUdp() refuses a port that is taken", async () => {
  await using first = await openUdp({ localAddress: "127.0.0.1" });
  await assert.rejects(openUdp({ localAddress: "127.0.0.1", localPort: first.localPort }), {
    code: "EADDRINUSE",
  });
});

test("openUdp() speaks IPv6", async (t) => {
  const far = await openUdp({ localAddress: "::1" }).catch(() => undefined);
  if (far === undefined) return t.skip("no IPv6 loopback here");
  await using near = await openUdp({ peer: { address: "::1", port: far.localPort } });
  const received = new Promise<Datagram>((resolve, reject) => far.listen(resolve, reject));
  await near.send(Buffer.from("six"), far.localPort, "::1");
  assert.equal((await received).address, "::1");
  await far[Symbol.asyncDispose]();
});
