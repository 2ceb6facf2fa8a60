import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { flawSentence, type Verb } from "../../../provisioning-server/inventory/flaw.ts";
import { Inventory } from "../../../provisioning-server/inventory/inventory.ts";
import { loadProfiles } from "../../../provisioning-server/profiles/load-profiles.ts";

const folder = fileURLToPath(new URL("../../../firmware-profiles", import.meta.url));
let loaded: ReturnType<typeof loadProfiles> | undefined;
/** The real profiles, read once. */
const profiles = () => (loaded ??= loadProfiles(folder));

/** A site with a few phones of real models; each step of the clock is a minute. */
async function sample() {
  const data = await mkdtemp(join(tmpdir(), "offhook-changes-"));
  const clock = { at: 1_750_000_000_000 };
  const inventory = await Inventory.open({ data, now: () => (clock.at += 60_000), profiles });
  await inventory.addSite({ id: "berlin", networks: ["10.1.2.0/24"] });
  const result = await inventory.importPhones(
    [
      "mac,model,ext,password,server",
      "805ec0010001,T46U,0201,planted-1,pbx.example",
      "805ec0010002,T46U,0202,planted-2,pbx.example",
      "000413010003,D785,0203,planted-3,pbx.example",
    ].join("\n"),
  );
  assert.deepEqual(result.flaws, []);
  return {
    inventory,
    clock,
    async [Symbol.asyncDispose]() {
      await inventory[Symbol.asyncDispose]();
      await rm(data, { recursive: true, force: true });
    },
  };
}

function need<T>(verb: Verb<T>): T {
  assert.ok(verb.ok, verb.ok ? "" : verb.flaws.map((flaw) => flawSentence(flaw)).join("\n"));
  return verb.value;
}

async function configOf(inventory: Inventory, mac: string): Promise<string> {
  const files = need(await inventory.preview(mac, { secrets: "written" }));
  return files.map((file) => Buffer.from(file.body).toString("utf8")).join("\n");
}

async function newest(inventory: Inventory) {
  const [set] = await inventory.changes.list(1);
  assert.ok(set);
  return need(await inventory.changes.show(set.id));
}

test("every verb writes down who changed what and why; secrets are dots, and lie in the store sealed", async () => {
  await using s = await sample();
  const { inventory } = s;
  need(
    await inventory
      .by({ who: "anna", reason: "new PBX" })
      .setPhone("805ec0010001", "line1.password", "planted-9"),
  );
  const set = await newest(inventory);
  assert.equal(set.who, "anna");
  assert.equal(set.reason, "new PBX");
  assert.deepEqual(set.entries, [
    {
      holder: "device",
      name: "805ec0010001",
      change: "changed",
      settings: [{ setting: "line1.password", from: "••••", to: "••••" }],
    },
  ]);
  const rows = await inventory.store.db.selectFrom("change_entry").selectAll().execute();
  assert.doesNotMatch(JSON.stringify(rows), /planted/);
  const [imported] = (await inventory.changes.list()).filter(({ entries }) => entries === 3);
  assert.ok(imported, "an import is one change");
});

test("a verb that changes nothing, and a refused one, leave no change behind", async () => {
  await using s = await sample();
  const { inventory } = s;
  const before = (await inventory.changes.list()).length;
  need(await inventory.setPhone("805ec0010001", "line1.user", "0201"));
  assert.ok(!(await inventory.setPhone("805ec0010001", "line1.server.port", "99999")).ok);
  need(await inventory.openWindow("berlin", s.clock.at + 3_600_000));
  assert.equal((await inventory.changes.list()).length, before);
});

test("undo restores exactly what was before, for each kind of change, and can be undone itself", async () => {
  await using s = await sample();
  const { inventory } = s;
  const steps: readonly (readonly [string, () => Promise<Verb<unknown>>])[] = [
    ["set", () => inventory.setPhone("805ec0010001", "time.zone", "Europe/Berlin")],
    ["password", () => inventory.setPhone("805ec0010001", "line1.password", "planted-8")],
    ["unset", () => inventory.setPhone("805ec0010001", "line1.server.host", undefined)],
    ["model", () => inventory.addPhone({ mac: "805ec0010001", model: "T31P" })],
    ["site", () => inventory.setSite("berlin", "line.server.transport", "tls")],
    ["remove", () => inventory.removePhone("805ec0010001")],
  ];
  for (const [name, change] of steps) {
    const before = await configOf(inventory, "805ec0010001");
    need(await change());
    const set = await newest(inventory);
    const undo = need(await inventory.changes.undo(set.id, { who: "otto" }));
    assert.equal(await configOf(inventory, "805ec0010001"), before, name);
    assert.equal(undo.undoes, set.id);
    assert.equal(need(await inventory.changes.show(set.id)).state, "undone");
    need(await inventory.changes.undo(undo.id, { who: "otto" }));
    if (name === "remove") assert.ok(!(await inventory.showPhone("805ec0010001")).ok);
    else assert.notEqual(await configOf(inventory, "805ec0010001"), before, name);
    const back = need(await inventory.changes.undo((await newest(inventory)).id, { who: "otto" }));
    assert.equal(back.state, "applied");
    assert.equal(await configOf(inventory, "805ec0010001"), before, `${name}, again`);
  }
});

test("undo of an import takes away the phones it added; those of others stay", async () => {
  await using s = await sample();
  const { inventory } = s;
  need(await inventory.addPhone({ mac: "805ec0010009", model: "T46U" }));
  const imported = (await inventory.changes.list()).find(({ entries }) => entries === 3);
  need(await inventory.changes.undo(imported?.id ?? "", { who: "otto" }));
  assert.deepEqual(
    (await inventory.listPhones()).map(({ device }) => device.mac),
    ["805ec0010009"],
  );
});

test("undo refuses where a later change touched the same setting, keeps the others, and obeys force", async () => {
  await using s = await sample();
  const { inventory } = s;
  need(await inventory.setPhone("805ec0010001", "time.zone", "Europe/Berlin"));
  const first = await newest(inventory);
  need(await inventory.setPhone("805ec0010001", "time.zone", "Europe/Paris"));
  need(await inventory.setPhone("805ec0010001", "language", "de"));
  const refusal = await inventory.changes.undo(first.id, { who: "otto" });
  assert.ok(!refusal.ok);
  assert.deepEqual(
    refusal.flaws.map((flaw) => flawSentence(flaw)),
    ["phone 805ec0010001, time.zone: expected Europe/Berlin, found Europe/Paris"],
  );
  need(await inventory.changes.undo(first.id, { who: "otto" }, true));
  const { device } = need(await inventory.showPhone("805ec0010001"));
  assert.deepEqual(device.settings, { language: "de" }, "what it did not touch stays");
  const again = await inventory.changes.undo(first.id, { who: "otto" });
  assert.ok(!again.ok, "nothing is taken back twice");
});

test("rehearse() tells which phones change, together where they change alike, and stores nothing", async () => {
  await using s = await sample();
  const { inventory } = s;
  const before = (await inventory.changes.list()).length;
  const { preview } = await inventory.rehearse((inside) =>
    inside.setSite("berlin", "time.zone", "Europe/Berlin"),
  );
  assert.equal((await inventory.changes.list()).length, before);
  assert.deepEqual(need(await inventory.showSite("berlin")).settings, {});
  assert.equal(preview.fleet.phones, 3);
  assert.deepEqual(
    preview.fleet.groups.map(({ change, phones, models }) => [change, phones.length, models]),
    [
      ["changed", 2, ["yealink T46U"]],
      ["changed", 1, ["snom D785"]],
    ],
  );
  const [yealink] = preview.fleet.groups;
  const file = yealink?.files.find(({ name }) => name === "{mac}.cfg");
  assert.match(file?.added.join("\n") ?? "", /time_zone/);
  assert.deepEqual(file?.settings, ["time.zone"]);
});

test("rehearse() shows no secret, and puts each phone's own number in braces", async () => {
  await using s = await sample();
  const { inventory } = s;
  const table = "mac,ext,password\n805ec0010001,0301,planted-5\n805ec0010002,0302,planted-6\n";
  const { value, preview } = await inventory.rehearse((inside) => inside.importPhones(table));
  assert.deepEqual(value.flaws, []);
  assert.equal(preview.fleet.groups.length, 1, JSON.stringify(preview.fleet.groups, null, 1));
  const text = JSON.stringify(preview);
  assert.doesNotMatch(text, /planted/);
  assert.match(text, /user_name = \{line1\.user\}/);
});

test("a change of VLAN restarts phones whose profile says so", async () => {
  await using s = await sample();
  const { inventory } = s;
  const { preview } = await inventory.rehearse((inside) => inside.setSite("berlin", "network.vlan.id", "42"));
  const reboots = new Map(preview.fleet.groups.map(({ models, reboots: word }) => [models.join(), word]));
  assert.equal(reboots.get("yealink T46U"), "yes");
});

test("a planned change waits until it is applied, and is refused when the ground has moved", async () => {
  await using s = await sample();
  const { inventory } = s;
  const plan = await inventory.planChange((inside) => inside.setPhone("805ec0010001", "language", "de"));
  assert.equal(need(await inventory.showPhone("805ec0010001")).device.settings.language, undefined);
  assert.equal(need(await inventory.changes.previewOf(plan.id)).fleet.groups.length, 1);
  need(await inventory.setPhone("805ec0010001", "language", "fr"));
  const refusal = await inventory.changes.apply(plan.id);
  assert.ok(!refusal.ok);
  need(await inventory.setPhone("805ec0010001", "language", undefined));
  assert.equal(need(await inventory.changes.apply(plan.id)).state, "applied");
  assert.equal(need(await inventory.showPhone("805ec0010001")).device.settings.language, "de");
  need(await inventory.changes.undo(plan.id, { who: "otto" }));
  assert.equal(need(await inventory.showPhone("805ec0010001")).device.settings.language, undefined);
});

test("an id may be cut short as long as it names one; what names none is refused", async () => {
  await using s = await sample();
  const { inventory } = s;
  const set = await newest(inventory);
  assert.equal(need(await inventory.changes.show(set.id.slice(-12))).id, set.id);
  for (const id of ["%", "zzzz", "0", "ffffffff-ffff"]) assert.ok(!(await inventory.changes.show(id)).ok, id);
});

test("compareProfiles() tells what other profiles change, phones that change alike together", async () => {
  await using s = await sample();
  const { inventory } = s;
  const now = await profiles();
  assert.deepEqual(await inventory.changes.compareProfiles(now, now), {
    phones: 3,
    unchanged: 3,
    groups: [],
  });
  const other = await loadChanged(t46uLabel);
  const seen: number[] = [];
  const fleet = await inventory.changes.compareProfiles(now, other, (done) => seen.push(done));
  assert.equal(fleet.groups.length, 1);
  assert.deepEqual(fleet.groups[0]?.phones, ["805ec0010001", "805ec0010002"]);
  assert.deepEqual(fleet.groups[0]?.files[0]?.added, ["account.1.user_id = {line1.user}"]);
  assert.equal(seen.at(-1), 3);
});

/** A copy of the profiles in which Yealink's key of the user has another name. */
async function loadChanged(change: (folder: string) => Promise<void>) {
  const copy = await mkdtemp(join(tmpdir(), "offhook-profiles-"));
  try {
    await cp(folder, copy, { recursive: true });
    await change(copy);
    return await loadProfiles(copy);
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

async function t46uLabel(copy: string): Promise<void> {
  const file = join(copy, "yealink", "settings.json");
  const text = await readFile(file, "utf8");
  assert.ok(text.includes("account.{line}.user_name"));
  await writeFile(file, text.replaceAll("account.{line}.user_name", "account.{line}.user_id"));
}

test("diffSinceServed() tells what a phone has not fetched yet, setting by setting, and nothing of secrets", async () => {
  await using s = await sample();
  const { inventory, clock } = s;
  const none = await inventory.diffSinceServed("805ec0010001");
  assert.ok(!none.ok);
  const crash = (error: unknown) => assert.fail(String(error));
  const fetch = async () => {
    const recorder = inventory.recorder(crash);
    for (const file of need(await inventory.preview("805ec0010001", { secrets: "written" }))) {
      const etag = createHash("sha256").update(file.body).digest("hex");
      recorder.record(
        {
          id: `r${clock.at}`,
          at: clock.at,
          via: "https",
          method: "GET",
          path: `/${file.name}`,
          address: "10.1.2.3",
        },
        {
          outcome: "file",
          identity: { mac: "805ec0010001", file: "config" },
          claim: "token",
          file: { ...file, etag },
        },
        { status: 200, bytes: file.body.length, ms: 1 },
      );
    }
    await recorder.flush();
  };
  await fetch();
  const same = need(await inventory.diffSinceServed("805ec0010001"));
  assert.ok(same.length > 0);
  assert.ok(same.every(({ state }) => state === "same"));
  const since = same[0]?.at;
  clock.at += 60_000;
  await fetch();
  assert.equal(
    need(await inventory.diffSinceServed("805ec0010001"))[0]?.at,
    since,
    "the same file is not written again",
  );
  need(await inventory.setPhone("805ec0010001", "line1.displayName", "Ann"));
  need(await inventory.setPhone("805ec0010001", "line1.password", "planted-7"));
  const files = need(await inventory.diffSinceServed("805ec0010001"));
  const changed = files.filter(({ state }) => state === "changed").flatMap(({ settings }) => settings);
  assert.deepEqual(
    changed.filter(({ setting }) => /displayName|password/.test(setting)),
    [
      { setting: "line1.displayName", ours: "Ann" },
      { setting: "line1.password", ours: "••••", theirs: "••••" },
    ].toSorted(
      (a, b) =>
        changed.findIndex((c) => c.setting === a.setting) - changed.findIndex((c) => c.setting === b.setting),
    ),
  );
  const rows = await inventory.store.db.selectFrom("served_file").selectAll().execute();
  assert.doesNotMatch(JSON.stringify(rows), /planted/);
  need(await inventory.removePhone("805ec0010001"));
  const left = await inventory.store.db.selectFrom("served_file").selectAll().execute();
  assert.deepEqual(left, [], "what a phone had goes with it");
});
