import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { after, before, test } from "node:test";
import { connect as tlsConnect } from "node:tls";
import type { Answer } from "../../../protocol/answer.ts";
import type { PhoneRequest } from "../../../protocol/phone-request.ts";
import { ensureCertificates, type Certificates } from "../../../provisioning-server/doors/certificates.ts";
import type { Sent } from "../../../provisioning-server/doors/door.ts";
import {
  buildHttpsDoor,
  type HttpsDoor,
  type TlsFailure,
} from "../../../provisioning-server/doors/https-door.ts";

const body = Buffer.from("#!version:1.0.0.1\naccount.1.enable = 1\n");
const etag = '"0123456789abcdef0123456789abcdef"';
const identity = { file: "config" } as const;

function answerFor(request: PhoneRequest): Answer {
  switch (request.path) {
    case "/805ec0010001.cfg":
      return {
        outcome: "file",
        identity,
        claim: "network",
        file: {
          name: "805ec0010001.cfg",
          contentType: "text/plain; charset=utf-8",
          body,
          etag,
          secret: true,
        },
      };
    case "/denied.cfg":
      return { outcome: "denied", identity, kind: "bad-token", reason: "no", remedy: "none" };
    case "/none.boot":
      return { outcome: "no-such-file", identity, normal: true, reason: "none" };
    case "/bug.cfg":
      throw new Error("a bug");
    default:
      return { outcome: "unknown-device", identity, reason: "who", remedy: "add it" };
  }
}

const asked: PhoneRequest[] = [];
const recorded: { request: PhoneRequest; answer: Answer; sent: Sent }[] = [];
const crashes: unknown[] = [];
const tlsFailures: TlsFailure[] = [];
let waiting: (() => void) | undefined;
let certificates: Certificates;
let door: HttpsDoor;
let folder = "";
let port = 0;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "offhook-https-door-"));
  certificates = await ensureCertificates({ folder, names: ["localhost", "127.0.0.1"], now: Date.now() });
  door = buildHttpsDoor({
    certificate: { cert: certificates.cert, key: certificates.key, ca: certificates.caPem },
    answer: async (request) => {
      asked.push(request);
      return answerFor(request);
    },
    record: (request, answer, sent) => recorded.push({ request, answer, sent }),
    crash: (error) => crashes.push(error),
    recordTlsError: (failure) => {
      tlsFailures.push(failure);
      waiting?.();
    },
    connectionsPerAddress: 20,
  });
  await door.listen({ host: "127.0.0.1", port: 0 });
  const address = door.server.address();
  assert.ok(typeof address === "object" && address !== null);
  port = address.port;
});

after(async () => {
  await door.close();
  await rm(folder, { recursive: true });
});

interface Reply {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Buffer;
}

/** One request on a connection of its own; resolves when the door has recorded it too. */
async function ask(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Reply> {
  const request = httpsRequest({
    host: "127.0.0.1",
    port,
    path,
    method,
    headers: { connection: "close", ...headers },
    ca: certificates.caPem,
    agent: false,
  });
  request.end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part as Buffer);
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) };
}

const last = <T>(list: readonly T[]): T => {
  const item = list.at(-1);
  assert.ok(item !== undefined);
  return item;
};

test("the HTTPS door serves a file whole, with length, type and a strong ETag", async () => {
  const reply = await ask("/805ec0010001.cfg", { "user-agent": "Yealink SIP-T46U 108.86.0.90 \u00ff\u00e9" });
  assert.equal(reply.status, 200);
  assert.ok(reply.body.equals(body));
  assert.equal(reply.headers["content-length"], `${body.length}`);
  assert.equal(reply.headers["content-type"], "text/plain; charset=utf-8");
  assert.equal(reply.headers["etag"], etag);
  const { request, sent } = last(recorded);
  assert.equal(request.userAgent, "Yealink SIP-T46U 108.86.0.90 \u00ff\u00e9");
  assert.deepEqual([request.via, request.method, request.address], ["https", "GET", "127.0.0.1"]);
  assert.deepEqual([sent.status, sent.bytes], [200, body.length]);
});

test("HEAD gets the headers of GET and no body", async () => {
  const reply = await ask("/805ec0010001.cfg", {}, "HEAD");
  assert.deepEqual(
    [reply.status, reply.headers["content-length"], reply.body.length],
    [200, `${body.length}`, 0],
  );
  assert.equal(last(asked).method, "HEAD");
  assert.equal(last(recorded).sent.bytes, 0);
});

const conditions: readonly (readonly [string, Record<string, string>, number, string, string | undefined])[] =
  [
    ["the same ETag", { "if-none-match": etag }, 304, "", undefined],
    ["one ETag of several, weak", { "if-none-match": `"x", W/${etag}` }, 304, "", undefined],
    ["another ETag", { "if-none-match": '"x"' }, 200, body.toString(), undefined],
    ["a range", { range: "bytes=2-8" }, 206, "version", `bytes 2-8/${body.length}`],
    ["an open range", { range: `bytes=${body.length - 2}-` }, 206, "1\n", `bytes 37-38/${body.length}`],
    ["the last octets", { range: "bytes=-2" }, 206, "1\n", `bytes 37-38/${body.length}`],
    [
      "a range beyond the end",
      { range: "bytes=900-" },
      416,
      "Range not satisfiable",
      `bytes */${body.length}`,
    ],
    ["several ranges", { range: "bytes=0-1,4-5" }, 200, body.toString(), undefined],
    [
      "a range of another version",
      { range: "bytes=0-1", "if-range": '"x"' },
      200,
      body.toString(),
      undefined,
    ],
  ];

for (const [what, headers, status, text, contentRange] of conditions) {
  test(`with ${what} the door answers ${status}`, async () => {
    const reply = await ask("/805ec0010001.cfg", headers);
    assert.deepEqual(
      [reply.status, reply.body.toString(), reply.headers["content-range"]],
      [status, text, contentRange],
    );
  });
}

test("unknown, denied, missing and malformed look the same from outside", async () => {
  const paths = [
    "/denied.cfg",
    "/none.boot",
    "/who.cfg",
    "/%ff%zz",
    "/a/../b",
    `/${"x".repeat(300)}`,
    "/%00",
  ];
  const seen = new Set<string>();
  for (const path of paths) {
    const { status, headers, body: words } = await ask(path);
    const { date: _, ...rest } = headers;
    seen.add(JSON.stringify([status, words.toString(), rest]));
  }
  assert.equal(seen.size, 1);
  assert.match([...seen].join(), /^\[404,"Not found"/);
  assert.equal(
    recorded.slice(-paths.length).every(({ sent }) => sent.status === 404),
    true,
  );
  assert.match(JSON.stringify(last(recorded).answer), /malformed: path: expected no control characters/);
});

test("a token and Basic become credentials, and the token leaves the path", async () => {
  const token = "AbCdEfGhIjKlMnOpQrStU_";
  await ask(`/${token}//sub/.\\a%20b.cfg?x=1`);
  const { path, credential } = last(asked);
  assert.equal(path, "/sub/a b.cfg");
  assert.ok(credential?.kind === "token");
  assert.equal(credential.token.reveal(), token);
  await ask("/x.cfg", { authorization: `Basic ${Buffer.from("805e:s:ecret").toString("base64")}` });
  const basic = last(asked).credential;
  assert.ok(basic?.kind === "basic");
  assert.deepEqual([basic.user, basic.password.reveal()], ["805e", "s:ecret"]);
  await ask(`/${token}/../x`);
  assert.doesNotMatch(JSON.stringify(last(recorded)), new RegExp(token));
});

test("other methods are told which are taken, and nobody is asked", async () => {
  const before = asked.length;
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"]) {
    const reply = await ask("/805ec0010001.cfg", {}, method);
    assert.deepEqual([reply.status, reply.headers["allow"]], [405, "GET, HEAD"], method);
    assert.ok(reply.body.length <= 64);
  }
  assert.equal(asked.length, before);
});

test("a bug of ours is a 500 in plain words, reported and not recorded", async () => {
  const before = recorded.length;
  const reply = await ask("/bug.cfg");
  assert.deepEqual([reply.status, reply.body.toString()], [500, "Internal server error"]);
  assert.match(String(last(crashes)), /a bug/);
  assert.equal(recorded.length, before);
});

test("the CA is there for everybody", async () => {
  const reply = await ask("/offhook-ca.pem");
  assert.deepEqual([reply.status, reply.body.toString()], [200, certificates.caPem]);
});

test("inject() reaches the door without a port", async () => {
  const reply = await door.inject("/805ec0010001.cfg");
  assert.deepEqual([reply.statusCode, reply.rawPayload.equals(body)], [200, true]);
});

/** What the raw octets get back on a TLS connection, to its end. */
async function talk(octets: string): Promise<string> {
  const socket = tlsConnect({ host: "127.0.0.1", port, ca: certificates.caPem });
  socket.on("error", () => {});
  socket.write(octets);
  let text = "";
  for await (const part of socket) text += String(part);
  return text;
}

test("what is no HTTP gets 400 in plain words", async () => {
  assert.match(await talk("HELLO\r\n\r\n"), /^HTTP\/1\.1 400 Bad Request\r\n[^]*\r\n\r\nBad request$/);
});

test("headers over 8 KiB get 431", async () => {
  assert.match(
    await talk(`GET / HTTP/1.1\r\nHost: x\r\nX: ${"x".repeat(9000)}\r\n\r\n`),
    /^HTTP\/1\.1 431 [^]*Request header fields too large$/,
  );
});

test("a client that sends its headers too slowly gets 408", async () => {
  const { headersTimeout } = door.server;
  assert.equal(headersTimeout, 5000);
  door.server.headersTimeout = 50; // as in service, only sooner
  assert.match(await talk("GET / HTTP/1.1\r\nHost: "), /^HTTP\/1\.1 408 [^]*Request timeout$/);
  door.server.headersTimeout = headersTimeout;
});

const connections = () =>
  new Promise<number>((resolve) => door.server.getConnections((_error, count) => resolve(count)));

test("one address gets no more connections than its share", async () => {
  const sockets = Array.from({ length: 30 }, () => connect(port, "127.0.0.1").on("error", () => {}));
  await Promise.all(sockets.slice(20).map((socket) => once(socket, "close")));
  const open = sockets.filter((socket) => !socket.destroyed).length;
  for (const socket of sockets) socket.destroy();
  while (await connections()) await setImmediate();
  assert.ok(open <= 20 && open > 0, `${open} open`);
});

/** The failure that `begin` makes the door report. */
async function failureOf(begin: () => void): Promise<TlsFailure> {
  tlsFailures.length = 0;
  const heard = new Promise<void>((resolve) => (waiting = resolve));
  begin();
  await heard;
  return last(tlsFailures);
}

const handshakes: readonly (readonly [string, () => void, RegExp])[] = [
  [
    "plain HTTP",
    () =>
      connect(port, "127.0.0.1")
        .on("error", () => {})
        .write("GET / HTTP/1.0\r\n\r\n"),
    /plain HTTP/,
  ],
  [
    "something else",
    () =>
      connect(port, "127.0.0.1")
        .on("error", () => {})
        .write("hello there\n"),
    /not TLS/,
  ],
  [
    "TLS 1.1",
    () =>
      tlsConnect({
        host: "127.0.0.1",
        port,
        minVersion: "TLSv1",
        maxVersion: "TLSv1.1",
        ciphers: "DEFAULT@SECLEVEL=0",
      }).on("error", () => {}),
    /TLS older than 1\.2/,
  ],
  [
    "a cipher we do not have",
    () =>
      tlsConnect({ host: "127.0.0.1", port, maxVersion: "TLSv1.2", ciphers: "AES128-SHA" }).on(
        "error",
        () => {},
      ),
    /no cipher in common/,
  ],
  [
    "half a handshake",
    () => {
      const socket = connect(port, "127.0.0.1");
      socket.write(Buffer.from("1603010200", "hex"), () => socket.end());
    },
    /without saying why/,
  ],
];

for (const [what, begin, reason] of handshakes) {
  test(`a phone that sends ${what} leaves a TLS failure in plain words`, async () => {
    const failure = await failureOf(begin);
    assert.match(failure.reason, reason);
    assert.equal(failure.address, "127.0.0.1");
    assert.equal(tlsFailures.length, 1);
  });
}
