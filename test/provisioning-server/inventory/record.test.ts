import assert from "node:assert/strict";
import { test } from "node:test";
import type { Answer } from "../../../protocol/answer.ts";
import { observationKeys } from "../../../protocol/observation-keys.ts";
import type { PhoneRequest } from "../../../protocol/phone-request.ts";
import { uuidV7 } from "../../../provisioning-server/uuid-v7.ts";
import { openSample } from "./sample.ts";

const at = 1_750_000_000_000;
const minute = 60_000;

function request(more: Partial<PhoneRequest> = {}): PhoneRequest {
  return {
    id: uuidV7(at),
    via: "https",
    method: "GET",
    path: "/805ec0010001.cfg",
    address: "10.1.2.3",
    at,
    ...more,
  };
}
function fileFor(mac: string, claim: "token" | "network" = "network"): Answer {
  return {
    outcome: "file",
    identity: { file: "config", mac, vendor: "yealink", model: "T46U", firmware: "108.86.0.90" },
    claim,
    file: {
      name: `${mac}.cfg`,
      contentType: "text/plain",
      body: Buffer.from("a"),
      etag: '"e"',
      secret: true,
    },
  };
}
function unknown(mac?: string): Answer {
  const identity = { file: "config", ...(mac === undefined ? {} : { mac }) } as const;
  return { outcome: "unknown-device", identity, reason: "Nobody registered it.", remedy: "Add it." };
}
const sent = { status: 200, bytes: 321, ms: 4.2 };

async function withPhone() {
  const sample = await openSample({ at });
  const { inventory } = sample;
  assert.ok((await inventory.addSite({ id: "berlin", networks: ["10.1.2.0/24", "2001:db8:1::/48"] })).ok);
  assert.ok((await inventory.addPhone({ mac: "805ec0010001", model: "T46U" })).ok);
  const crashes: unknown[] = [];
  const recorder = inventory.recorder((error) => crashes.push(error));
  return Object.assign(sample, { recorder, crashes });
}

test("Recorder writes what a known phone asked, when it was seen, and moves its enrolment", async () => {
  await using sample = await withPhone();
  const { inventory, recorder, crashes } = sample;
  recorder.record(request({ userAgent: "Yealink SIP-T46U" }), fileFor("805ec0010001"), sent);
  await recorder.flush();
  const phone = await inventory.showPhone("805ec0010001");
  assert.ok(phone.ok);
  assert.equal(phone.value.device.state, "secret-issued");
  assert.equal(phone.value.device.revision, 1, "being seen is no change of the phone");
  assert.deepEqual(phone.value.seen, {
    at,
    via: "https",
    address: "10.1.2.3",
    outcome: "file",
    userAgent: "Yealink SIP-T46U",
    firmware: "108.86.0.90",
    configAt: at,
    configRevision: 1,
    claimedAt: at,
    claimedAddress: "10.1.2.3",
  });
  recorder.record(request(), fileFor("805ec0010001", "token"), { ...sent, status: 304, bytes: 0 });
  recorder.record(request(), fileFor("805ec0010001", "token"), sent);
  await recorder.flush();
  const later = await inventory.showPhone("805ec0010001");
  assert.equal(later.ok && later.value.device.state, "steady");
  const trace = await inventory.trace("80:5e:c0:01:00:01");
  assert.ok(trace.ok);
  assert.deepEqual(
    trace.value.steps.map((step) => step.words.answered),
    [
      "file, 321 bytes (200), version e of revision 1, let in by its token",
      "unchanged since its last fetch (304), version e of revision 1, let in by its token",
      "file, 321 bytes (200), version e of revision 1, let in by the site's open window",
    ],
  );
  assert.equal(trace.value.steps[0]?.words.asked, "HTTPS GET /805ec0010001.cfg from 10.1.2.3");
  assert.equal(trace.value.steps[0]?.words.recognised, "yealink T46U 108.86.0.90, its config");
  assert.deepEqual(crashes, []);
});

test("Recorder traces MACs nobody knows, and trace() names the known one they were mistyped from", async () => {
  await using sample = await withPhone();
  const { inventory, recorder } = sample;
  recorder.record(request({ path: "/805ec0010010.cfg" }), unknown("805ec0010010"), { ...sent, status: 404 });
  await recorder.flush();
  const trace = await inventory.trace("805ec0010010");
  assert.ok(trace.ok);
  assert.equal(trace.value.known, false);
  assert.equal(trace.value.nearest, "805ec0010001");
  assert.equal(trace.value.steps[0]?.words.reason, "Nobody registered it.");
  assert.equal(trace.value.steps[0]?.entry.site, "berlin", "its address places it");
});

test("Recorder keeps thousands that come at once, in order", async () => {
  await using sample = await withPhone();
  const { inventory, recorder } = sample;
  for (let count = 0; count < 2000; count += 1)
    recorder.record(request({ at: at + count }), fileFor("805ec0010001"), { ...sent, bytes: count });
  await recorder.flush();
  const trace = await inventory.trace("805ec0010001", 5000);
  assert.ok(trace.ok);
  assert.deepEqual(
    trace.value.steps.map((step) => step.entry.bytes),
    Array.from({ length: 2000 }, (_, count) => 1999 - count),
  );
  assert.equal(recorder.lost, 0);
});

test("Recorder counts what it could not write, tells, and goes on", async () => {
  await using sample = await withPhone();
  const { inventory, recorder, crashes } = sample;
  await inventory.store.db.schema.alterTable("provision_event").renameTo("away").execute();
  recorder.record(request(), fileFor("805ec0010001"), sent);
  await recorder.flush();
  assert.equal(recorder.lost, 1);
  assert.equal(crashes.length, 1);
  await inventory.store.db.schema.alterTable("away").renameTo("provision_event").execute();
  recorder.record(request(), fileFor("805ec0010001"), sent);
  await recorder.flush();
  const trace = await inventory.trace("805ec0010001");
  assert.equal(trace.ok && trace.value.steps.length, 1);
});

test("facts() tells boots, interval, status, nearest and TLS errors, with keys of the dictionary", async () => {
  await using sample = await withPhone();
  const { inventory, recorder, clock } = sample;
  assert.ok((await inventory.addPhone({ mac: "805ec0010002", model: "T46U" })).ok);
  for (const boot of [0, 10, 20, 30]) {
    // Two files a boot, seconds apart: one boot.
    recorder.record(request({ at: at + boot * minute }), fileFor("805ec0010001"), sent);
    recorder.record(request({ at: at + boot * minute + 3000 }), fileFor("805ec0010001"), sent);
  }
  recorder.record(request({ at: at + minute, path: "/805ec0010011.cfg" }), unknown("805ec0010011"), sent);
  await recorder.flush();
  recorder.tlsError(at + 35 * minute, "https", "10.1.2.3", "certificate has expired");
  recorder.tlsError(at + 36 * minute, "https", "10.1.2.99", "nobody's");
  await recorder.flush();
  clock.at = at + 40 * minute;
  const facts = await inventory.facts("berlin", clock.at);
  const of = (mac: string) =>
    Object.fromEntries(
      facts.filter((fact) => fact.subject === `phone:${mac}`).map((fact) => [fact.key, fact.value]),
    );
  assert.deepEqual(of("805ec0010001"), {
    "prov.lastFetch": at + 30 * minute + 3000,
    "prov.status": "file",
    "prov.file": "/805ec0010001.cfg",
    "prov.boots": 4,
    "prov.interval": 600,
    "prov.interval.spread": 0,
    "prov.tlsError": "certificate has expired",
  });
  assert.deepEqual(of("805ec0010002"), { "prov.lastFetch": null });
  assert.equal(facts.find((fact) => fact.subject === "phone:805ec0010002")?.outcome, "absent");
  assert.deepEqual(of("805ec0010011"), {
    "prov.lastFetch": at + minute,
    "prov.status": "unknown-device",
    "prov.file": "/805ec0010011.cfg",
    "prov.reason": "Nobody registered it.",
    "prov.boots": 1,
    "prov.nearest": "805ec0010001",
  });
  for (const fact of facts) assert.ok(fact.key in observationKeys, fact.key);
});

test("StoreDirectory finds phones and sites, by networks of both families, as they are now", async () => {
  await using sample = await withPhone();
  const { inventory } = sample;
  const directory = await inventory.directory();
  const ids = async (address: string) => (await directory.sitesByAddress(address)).map((site) => site.id);
  assert.deepEqual(await ids("10.1.2.200"), ["berlin"]);
  assert.deepEqual(await ids("2001:db8:1::9"), ["berlin"]);
  assert.deepEqual(await ids("10.1.3.1"), []);
  assert.deepEqual(await ids("nonsense"), []);
  assert.ok((await inventory.addSite({ id: "berlin", networks: ["10.1.3.0/24"] })).ok);
  assert.deepEqual(await ids("10.1.3.1"), ["berlin"]);
  const phone = await directory.deviceByMac("805ec0010001");
  assert.ok(phone);
  assert.equal((await directory.site("berlin", phone))?.id, "berlin");
  assert.equal(await directory.deviceByMac("805ec0010009"), undefined);
  assert.deepEqual(await inventory.renderContext(), directory.context, "the key of tokens stays");
});

test("sites: openWindow() opens and closes, and refuses what would let everybody in", async () => {
  await using sample = await withPhone();
  const { inventory, clock } = sample;
  const until = clock.at + 2 * 3_600_000;
  const open = await inventory.openWindow("berlin", until);
  assert.equal(open.ok && open.value.windowUntil, until);
  const closed = await inventory.openWindow("berlin", undefined);
  assert.equal(closed.ok && closed.value.windowUntil, undefined);
  assert.equal((await inventory.openWindow("berlin", clock.at + 8 * 86_400_000)).ok, false);
  assert.equal((await inventory.addSite({ id: "open", networks: ["0.0.0.0/0"] })).ok, false);
  assert.equal((await inventory.addSite({ id: "open", networks: ["::/0"] })).ok, false);
  assert.ok((await inventory.addSite({ id: "bare" })).ok);
  const bare = await inventory.openWindow("bare", until);
  assert.match(bare.ok ? "" : (bare.flaws[0]?.remedy ?? ""), /--network/);
  const typo = await inventory.openWindow("berlni", until);
  assert.match(typo.ok ? "" : (typo.flaws[0]?.remedy ?? ""), /Was berlin meant/);
});

test("setPhone() sets, takes out, and says what a setting takes", async () => {
  await using sample = await withPhone();
  const { inventory } = sample;
  const set = await inventory.setPhone("805ec0010001", "line1.srtp", "required");
  assert.equal(set.ok && set.value.device.revision, 2);
  const same = await inventory.setPhone("805ec0010001", "line1.srtp", "required");
  assert.equal(same.ok && same.value.change, "unchanged");
  const out = await inventory.setPhone("805ec0010001", "line1.srtp", undefined);
  assert.deepEqual(out.ok && out.value.device.lines, []);
  const sentence = async (path: string, text: string) => {
    const verb = await inventory.setPhone("805ec0010001", path, text);
    const flaw = verb.ok ? undefined : verb.flaws[0];
    return `${flaw?.place}: ${flaw?.expected}, found ${flaw?.found}`;
  };
  assert.equal(
    await sentence("time.ntpInterval", "5"),
    "time.ntpInterval: a whole number from 60 to 86400 (s), found 5",
  );
  assert.equal(await sentence("nat.ice", "maybe"), "nat.ice: yes or no, found maybe");
  assert.equal(
    await sentence("line1.pasword", "x"),
    "setting: a setting, such as line1.password, found line1.pasword",
  );
  assert.match(await sentence("line1.server", "x"), /one of its settings \(line.server.host/);
  assert.match(await sentence("line1.label", "a\nb = c"), /without control characters/);
  assert.match(await sentence("__proto__.x", "1"), /^setting: the path of a setting/);
  assert.match(await sentence("line1.password", "hush".repeat(99)), /found a value that does not fit$/);
});
