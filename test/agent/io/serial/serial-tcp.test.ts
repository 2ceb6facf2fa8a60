import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import { describe, it, type TestContext } from "node:test";
import { openAnySerial } from "../../../../agent/io/serial/open-any-serial.ts";
import { SerialError, type SerialLink } from "../../../../agent/io/serial/serial.ts";

/** A terminal server with one serial port; what the agent writes comes out of `heard`. */
async function terminalServer(t: TestContext, onClient: (client: Socket) => void = () => {}) {
  const clients: Socket[] = [];
  let text = "";
  let wake = () => {};
  const server = createServer((client) => {
    clients.push(client);
    client.on("error", () => {});
    client.setEncoding("latin1").on("data", (part: string) => {
      text += part;
      wake();
    });
    onClient(client);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    for (const client of clients) client.destroy();
    server.close();
  });
  return {
    path: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    clients,
    async heard(length: number): Promise<string> {
      while (text.length < length) await new Promise<void>((resolve) => (wake = resolve));
      return text;
    },
  };
}

const open = (path: string) => openAnySerial({ path, baudRate: 9600, lines: { dtr: true, rts: false } });

function ear(link: SerialLink) {
  let text = "";
  let wake = () => {};
  const closed = Promise.withResolvers<SerialError>();
  link.listen(
    (bytes) => {
      text += Buffer.from(bytes).toString("latin1");
      wake();
    },
    (problem) => closed.resolve(problem),
  );
  return {
    closed: closed.promise,
    async until(length: number): Promise<string> {
      while (text.length < length) await new Promise<void>((resolve) => (wake = resolve));
      return text;
    },
  };
}

async function refusal(path: string): Promise<SerialError> {
  const error: unknown = await open(path).then(
    () => assert.fail("it opened"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof SerialError);
  return error;
}

describe("a serial port behind a terminal server", () => {
  it("gives the octets as they come, also those before anybody listens, and takes what is written", async (t) => {
    const server = await terminalServer(t, (client) => client.write(Buffer.from("one\r\xb0\0", "latin1")));
    await using link = await open(server.path);
    assert.equal(await ear(link).until(6), "one\r\xb0\0");
    await link.write(Buffer.from("QM\r"));
    assert.equal(await server.heard(3), "QM\r");
    await link.setLines({ dtr: false, rts: true });
  });

  it("a server that closes is told once, as unplugged, and nothing is written after", async (t) => {
    const server = await terminalServer(t, (client) => client.end());
    await using link = await open(server.path);
    const problem = await ear(link).closed;
    assert.equal(problem.code, "port-unplugged");
    assert.match(problem.advice, /terminal server/);
    await assert.rejects(link.write(Uint8Array.of(1)), SerialError);
  });

  it("disposing ends the connection, and says nothing of it", async (t) => {
    const server = await terminalServer(t);
    const link = await open(server.path);
    const heard = ear(link);
    await link[Symbol.asyncDispose]();
    await assert.rejects(link.write(Uint8Array.of(1)), SerialError);
    assert.equal(await Promise.race([heard.closed, Promise.resolve("silent")]), "silent");
  });

  it("refusal, no such host and a name that is none: each its own word", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const refused = await refusal(`tcp://127.0.0.1:${port}`);
    assert.equal(refused.code, "port-in-use");
    assert.match(refused.advice, /other client/);
    assert.equal((await refusal("tcp://no-such-host.invalid:4001")).code, "port-missing");
    for (const path of [
      "tcp://",
      "tcp://host",
      "tcp://host:0",
      "tcp://host:70000",
      "tcp:host:1",
      "tcp://a b:1",
    ])
      assert.equal((await refusal(path)).code, "bad-settings", path);
  });

  it("IPv6 addresses stand in brackets", async () => {
    assert.equal((await refusal("tcp://[::1]:1")).code, "port-in-use");
  });
});
