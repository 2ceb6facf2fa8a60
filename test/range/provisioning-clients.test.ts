import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { promisify } from "node:util";
import { Sites } from "../../provisioning-server/store/sites.ts";
import { need, serverUnderTest, type ServerUnderTest } from "./running-server.ts";

// What a phone would get is fetched from a whole server by programs that know nothing of ours.

const run = promisify(execFile);
const mac = "805ec0000001";
const stranger = "805ec0000099";
const agent = (who: string) => `Yealink SIP-T46U 108.86.0.20 ${who.replaceAll(/(..)(?=.)/g, "$1:")}`;

function skipWithout(...commands: readonly string[]): string | false {
  for (const command of commands) {
    try {
      execFileSync("which", [command], { stdio: "ignore" });
    } catch {
      return `needs ${command}`;
    }
  }
  return false;
}

/** A site on loopback with one Yealink phone, its window closed. */
async function addYealink({ inventory }: ServerUnderTest): Promise<void> {
  need(await inventory.addSite({ id: "hq", networks: ["127.0.0.0/8"] }));
  const settings = [
    ["line1.user", "1001"],
    ["line1.password", "made-up & <1001>"],
    ["line1.displayName", "Jörg Müller"],
    ["line1.server.host", "pbx.example.net"],
  ].map(([path = "", text = ""]) => ({ path, text }));
  need(await inventory.addPhone({ mac, vendor: "yealink", model: "T46U", site: "hq", settings }));
}

async function curl(server: ServerUnderTest, url: string, ...words: readonly string[]) {
  const all = ["-sS", "-i", "--cacert", server.caFile, ...words, url];
  const { stdout } = await run("curl", all, { encoding: "buffer", timeout: 20_000 });
  const end = stdout.indexOf("\r\n\r\n") + 4;
  return { head: stdout.subarray(0, end).toString("latin1"), body: stdout.subarray(end) };
}

/** Fetches with tftp-hpa; undefined where the server says that there is no such file. */
async function tftp(t: TestContext, server: ServerUnderTest, file: string): Promise<Buffer | undefined> {
  const folder = await mkdtemp(join(tmpdir(), "offhook-tftp-"));
  t.after(() => rm(folder, { recursive: true }));
  const to = join(folder, "got");
  const words = ["-m", "octet", "127.0.0.1", `${server.tftpPort}`, "-c", "get", file, to];
  const { stdout } = await run("tftp", words, { timeout: 20_000 });
  if (/File not found/i.test(stdout)) return undefined;
  return readFile(to);
}

/** The window of the phone's site, open for a minute from now. */
async function openWindow({ inventory }: ServerUnderTest): Promise<void> {
  need(await inventory.openWindow("hq", Date.now() + 60_000));
}

/** `offhook phone trace`, newest first. */
test("curl gets every file of a phone as the preview shows it", { skip: skipWithout("curl") }, async (t) => {
  await using server = await serverUnderTest();
  await addYealink(server);
  const folder = await server.folderOf(mac);
  // The phone says its firmware, and a preview is for the firmware that was last seen.
  await curl(server, `${folder}${mac}.cfg`, "-A", agent(mac));
  await server.traced(mac, ({ outcome }) => outcome === "file", t.signal);
  const files = need(await server.inventory.preview(mac, { secrets: "written" }));
  assert.deepEqual(
    files.map(({ name }) => name),
    ["y000000000108.cfg", `${mac}.cfg`],
  );
  for (const file of files) {
    const { head, body } = await curl(server, `${folder}${file.name}`, "-A", agent(mac));
    assert.match(head, /^HTTP\/1\.1 200 OK\r\n/, file.name);
    assert.ok(body.equals(file.body), `${file.name}: ${body.toString()}`);
  }
  assert.match(Buffer.from(files[1]?.body ?? []).toString(), /made-up & <1001>/);
});

for (const clearDoors of ["bootstrap", "full"] as const) {
  const options = { skip: skipWithout("tftp") };
  test(`tftp-hpa gets the ${clearDoors} extent of a phone's files`, options, async (t) => {
    await using server = await serverUnderTest();
    await addYealink(server);
    await openWindow(server);
    const { inventory } = server;
    const site = need(await inventory.showSite("hq"));
    await new Sites(inventory.store, inventory.vault).put({ ...site, clearDoors });
    const files = need(await inventory.preview(mac, { secrets: "written", extent: clearDoors }));
    const own = files.find(({ name }) => name === `${mac}.cfg`);
    const got = await tftp(t, server, `${mac}.cfg`);
    assert.ok(got?.equals(own?.body ?? Buffer.alloc(0)), got?.toString());
    assert.equal(got?.includes("made-up"), clearDoors === "full");
    // What a bootstrap holds must lead to the rest.
    assert.ok(got?.includes(await server.folderOf(mac)));
    const { door, claim } = await server.traced(mac, ({ outcome }) => outcome === "file", t.signal);
    assert.deepEqual([door, claim], ["tftp", "network"]);
  });
}

test("tftp-hpa gets nothing while the window is closed", { skip: skipWithout("tftp") }, async (t) => {
  await using server = await serverUnderTest();
  await addYealink(server);
  for (const who of [mac, stranger]) assert.equal(await tftp(t, server, `${who}.cfg`), undefined);
  const { denial } = await server.traced(mac, ({ outcome }) => outcome === "denied", t.signal);
  assert.equal(denial, "window-closed");
});

test(
  "to curl an unknown phone and one without claim are the same; the trace tells them apart",
  { skip: skipWithout("curl") },
  async (t) => {
    await using server = await serverUnderTest();
    await addYealink(server);
    const refusals = [];
    for (const who of [mac, stranger]) {
      const { head, body } = await curl(server, `${server.https}${who}.cfg`, "-A", agent(who));
      refusals.push({ head: head.replace(/^date: .*\r\n/im, ""), body: body.toString() });
    }
    assert.match(refusals[0]?.head ?? "", /^HTTP\/1\.1 404 Not Found\r\n/);
    assert.deepEqual(refusals[0], refusals[1]);
    const known = await server.traced(mac, ({ outcome }) => outcome !== "file", t.signal);
    assert.deepEqual([known.outcome, known.denial, known.site], ["denied", "window-closed", "hq"]);
    assert.match(String(known.remedy), /Open the window/);
    const unknown = await server.traced(stranger, ({ outcome }) => outcome !== "file", t.signal);
    assert.deepEqual([unknown.outcome, unknown.denial], ["unknown-device", undefined]);
    assert.match(String(unknown.remedy), /offhook phone add/);
  },
);

test(
  "a phone without token gets its config from its network, once the window of its site is open",
  { skip: skipWithout("curl") },
  async (t) => {
    await using server = await serverUnderTest();
    await addYealink(server);
    const url = `${server.https}${mac}.cfg`;
    assert.match((await curl(server, url, "-A", agent(mac))).head, /^HTTP\/1\.1 404 /);
    await openWindow(server);
    const { head, body } = await curl(server, url, "-A", agent(mac));
    assert.match(head, /^HTTP\/1\.1 200 /);
    const { claim } = await server.traced(mac, ({ outcome }) => outcome === "file", t.signal);
    assert.equal(claim, "network");
    const files = need(await server.inventory.preview(mac, { secrets: "written" }));
    assert.ok(body.equals(files.find(({ name }) => name === `${mac}.cfg`)?.body ?? Buffer.alloc(0)));
    // The window lets in the phones of the inventory, nobody else.
    const other = await curl(server, `${server.https}${stranger}.cfg`, "-A", agent(stranger));
    assert.match(other.head, /^HTTP\/1\.1 404 /);
  },
);
