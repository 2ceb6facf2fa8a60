import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { openStream } from "../../../../agent/io/stream/stream.ts";
import { selfSigned } from "../../../fakes/self-signed.ts";

const signal = new AbortController().signal;
const day = 86_400_000;

async function listening(server: Server, t: TestContext): Promise<number> {
  t.after(() => {
    server.close();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** Sends every byte back. */
function echo(socket: Socket): void {
  socket.on("error", () => undefined);
  socket.pipe(socket);
}

test("openStream() by TCP sends and receives, and hears the end once", async (t) => {
  const server = createServer(echo);
  const port = await listening(server, t);
  await using stream = await openStream({ address: "127.0.0.1", port, timeout: 5000 }, signal);
  assert.equal(stream.localAddress, "127.0.0.1");
  assert.equal(stream.tls, undefined);
  await stream.send(Buffer.from("before anybody listens"));
  let ends = 0;
  const text = await new Promise<string>((resolve) => {
    stream.listen(
      (bytes) => resolve(Buffer.from(bytes).toString()),
      () => (ends += 1),
    );
  });
  assert.equal(text, "before anybody listens");
  await stream[Symbol.asyncDispose]();
  assert.equal(ends, 1);
});

test("openStream() tells that the peer closed, also when it did before somebody listened", async (t) => {
  const server = createServer((socket) => socket.end());
  const port = await listening(server, t);
  await using stream = await openStream({ address: "127.0.0.1", port, timeout: 5000 }, signal);
  const error = await new Promise<Error | undefined>((resolve) => stream.listen(() => undefined, resolve));
  assert.equal(error, undefined);
});

test("openStream() rejects with the kernel's word when nothing listens", async (t) => {
  const server = createServer();
  const port = await listening(server, t);
  server.close();
  await once(server, "close");
  await assert.rejects(openStream({ address: "127.0.0.1", port, timeout: 5000 }, signal), {
    code: "ECONNREFUSED",
  });
});

test("openStream() by TLS shows the facts of a certificate that has expired", async (t) => {
  const from = new Date(Math.floor(Date.now() / 1000) * 1000 - 30 * day);
  const to = new Date(from.getTime() + 20 * day);
  const names = [
    { type: "dns", value: "pbx.example" },
    { type: "url", value: "sip:pbx.example" },
    { type: "ip", value: "127.0.0.1" },
  ] as const;
  let serverName: string | false | null = null;
  const server = createTlsServer(await selfSigned(names, { from, to }), (socket) => {
    serverName = socket.servername;
    echo(socket);
  });
  const port = await listening(server, t);
  const options = { address: "127.0.0.1", port, timeout: 5000, tls: { serverName: "pbx.example" } };
  await using stream = await openStream(options, signal);
  assert.deepEqual(stream.tls?.names, ["pbx.example", "sip:pbx.example", "127.0.0.1"]);
  assert.equal(stream.tls.validTo, to.getTime());
  assert.equal(stream.tls.validFrom, from.getTime());
  assert.equal(stream.tls.version, "TLSv1.3");
  assert.equal(stream.tls.verifyError, "CERT_HAS_EXPIRED");
  assert.match(stream.tls.fingerprint256, /^[0-9A-F]{2}(:[0-9A-F]{2}){31}$/);
  assert.match(stream.tls.issuer, /Example PBX/);
  await stream.send(Buffer.from("over TLS"));
  const text = await new Promise<string>((resolve) => {
    stream.listen(
      (bytes) => resolve(Buffer.from(bytes).toString()),
      () => undefined,
    );
  });
  assert.equal(text, "over TLS");
  assert.equal(serverName, "pbx.example");
  await stream[Symbol.asyncDispose]();
});

test("openStream() by TLS rejects when no TLS is spoken there", async (t) => {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.end("this is not TLS at all\r\n");
  });
  const port = await listening(server, t);
  const tls = { serverName: "127.0.0.1" };
  await assert.rejects(
    openStream({ address: "127.0.0.1", port, timeout: 5000, tls }, signal),
    (error: Error) => {
      assert.ok("code" in error);
      return true;
    },
  );
});

test("openStream() gives up at its time, tells who takes the connection without TLS from a silent host, and ends at once when the signal says so", async (t) => {
  // Takes the connection and never shakes hands.
  const held: Socket[] = [];
  const server = createServer((socket) => void held.push(socket.on("error", () => undefined)));
  const port = await listening(server, t);
  const options = { address: "127.0.0.1", port, tls: { serverName: "pbx.example" } };
  await assert.rejects(openStream({ ...options, timeout: 300 }, signal), {
    code: "EPROTO",
    message: /^TCP connects, and nothing of TLS came within 300 ms/,
  });
  const stop = new AbortController();
  const opening = openStream({ ...options, timeout: 60_000 }, stop.signal);
  stop.abort(new Error("enough"));
  await assert.rejects(opening, /enough/);
  for (const socket of held) socket.destroy();
});
