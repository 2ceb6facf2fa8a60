import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import type { IncomingHttpHeaders } from "node:http";
import { request as httpsRequest } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fetchOverTftp } from "../../../agent/io/fetch/fetch-over-tftp.ts";
import { Catalogue } from "../../../provisioning-server/firmware/catalogue.ts";
import {
  checkServerConfig,
  openInventory,
  type RunningServer,
  startServer,
} from "../../../provisioning-server/main.ts";

const folder = await mkdtemp(join(tmpdir(), "offhook-serve-"));
const data = join(folder, "data");
const body = randomBytes(3_000_001);
const name = "T46U(T43U,T46U)-108.87.0.15.rom";
const mitel = randomBytes(70_000);
const small = randomBytes(20_000);
const mac = "805ec0000001";
const agent = "Yealink SIP-T46U 108.86.0.20 80:5e:c0:00:00:01";
const mitelAgent = "Mitel6930 MAC:08-00-0F-00-00-01 V:6.3.0.100-SIP";
let server: RunningServer;

before(async () => {
  await using inventory = await openInventory({ data });
  const catalogue = new Catalogue(inventory, data);
  await writeFile(join(folder, name), body);
  await writeFile(join(folder, "6930.st"), mitel);
  await writeFile(join(folder, "T31-124.86.0.75.rom"), small);
  for (const draft of [
    { file: join(folder, name) },
    { file: join(folder, "T31-124.86.0.75.rom") },
    { file: join(folder, "6930.st"), version: "6.4.0.140" },
  ]) {
    const added = await catalogue.add({ ...draft, who: "test" });
    assert.ok(added.ok, JSON.stringify(added));
  }
  await inventory.addSite({ id: "hq", name: "HQ", networks: ["127.0.0.0/8"] });
  for (const [phone, vendor, model, version] of [
    [mac, "yealink", "T46U", "108.87.0.15"],
    ["08000f000001", "mitel", "6930", "6.4.0.140"],
    ["08000f000002", "mitel", "6930", undefined],
  ] as const) {
    assert.ok((await inventory.addPhone({ mac: phone, vendor, model, site: "hq" })).ok);
    if (version !== undefined) await inventory.setPhone(phone, "firmware.version", version);
  }
  const door = () => ({ host: "127.0.0.1", port: 0 });
  server = await startServer(
    checkServerConfig({
      data,
      names: ["localhost", "127.0.0.1"],
      phones: door(),
      staff: door(),
      tftp: { ...door(), networks: ["127.0.0.0/8"] },
      metrics: door(),
      logLevel: "silent",
    }),
  );
});
after(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

function ask(path: string, headers: Record<string, string> = {}, method = "GET"): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const asked = httpsRequest(
    `https://localhost:${server.phonesPort}${path}`,
    { method, ca: server.caPem, headers: { "user-agent": agent, ...headers }, agent: false },
    (reply) => {
      const parts: Buffer[] = [];
      reply.on("data", (part: Buffer) => parts.push(part));
      reply.on("end", () =>
        resolve({ status: reply.statusCode ?? 0, headers: reply.headers, body: Buffer.concat(parts) }),
      );
    },
  );
  asked.on("error", reject);
  asked.end();
  return promise;
}

/** The address in the phone's own config, as a path. */
async function imagePath(phone = mac, key = "static.firmware.url"): Promise<string> {
  const files = await server.inventory.preview(phone, { secrets: "written" });
  assert.ok(files.ok);
  const text = files.value.map((file) => Buffer.from(file.body).toString()).join("\n");
  const line = text.split("\n").find((each) => each.startsWith(key)) ?? "";
  const address = line.slice(line.indexOf("https://"));
  assert.ok(address.startsWith(server.phonesUrl), line);
  return address.slice(server.phonesUrl.length);
}

test("the config names our address, and behind it are the image's octets, whole, by range, and not again", async () => {
  const path = await imagePath();
  const whole = await ask(path);
  assert.equal(whole.status, 200);
  assert.equal(whole.headers["content-length"], `${body.length}`);
  assert.equal(whole.headers["transfer-encoding"], undefined);
  assert.ok(whole.body.equals(body));
  const etag = whole.headers.etag ?? "";
  assert.equal(etag, `"${createHash("sha256").update(body).digest("hex").slice(0, 32)}"`);
  const rest = await ask(path, { range: "bytes=2000000-", "if-range": etag });
  assert.equal(rest.status, 206);
  assert.equal(rest.headers["content-range"], `bytes 2000000-3000000/${body.length}`);
  assert.ok(rest.body.equals(body.subarray(2_000_000)));
  assert.equal((await ask(path, { range: "bytes=3000001-" })).status, 416);
  const head = await ask(path, {}, "HEAD");
  assert.deepEqual(
    [head.status, head.headers["content-length"], head.body.length],
    [200, `${body.length}`, 0],
  );
  assert.equal((await ask(path, { "if-none-match": etag })).status, 304);
});

test("a key of somebody's own making finds nothing", async () => {
  const path = await imagePath();
  const wrong = path.replace(
    /\/firmware\/./,
    (start) => `${start.slice(0, -1)}${start.endsWith("A") ? "B" : "A"}`,
  );
  const stranger = { "user-agent": "curl/8" };
  // Known networks may ask for a name with its version in it; nobody gets one that is not there.
  assert.equal((await ask(wrong.replace("108.87.0.15", "108.88.0.15"), stranger)).status, 404);
});

test("a phone that asks for the fixed name of its model gets the version that is wanted for it, others none", async () => {
  const wanted = await ask("/6930.st", { "user-agent": mitelAgent });
  assert.equal(wanted.status, 200);
  assert.ok(wanted.body.equals(mitel));
  const other = await ask("/6930.st", { "user-agent": mitelAgent.replace("00-00-01", "00-00-02") });
  assert.equal(other.status, 404);
});

test("the same octets come over TFTP, from the folder in the config and by a name with its version in it", async () => {
  const tftp = async (path: string) => {
    const what = { path, port: server.tftpPort ?? 0 };
    const got = await fetchOverTftp(what, "127.0.0.1", 2000, AbortSignal.timeout(20_000));
    return "body" in got ? Buffer.from(got.body ?? []) : Buffer.from(JSON.stringify(got));
  };
  const mitelFolder = (await imagePath("08000f000001", "firmware server")).slice(1);
  assert.ok(mitelFolder.endsWith("/"), mitelFolder);
  assert.ok((await tftp(`${mitelFolder}6930.st`)).equals(mitel));
  assert.match((await tftp("6930.st")).toString(), /404|TFTP 1/);
  assert.ok((await tftp("T31-124.86.0.75.rom")).equals(small));
});

test("twenty phones at once all have theirs, however few go out at a time", async () => {
  const path = await imagePath();
  const replies = await Promise.all(Array.from({ length: 20 }, () => ask(path)));
  assert.ok(replies.every((reply) => reply.status === 200 && reply.body.equals(body)));
  const metrics = await (await fetch(`http://127.0.0.1:${server.metricsPort}/metrics`)).text();
  assert.match(metrics, /offhook_firmware_requests_total\{result="waited"\} \d+/);
  assert.match(metrics, /offhook_firmware_transfers_active 0/);
});
