import assert from "node:assert/strict";
import { once } from "node:events";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { Agent, request as httpsRequest } from "node:https";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { after, before, test } from "node:test";
import { connect as tlsConnect } from "node:tls";
import { ensureCertificates } from "../../../provisioning-server/doors/certificates.ts";
import { checkServerConfig, openInventory, startServer } from "../../../provisioning-server/main.ts";
import { BanBook } from "../../../provisioning-server/store/ban-book.ts";

let folder = "";
before(async () => {
  folder = await mkdtemp(join(tmpdir(), "offhook-doors-"));
});
after(() => rm(folder, { recursive: true, force: true }));

const door = () => ({ host: "127.0.0.1", port: 0 });
const opened = (data: string, more: { legacy?: object; abuse?: object } = {}) =>
  startServer(
    checkServerConfig({
      data,
      names: ["localhost", "127.0.0.1"],
      phones: {
        ...door(),
        http: { ...door(), enabled: true },
        legacy: { ...door(), enabled: true, vendors: ["yealink"], ...more.legacy },
      },
      staff: door(),
      metrics: door(),
      tftp: door(),
      abuse: more.abuse ?? {},
      logLevel: "silent",
    }),
  );

/** A pair of files, of an authority of its own. */
async function pair(name: string, to: string): Promise<string> {
  const { rsa } = await ensureCertificates({
    folder: join(folder, name),
    names: [name],
    now: Date.now(),
  });
  await writeFile(join(folder, `${to}.pem`), rsa.cert);
  await writeFile(join(folder, `${to}.key`), rsa.key);
  return rsa.cert;
}

const old = { minVersion: "TLSv1", ciphers: "DEFAULT@SECLEVEL=0", rejectUnauthorized: false } as const;

/** For which names the certificate of the door stands. */
async function namesAt(port: number): Promise<string | undefined> {
  const socket = tlsConnect({ host: "127.0.0.1", port, ...old });
  await once(socket, "secureConnect");
  const names = socket.getPeerCertificate().subjectaltname;
  socket.destroy();
  return names;
}

test("the door of old TLS shows its own certificate, and a renewed one without dropping a connection", async (t) => {
  await pair("one.example", "legacy");
  const certificate = { cert: join(folder, "legacy.pem"), key: join(folder, "legacy.key") };
  const server = await opened(join(folder, "own"), { legacy: { certificate } });
  try {
    const port = server.legacyPort ?? 0;
    assert.equal(await namesAt(port), "DNS:one.example");
    const agent = new Agent({ ...old, maxVersion: "TLSv1.1", keepAlive: true, maxSockets: 1 });
    const ask = async () => {
      const request = httpsRequest({ host: "127.0.0.1", port, path: "/a.cfg", agent }).end();
      const [response] = (await once(request, "response")) as [IncomingMessage];
      response.resume();
      await once(response, "end");
      return [response.statusCode, request.reusedSocket];
    };
    assert.deepEqual(await ask(), [404, false]);
    await copyFile(certificate.cert, join(folder, "before.pem"));
    await pair("two.example", "legacy");
    process.kill(process.pid, "SIGHUP");
    while ((await namesAt(port)) !== "DNS:two.example") await wait(20, undefined, { signal: t.signal });
    assert.deepEqual(await ask(), [404, true]);
    agent.destroy();
    // A pair that is none keeps what is there.
    await copyFile(join(folder, "before.pem"), certificate.cert);
    process.kill(process.pid, "SIGHUP");
    assert.equal(await namesAt(port), "DNS:two.example");
  } finally {
    await server.close();
  }
});

test("the server does not start with a certificate of old TLS that cannot be read", async () => {
  const certificate = { cert: join(folder, "none.pem"), key: join(folder, "none.key") };
  await assert.rejects(opened(join(folder, "none"), { legacy: { certificate } }), /none\.pem.*can be read/);
});

/** What a connection hears before it ends. */
async function heard(port: number, words: string): Promise<string> {
  const socket = connect(port, "127.0.0.1").on("error", () => {});
  socket.write(words);
  let text = "";
  socket.on("data", (part) => (text += String(part)));
  // Not once(): a reset is an end, too.
  await new Promise((resolve) => socket.once("close", resolve));
  return text;
}

test("who is shut out hears nothing at the plain door, nor at the one of old TLS", async () => {
  const data = join(folder, "banned");
  {
    await using inventory = await openInventory({ data });
    const at = Date.now();
    await new BanBook(inventory.store).put({
      source: "127.0.0.1",
      kind: "enumeration",
      at,
      until: at + 3_600_000,
    });
  }
  const get = "GET /a.cfg HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  const ask = async (port: number): Promise<string> => {
    const request = httpsRequest({ host: "127.0.0.1", port, path: "/a.cfg", agent: false, ...old }).end();
    const outcome = await Promise.race([
      once(request, "response").then(() => "answered"),
      once(request, "error").then(() => "cut"),
    ]).catch(() => "cut");
    request.destroy();
    return outcome;
  };
  const banned = await opened(data, { abuse: { ignore: [] } });
  try {
    assert.equal(await heard(banned.httpPort ?? 0, get), "");
    assert.equal(await ask(banned.legacyPort ?? 0), "cut");
  } finally {
    await banned.close();
  }
  const open = await opened(data, { abuse: { ban: false } });
  try {
    assert.match(await heard(open.httpPort ?? 0, get), /^HTTP\/1\.1 404 /);
    assert.equal(await ask(open.legacyPort ?? 0), "answered");
  } finally {
    await open.close();
  }
});
