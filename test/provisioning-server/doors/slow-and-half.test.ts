import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { Agent, request as httpsRequest } from "node:https";
import type { IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { connect as tlsConnect, TLSSocket } from "node:tls";
import { type Certificates, ensureCertificates } from "../../../provisioning-server/doors/certificates.ts";
import {
  buildHttpsDoor,
  type HttpsDoor,
  renewCertificate,
} from "../../../provisioning-server/doors/https-door.ts";
import { fileAnswer, noAnswer } from "../../fakes/open-doors.ts";

// operations.md section 13, rows 17 and 18, with hundreds in place of thousands; and a renewal in the midst of a load.

/** More than the kernel takes on its own for a client that reads nothing. */
const large = Buffer.alloc(32 * 1_048_576, "x");
const connections = 300;

let folder = "";
let certificates: Certificates;
let other: Certificates;
let door: HttpsDoor;
let port = 0;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "offhook-slow-"));
  const made = (name: string) =>
    ensureCertificates({ folder: join(folder, name), names: ["127.0.0.1"], now: Date.now() });
  certificates = await made("one");
  other = await made("two");
  door = buildHttpsDoor({
    certificate: pairOf(certificates),
    answer: async ({ path }) => {
      if (path === "/a.cfg") return fileAnswer("a.cfg", Buffer.from("x"));
      return path === "/large.cfg" ? fileAnswer("large.cfg", large) : noAnswer;
    },
    record: () => {},
    crash: (error) => assert.fail(String(error)),
    recordTlsError: () => {},
  });
  // The door's own are 5, 10 and 15 s: what is tried here is that they hold, not how long they are.
  Object.assign(door.server, { headersTimeout: 300, requestTimeout: 600, timeout: 800 });
  await door.listen({ host: "127.0.0.1", port: 0 });
  port = (door.server.address() as { port: number }).port;
});
after(async () => {
  await door.close();
  await rm(folder, { recursive: true });
});

const pairOf = ({ cert, key, caPem: ca }: Certificates) => ({ cert, key, ca });

const ask = async (agent?: Agent) => {
  const options = agent === undefined ? { ca: certificates.caPem, agent: false as const } : { agent };
  const request = httpsRequest({ host: "127.0.0.1", port, path: "/a.cfg", ...options }).end();
  const [response] = (await once(request, "response")) as [IncomingMessage];
  const serial =
    response.socket instanceof TLSSocket ? response.socket.getPeerX509Certificate()?.serialNumber : undefined;
  response.resume();
  await once(response, "end");
  return { status: response.statusCode, serial, reused: request.reusedSocket };
};

/** A client that begins with `start` and then writes one octet at a time until it is cut off; what it heard. */
async function trickle(start: string): Promise<string> {
  const socket = tlsConnect({ host: "127.0.0.1", port, ca: certificates.caPem }).on("error", () => {});
  let heard = "";
  socket.on("data", (part) => (heard += String(part)));
  await once(socket, "secureConnect");
  socket.write(start);
  const timer = setInterval(() => socket.write("a"), 20);
  // Not once(): a reset is an end, too.
  await new Promise((resolve) => socket.once("close", resolve));
  clearInterval(timer);
  return heard;
}

test("a client that sends one octet of a header at a time gets 408, others are served meanwhile", async () => {
  const slow = Array.from({ length: 50 }, () => trickle("GET /a.cfg HTTP/1.1\r\nHost: a\r\nX-Slow: "));
  assert.equal((await ask()).status, 200);
  for (const heard of await Promise.all(slow)) assert.match(heard, /^HTTP\/1\.1 408 /);
});

test("a body that comes one octet at a time ends the connection", async () => {
  const head = (method: string) => `${method} /a.cfg HTTP/1.1\r\nHost: a\r\nContent-Length: 60000\r\n\r\n`;
  const [get, post] = await Promise.all([trickle(head("GET")), trickle(head("POST"))]);
  assert.match(get, /^HTTP\/1\.1 (200|408) /);
  assert.match(post, /^HTTP\/1\.1 405 /);
});

test("a client that reads nothing of its answer is let go", async () => {
  const closed = new Promise<void>((resolve) => {
    door.server.once("secureConnection", (socket: TLSSocket) => socket.once("close", () => resolve()));
  });
  const socket = tlsConnect({ host: "127.0.0.1", port, ca: certificates.caPem }).on("error", () => {});
  socket.write("GET /large.cfg HTTP/1.1\r\nHost: a\r\n\r\n");
  await closed;
  socket.destroy();
});

/** A ClientHello of 64 KiB in four records that lacks its last octets: all of it must be held while it comes. */
function longHello(): Buffer {
  const length = 65_536;
  const hello = Buffer.concat([Buffer.from([1, 1, 0, 0]), Buffer.from([3, 3]), Buffer.alloc(length - 100)]);
  const records: Buffer[] = [];
  for (let start = 0; start < hello.length; start += 16_384) {
    const part = hello.subarray(start, start + 16_384);
    records.push(Buffer.from([22, 3, 1, part.length >> 8, part.length & 255]), part);
  }
  return Buffer.concat(records);
}

for (const [what, words] of [
  ["half handshakes", Buffer.from("1603010200010001fc0303", "hex")],
  ["hellos of 64 KiB", longHello()],
] as const)
  test(`${connections} ${what} cost little memory, and others are served`, async () => {
    const before = process.memoryUsage().rss;
    const taken: Socket[] = [];
    const note = (socket: Socket) => void taken.push(socket);
    door.server.on("connection", note);
    const sockets = Array.from({ length: connections }, () => {
      const socket = connect(port, "127.0.0.1").on("error", () => {});
      socket.write(words);
      return socket;
    });
    await Promise.all(sockets.map((socket) => once(socket, "connect")));
    const served = await Promise.all(Array.from({ length: 20 }, () => ask()));
    door.server.off("connection", note);
    assert.ok(served.every(({ status }) => status === 200));
    assert.equal(taken.length, connections + 20);
    // 5,000 may take 200 MB: so many times fewer take as much less, and what a test's own heap grows by.
    const grown = process.memoryUsage().rss - before;
    assert.ok(grown < 100 * 1_048_576, `${Math.round(grown / 1_048_576)} MiB`);
    for (const socket of sockets) socket.destroy();
  });

test("certificates renewed again and again under load drop no connection", async () => {
  const ca = [certificates.caPem, other.caPem];
  const agents = Array.from({ length: 4 }, () => new Agent({ ca, keepAlive: true, maxSockets: 1 }));
  const seen = new Set<string | undefined>();
  let reused = 0;
  const load = async (keep: Agent): Promise<void> => {
    for (let times = 0; times < 60; times += 1) {
      const kept = await ask(keep);
      reused += kept.reused ? 1 : 0;
      const single = new Agent({ ca });
      const fresh = await ask(single);
      single.destroy();
      seen.add(fresh.serial);
      assert.deepEqual([kept.status, fresh.status], [200, 200]);
      renewCertificate(door, { certificate: pairOf(times % 2 === 0 ? other : certificates) }, Date.now());
    }
  };
  await Promise.all(agents.map(load));
  for (const each of agents) each.destroy();
  // The first request of each connection alone is not on an open one; a connection ends after 100.
  assert.equal(reused, 4 * 59);
  assert.equal(seen.size, 2);
});
