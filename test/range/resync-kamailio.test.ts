import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test, type TestContext } from "node:test";
import { Secret } from "../../protocol/secret.ts";
import { openInventory } from "../../provisioning-server/open-inventory.ts";
import { ResyncRunner } from "../../provisioning-server/resync/run-resyncs.ts";
import { Resyncs } from "../../provisioning-server/resync/resyncs.ts";
import { freePort } from "./free-port.ts";
import { startKamailio, type Kamailio } from "./kamailio.ts";
import { rangeSkip } from "./network.ts";
import { need } from "./running-server.ts";

const skip = rangeSkip("kamailio", "sipp");
const users = { "1001": "made-up-1001", offhook: "made-up-offhook" };
const domain = "pbx.example";

/** A phone that registers, and one that waits for the NOTIFY at the same place: sipp keeps calls apart by their Call-ID. */
const register = (contactPort: number) => `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="register">
  <send retrans="500"><![CDATA[
REGISTER sip:${domain} SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:1001@${domain}>;tag=[call_number]
To: <sip:1001@${domain}>
Call-ID: [call_id]
CSeq: 1 REGISTER
Contact: <sip:1001@127.0.0.1:${contactPort}>
Max-Forwards: 70
Expires: 600
Content-Length: 0

]]></send>
  <recv response="401" auth="true"/>
  <send retrans="500"><![CDATA[
REGISTER sip:${domain} SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:1001@${domain}>;tag=[call_number]
To: <sip:1001@${domain}>
Call-ID: [call_id]
CSeq: 2 REGISTER
Contact: <sip:1001@127.0.0.1:${contactPort}>
[authentication username=1001 password=${users["1001"]}]
Max-Forwards: 70
Expires: 600
Content-Length: 0

]]></send>
  <recv response="200"/>
</scenario>
`;

const waitForNotify = `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="notify">
  <recv request="NOTIFY" crlf="true"/>
  <send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:];tag=phone[call_number]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

]]></send>
</scenario>
`;

async function sipp(t: TestContext, scenario: string, words: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), "offhook-sipp-"));
  const file = join(folder, "scenario.xml");
  await writeFile(file, scenario);
  const log = join(folder, "messages.log");
  const all = ["-sf", file, "-i", "127.0.0.1", "-t", "u1", "-nostdin", "-m", "1"];
  const child = spawn("sipp", [...all, "-trace_msg", "-message_file", log, ...words], {
    cwd: folder,
    stdio: "ignore",
  });
  const ended = once(child, "exit");
  t.after(async () => {
    child.kill("SIGKILL");
    await ended;
    await rm(folder, { recursive: true, force: true });
  });
  return { ended, messages: () => readFile(log, "latin1") };
}

describe("a resync through kamailio", { skip, timeout: 60_000 }, () => {
  let kamailio: Kamailio;
  let port = 0;

  before(async () => {
    port = await freePort();
    kamailio = await startKamailio({ port, users, relayNotify: true });
  });
  after(() => kamailio.stop());

  for (const [mac, vendor, model, reboot, event] of [
    ["805ec0010001", "yealink", "T46U", false, "check-sync;reboot=false"],
    ["805ec0010001", "yealink", "T46U", true, "check-sync;reboot=true"],
    ["000413010001", "snom", "D785", false, "check-sync;reboot=false"],
    ["24d921010001", "cisco", "CP-8851-3PCC", false, "resync"],
  ] as const)
    test(`${vendor} ${model}${reboot ? ", restart" : ""}: the phone hears ${event}`, async (t) => {
      const phonePort = await freePort();
      const phone = await sipp(t, waitForNotify, ["-p", `${phonePort}`]);
      const login = await sipp(t, register(phonePort), [`127.0.0.1:${port}`, "-p", `${await freePort()}`]);
      assert.deepEqual((await login.ended)[0], 0, "registered");

      const data = await mkdtemp(join(tmpdir(), "offhook-resync-"));
      t.after(() => rm(data, { recursive: true, force: true }));
      await using inventory = await openInventory({ data });
      need(await inventory.addSite({ id: "berlin" }));
      const settings = [
        { path: "line1.user", text: "1001" },
        { path: "line1.server.host", text: domain },
      ];
      need(await inventory.addPhone({ mac, vendor, model, site: "berlin", settings }));
      const resyncs = new Resyncs(inventory);
      const password = new Secret(users.offhook);
      need(await resyncs.setPbx("berlin", "anna", { host: "127.0.0.1", port, user: "offhook", password }));
      const { plan } = need(await resyncs.order({ macs: [mac], who: "anna", reboot }));
      const crash = (error: unknown) => assert.fail(String(error));
      const runner = new ResyncRunner(inventory, { signal: AbortSignal.timeout(30_000), crash });
      await runner.tick();
      await runner.settled();

      const [asked] = need(await resyncs.show(plan.id)).phones;
      assert.deepEqual([asked?.state, asked?.words], ["asked", "200 OK"]);
      assert.deepEqual((await phone.ended)[0], 0, "sipp saw its scenario through");
      const heard = await phone.messages();
      assert.match(heard, new RegExp(`^NOTIFY sip:1001@127\\.0\\.0\\.1:${phonePort} SIP/2\\.0`, "m"));
      assert.match(heard, new RegExp(`^Event: ${event}\\r?$`, "m"));
    });

  test("a phone that is not registered is told so, and not waited for", async (t) => {
    const data = await mkdtemp(join(tmpdir(), "offhook-resync-"));
    t.after(() => rm(data, { recursive: true, force: true }));
    await using inventory = await openInventory({ data });
    need(await inventory.addSite({ id: "berlin" }));
    const settings = [
      { path: "line1.user", text: "1009" },
      { path: "line1.server.host", text: domain },
    ];
    const mac = "805ec0010009";
    need(await inventory.addPhone({ mac, model: "T46U", site: "berlin", settings }));
    const resyncs = new Resyncs(inventory);
    const password = new Secret(users.offhook);
    need(await resyncs.setPbx("berlin", "anna", { host: "127.0.0.1", port, user: "offhook", password }));
    const { plan } = need(await resyncs.order({ macs: [mac], who: "anna" }));
    const crash = (error: unknown) => assert.fail(String(error));
    const runner = new ResyncRunner(inventory, { signal: AbortSignal.timeout(30_000), crash });
    await runner.tick();
    await runner.settled();
    const [phone] = need(await resyncs.show(plan.id)).phones;
    assert.equal(phone?.state, "failed");
    assert.match(phone?.words ?? "", /^404 Not Found .*: the phone is not registered there$/);
  });
});
