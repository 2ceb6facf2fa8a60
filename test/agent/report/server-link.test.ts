import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { gunzipSync } from "node:zlib";
import { openServerLink, type ServerReply } from "../../../agent/io/server-link.ts";
import { Secret } from "../../../protocol/secret.ts";
import { ensureCertificates } from "../../../provisioning-server/doors/certificates.ts";

async function serve(
  context: TestContext,
  handler: (request: IncomingMessage, body: Buffer, response: ServerResponse) => void,
  names = ["localhost", "127.0.0.1"],
) {
  const folder = mkdtempSync(join(tmpdir(), "offhook-link-"));
  const { cert, key, caPem, spkiPin } = await ensureCertificates({ folder, names, now: Date.now() });
  let requests = 0;
  const sockets = new Set<unknown>();
  const server = createServer({ cert, key }, (request, response) => {
    requests += 1;
    sockets.add(request.socket);
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => handler(request, Buffer.concat(parts), response));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  context.after(() => {
    server.close();
    server.closeAllConnections();
    rmSync(folder, { recursive: true });
  });
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, ca: caPem, pin: spkiPin, counts: () => ({ requests, connections: sockets.size }) };
}

const get = { method: "GET", path: "/x" } as const;
const codeOf = (reply: ServerReply) => (reply.kind === "failure" ? reply.code : String(reply.status));

test("openServerLink() trusts a pinned key or a CA, and sends nothing to anybody else", async (context) => {
  const server = await serve(context, (_request, _body, response) => response.end("{}"));
  const ask = async (pins: string[], ca?: string) => {
    await using link = openServerLink({ url: server.url, trust: { pins, ca } });
    return codeOf(await link.call(get));
  };
  assert.equal(await ask([server.pin]), "200");
  assert.equal(await ask([], server.ca), "200");
  assert.equal(await ask(["A".repeat(43), server.pin]), "200");
  assert.equal(server.counts().requests, 3);
  assert.equal(await ask(["A".repeat(43)]), "PIN_MISMATCH");
  assert.equal(await ask([]), "UNABLE_TO_VERIFY_LEAF_SIGNATURE");
  assert.equal(server.counts().requests, 3, "the refused ones got no request");
});

test("openServerLink() refuses a certificate for another name, unless its key is pinned", async (context) => {
  const server = await serve(context, (_request, _body, response) => response.end("{}"), ["other.example"]);
  const ask = async (pins: string[]) => {
    await using link = openServerLink({ url: server.url, trust: { pins, ca: server.ca } });
    return codeOf(await link.call(get));
  };
  assert.equal(await ask([]), "ERR_TLS_CERT_ALTNAME_INVALID");
  assert.equal(await ask([server.pin]), "200");
});

test("openServerLink() packs large bodies, keeps its connection, and reads what the reply says", async (context) => {
  const seen: unknown[] = [];
  const server = await serve(context, (request, body, response) => {
    const packed = request.headers["content-encoding"] === "gzip";
    seen.push([
      packed,
      request.headers.authorization,
      JSON.parse((packed ? gunzipSync(body) : body).toString()),
    ]);
    response.writeHead(503, { "retry-after": "7", "offhook-config": "3" });
    response.end('{"type":"/problems/overloaded"}');
  });
  await using link = openServerLink({ url: server.url, trust: { pins: [server.pin] } });
  const big = "x".repeat(5000);
  const reply = await link.call({ method: "POST", path: "/v1/a", body: { big }, token: new Secret("t") });
  await link.call({ method: "PUT", path: "/v1/a", body: { a: 1 } });
  assert.deepEqual(seen, [
    [true, "Bearer t", { big }],
    [false, undefined, { a: 1 }],
  ]);
  assert.deepEqual(reply, {
    kind: "reply",
    status: 503,
    body: { type: "/problems/overloaded" },
    problem: "overloaded",
    retryAfter: 7,
    configVersion: 3,
  });
  assert.deepEqual(server.counts(), { requests: 2, connections: 1 });
});

test("openServerLink(): silence, a refused port, a reply without end and odd bodies are values", async (context) => {
  const server = await serve(context, (request, _body, response) => {
    if (request.url === "/silent") return;
    if (request.url === "/endless") {
      const part = Buffer.alloc(1024 * 1024);
      const more = () => {
        while (response.write(part));
      };
      response.on("drain", more).on("error", () => {});
      more();
    } else response.end("<html>");
  });
  await using link = openServerLink({ url: server.url, trust: { pins: [server.pin] }, timeout: 300 });
  assert.equal(codeOf(await link.call({ method: "GET", path: "/silent" })), "TIMEOUT");
  await using patient = openServerLink({ url: server.url, trust: { pins: [server.pin] } });
  assert.equal(codeOf(await patient.call({ method: "GET", path: "/endless" })), "REPLY_TOO_LARGE");
  assert.deepEqual(await patient.call(get), { kind: "reply", status: 200, body: undefined });
  await using nobody = openServerLink({ url: "https://127.0.0.1:1", trust: { pins: [] } });
  assert.equal(codeOf(await nobody.call(get)), "ECONNREFUSED");
  await using plain = openServerLink({ url: "http://127.0.0.1:1", trust: { pins: [] } });
  assert.equal(codeOf(await plain.call(get)), "ERR_INVALID_PROTOCOL");
});
