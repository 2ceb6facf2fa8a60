import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { Secret } from "../../../protocol/secret.ts";
import { cseqOf } from "../../../protocol/sip/message.ts";
import type { Inventory } from "../../../provisioning-server/inventory/inventory.ts";
import type { Verb } from "../../../provisioning-server/inventory/flaw.ts";
import { openInventory } from "../../../provisioning-server/open-inventory.ts";
import { ResyncRunner } from "../../../provisioning-server/resync/run-resyncs.ts";
import { Resyncs } from "../../../provisioning-server/resync/resyncs.ts";
import { Audit } from "../../../provisioning-server/store/audit.ts";
import { DeviceSeen } from "../../../provisioning-server/store/device-seen.ts";
import { PhoneEvents } from "../../../provisioning-server/store/phone-events.ts";
import { ResyncPlans } from "../../../provisioning-server/store/resync-plans.ts";
import { notifiedPhone, type NotifiedPhone } from "../../fakes/phones/notified-phone.ts";

const macs = ["805ec0010001", "805ec0010002", "805ec0010003"] as const;

function need<T>(verb: Verb<T>): T {
  if (!verb.ok) assert.fail(JSON.stringify(verb.flaws));
  return verb.value;
}

interface Bench {
  readonly data: string;
  readonly clock: { now: number };
  open(): Promise<Inventory>;
}

async function benchOf(t: TestContext): Promise<Bench> {
  const data = await mkdtemp(join(tmpdir(), "offhook-resync-"));
  t.after(() => rm(data, { recursive: true, force: true }));
  const clock = { now: Date.parse("2026-11-24T12:00:00Z") };
  return { data, clock, open: () => openInventory({ data, now: () => clock.now }) };
}

/** Three phones, each of which listens at an address of its own. */
async function fleet(inventory: Inventory, phones: readonly NotifiedPhone[]): Promise<void> {
  need(await inventory.addSite({ id: "berlin" }));
  for (const [index, phone] of phones.entries()) {
    const mac = macs[index] ?? "";
    const settings = [
      { path: "line1.user", text: `20${index}` },
      { path: "line1.password", text: "made-up" },
      { path: "line1.localPort", text: `${phone.port}` },
    ];
    need(await inventory.addPhone({ mac, model: "T46U", site: "berlin", settings }));
    await wasSeen(inventory, mac, `127.0.0.${index + 1}`);
  }
}

async function wasSeen(inventory: Inventory, mac: string, address: string, configAt?: number): Promise<void> {
  const config = configAt === undefined ? {} : { configAt };
  const seen = { at: inventory.store.now(), via: "https" as const, address, outcome: "file" as const };
  await new DeviceSeen(inventory.store).put("default", mac, { ...seen, ...config });
}

function runnerOf(inventory: Inventory, signal = new AbortController().signal): ResyncRunner {
  return new ResyncRunner(inventory, {
    signal,
    crash: (error) => assert.fail(String(error)),
  });
}

async function run(runner: ResyncRunner): Promise<void> {
  await runner.tick();
  await runner.settled();
}

test("a resync is asked for, seen in the trace and in the audit, and is done when the phone fetched", async (t) => {
  const bench = await benchOf(t);
  await using inventory = await bench.open();
  await using phone = await notifiedPhone({ login: { user: "200", password: "made-up" } });
  await fleet(inventory, [phone]);
  const resyncs = new Resyncs(inventory);
  const { plan, ways } = need(await resyncs.order({ macs: [macs[0]], who: "anna", reason: "new PBX" }));
  assert.deepEqual(ways, [
    { mac: macs[0], event: "check-sync;reboot=false", to: `direct 127.0.0.1:${phone.port}` },
  ]);
  const runner = runnerOf(inventory);
  await run(runner);
  const numbers = phone.requests.map((request) => cseqOf(request)?.number);
  assert.deepEqual([...new Set(numbers)], [1, 2], "the second with a login");
  assert.deepEqual(need(await resyncs.progress(plan.id)).open, [macs[0]]);
  bench.clock.now += 5000;
  await wasSeen(inventory, macs[0], "127.0.0.1", bench.clock.now);
  await run(runner);
  const progress = need(await resyncs.progress(plan.id));
  assert.deepEqual([progress.state, progress.back, progress.lost], ["done", [macs[0]], []]);
  const [event] = await new PhoneEvents(inventory.store).ofMac("default", macs[0], 5);
  assert.equal(event?.kind, "resync");
  assert.equal(
    event?.words,
    `resync asked for straight at 127.0.0.1:${phone.port} (Event: check-sync;reboot=false): 200 OK (anna, new PBX)`,
  );
  const [entry] = await new Audit(inventory.store).latest("default", 1);
  assert.deepEqual([entry?.who, entry?.what, entry?.subject], ["anna", "resync ordered", `phone:${macs[0]}`]);
});

test("a batch that does not come back stops the plan; resumed, it goes on with the others", async (t) => {
  const bench = await benchOf(t);
  await using inventory = await bench.open();
  await using refusing = await notifiedPhone({ codes: [403] });
  await using second = await notifiedPhone();
  await using third = await notifiedPhone();
  await fleet(inventory, [refusing, second, third]);
  const resyncs = new Resyncs(inventory);
  // All three sockets listen on the first loopback address alone.
  for (const mac of macs) await wasSeen(inventory, mac, "127.0.0.1");
  const refusedAll = await resyncs.order({ macs, who: "anna" });
  assert.equal(refusedAll.ok, false, "a NAT: none can be asked directly");
  await wasSeen(inventory, macs[0], "127.0.0.1");
  await wasSeen(inventory, macs[1], "127.0.0.2");
  await wasSeen(inventory, macs[2], "127.0.0.3");
  const { plan } = need(await resyncs.order({ macs, who: "anna", pace: 1 }));
  const runner = runnerOf(inventory);
  await run(runner);
  await run(runner);
  const stopped = need(await resyncs.show(plan.id));
  assert.equal(stopped.state, "stopped");
  assert.match(
    stopped.words ?? "",
    /^batch 1: 0 of 1 phone .*805ec0010001: 403 .*: it obeys its PBX alone\); 2 were not asked$/,
  );
  assert.equal(second.requests.length, 0);
  need(await resyncs.resume(plan.id, "anna"));
  await run(runner);
  assert.equal(need(await resyncs.show(plan.id)).phones[1]?.batch, 2);
  need(await resyncs.stop(plan.id, "bert"));
  assert.equal(need(await resyncs.show(plan.id)).words, "stopped by bert");
  assert.equal((await resyncs.stop(plan.id, "bert")).ok, false);
  assert.equal(third.requests.length, 0);
});

test("a server that ends in the middle of a NOTIFY asks again when it is back", async (t) => {
  const bench = await benchOf(t);
  await using phone = await notifiedPhone({ codes: [] });
  const kill = new AbortController();
  let id = "";
  {
    await using inventory = await bench.open();
    await fleet(inventory, [phone]);
    id = need(await new Resyncs(inventory).order({ macs: [macs[0]], who: "anna" })).plan.id;
    const runner = new ResyncRunner(inventory, {
      signal: kill.signal,
      crash: (error) => assert.fail(String(error)),
    });
    await runner.tick();
    assert.equal(need(await new Resyncs(inventory).show(id)).phones[0]?.state, "asking");
    kill.abort(new Error("killed"));
    await runner.settled();
  }
  await using again = await bench.open();
  const resyncs = new Resyncs(again);
  assert.equal(need(await resyncs.show(id)).phones[0]?.state, "asking", "nobody wrote how it went");
  await using answering = await notifiedPhone();
  need(await again.setPhone(macs[0], "line1.localPort", `${answering.port}`));
  const runner = runnerOf(again);
  await runner.recover();
  await run(runner);
  assert.equal(answering.requests[0]?.method, "NOTIFY");
  assert.equal(need(await resyncs.show(id)).phones[0]?.state, "asked");
});

test("Resyncs refuses phones whose vendor has no such word, and says what does instead", async (t) => {
  const bench = await benchOf(t);
  await using inventory = await bench.open();
  need(await inventory.addSite({ id: "berlin" }));
  const phone = { mac: macs[0], vendor: "linphone", model: "Linphonec", site: "berlin" };
  need(await inventory.addPhone(phone));
  const answer = await new Resyncs(inventory).order({ macs: [macs[0]], who: "anna" });
  assert.ok(!answer.ok);
  assert.match(answer.flaws[0]?.found ?? "", /obey no resync by SIP/);
  assert.match(answer.flaws[0]?.remedy ?? "", /provisioning\.repoll/);
  assert.equal((await new ResyncPlans(inventory.store).open()).length, 0);
});

test("a site's PBX has its login sealed, and resyncs go through it", async (t) => {
  const bench = await benchOf(t);
  await using inventory = await bench.open();
  await using pbx = await notifiedPhone({ login: { user: "offhook", password: "of the PBX" } });
  await fleet(inventory, [pbx]);
  need(await inventory.setSite("berlin", "line.server.host", "pbx.example"));
  const resyncs = new Resyncs(inventory);
  const login = { user: "offhook", password: new Secret("of the PBX") };
  need(await resyncs.setPbx("berlin", "anna", { host: "127.0.0.1", port: pbx.port, ...login }));
  assert.equal(need(await resyncs.pbxOf("berlin"))?.password?.reveal(), "of the PBX");
  const secrets = await inventory.store.db.selectFrom("secret").select("sealed").execute();
  assert.ok(secrets.every(({ sealed }) => !sealed.includes("of the PBX")));
  const { plan } = need(await resyncs.order({ macs: [macs[0]], who: "anna" }));
  await run(runnerOf(inventory));
  assert.equal(pbx.requests.at(-1)?.uri, "sip:200@pbx.example");
  assert.equal(need(await resyncs.show(plan.id)).phones[0]?.state, "asked");
});
