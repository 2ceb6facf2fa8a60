import assert from "node:assert/strict";
import { execFile, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { test } from "node:test";
import { promisify } from "node:util";
import { ensureCertificates } from "../../provisioning-server/doors/certificates.ts";
import { acmeFiles, acmeIsDue, acmePath, orderCertificate } from "../../provisioning-server/doors/acme.ts";
import { readCertificateFiles } from "../../provisioning-server/doors/certificate-files.ts";
import { buildHttpDoor } from "../../provisioning-server/doors/http-door.ts";
import { noAnswer } from "../fakes/open-doors.ts";

// Pebble, Let's Encrypt's own authority for tests, as Debian ships it: it really fetches the answer from the plain door.

const run = promisify(execFile);
function missing(): false | string {
  try {
    execFileSync("pebble", ["-version"], { stdio: "ignore" });
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT" ? "pebble is not installed" : false;
  }
}

async function freeTcpPort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

test(
  "an ACME authority gives a certificate by an answer on the plain door, and again when it is due",
  {
    skip: missing(),
  },
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "offhook-acme-"));
    t.after(() => rm(folder, { recursive: true }));
    const own = await ensureCertificates({
      folder: join(folder, "pebble"),
      names: ["localhost"],
      now: Date.now(),
    });
    const port = await freeTcpPort();
    const answers = new Map<string, string>();
    const asked: string[] = [];
    const plain = buildHttpDoor({
      via: "http",
      answer: async () => noAnswer,
      record: () => {},
      crash: (error) => assert.fail(String(error)),
      open: {
        get(path) {
          const body = path.startsWith(acmePath) ? answers.get(path.slice(acmePath.length)) : undefined;
          if (body !== undefined) asked.push(path);
          return body === undefined ? undefined : () => ({ type: "text/plain", body });
        },
      },
    });
    t.after(() => plain.close());
    const httpPort = Number(new URL(await plain.listen({ host: "127.0.0.1", port: 0 })).port);
    const settings = {
      listenAddress: `127.0.0.1:${port}`,
      managementListenAddress: "",
      certificate: join(folder, "pebble", "server.pem"),
      privateKey: join(folder, "pebble", "server.key"),
      httpPort,
      tlsPort: httpPort,
      externalAccountBindingRequired: false,
    };
    await writeFile(join(folder, "pebble.json"), JSON.stringify({ pebble: settings }));
    const pebble = spawn("pebble", ["-config", join(folder, "pebble.json")], {
      env: { ...process.env, PEBBLE_VA_NOSLEEP: "1", PEBBLE_WFE_NONCEREJECT: "0" },
      stdio: "ignore",
    });
    t.after(() => pebble.kill());
    const directory = `https://localhost:${port}/dir`;
    const ca = join(folder, "pebble", "ca.pem");
    for (;;) {
      try {
        await run("curl", ["-sSf", "--cacert", ca, directory]);
        break;
      } catch {
        await wait(50, undefined, { signal: t.signal });
      }
    }
    const wish = {
      directory,
      email: "noc@example.com",
      names: ["localhost"],
      folder,
      ca: own.caPem,
      answers,
    };
    assert.equal(await acmeIsDue(wish, Date.now()), true);
    await orderCertificate(wish);
    const read = await readCertificateFiles(acmeFiles(folder), Date.now());
    assert.ok(read.ok, JSON.stringify(read));
    assert.ok(asked.length > 0);
    assert.equal(answers.size, 0);
    assert.equal(await acmeIsDue(wish, Date.now()), false);
    assert.equal(await acmeIsDue({ ...wish, names: ["localhost", "other.example"] }, Date.now()), true);
    const { notAfter } = read.value;
    assert.equal(await acmeIsDue(wish, notAfter - 1), true);
    await orderCertificate(wish);
    const next = await readCertificateFiles(acmeFiles(folder), Date.now());
    assert.ok(next.ok && next.value.cert !== read.value.cert);
  },
);
