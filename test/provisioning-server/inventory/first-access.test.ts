import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { PhoneRequest } from "../../../protocol/phone-request.ts";
import { Secret } from "../../../protocol/secret.ts";
import { answerPhone } from "../../../provisioning-server/answer/answer-phone.ts";
import { deviceToken } from "../../../provisioning-server/answer/device-token.ts";
import { pnpAddress } from "../../../provisioning-server/answer/pnp-address.ts";
import { RenderCache } from "../../../provisioning-server/answer/render-cache.ts";
import { CachedDirectory } from "../../../provisioning-server/inventory/cached-directory.ts";
import { PhoneStory } from "../../../provisioning-server/inventory/phone-story.ts";
import { openInventory } from "../../../provisioning-server/open-inventory.ts";
import { FirstAccessRows } from "../../../provisioning-server/store/first-access.ts";
import { uuidV7 } from "../../../provisioning-server/uuid-v7.ts";

const folder = mkdtempSync(join(tmpdir(), "offhook-first-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const mac = "805ec0010001";
const day = 24 * 3_600_000;

/** A server's answers, with all that is kept in memory, over a store of its own. */
async function opened(name: string) {
  const inventory = await openInventory({ data: join(folder, name) });
  assert.ok((await inventory.addSite({ id: "hq", networks: ["10.1.2.0/24"] })).ok);
  assert.ok((await inventory.addPhone({ mac, model: "T46U", settings: [] })).ok);
  const directory = await inventory.directory();
  const cached = new CachedDirectory({ store: inventory.store, directory, mono: () => performance.now() });
  const { make } = new RenderCache();
  const ask = (token: string, more: Partial<PhoneRequest> = {}) => {
    const at = more.at ?? Date.now();
    const credential = { kind: "token", token: new Secret(token) } as const;
    const base = { id: uuidV7(at), via: "https", method: "GET", path: `/${mac}.cfg` } as const;
    return answerPhone({ ...base, address: "203.0.113.9", credential, at, ...more }, cached, make);
  };
  const story = new PhoneStory(inventory);
  const first = async (): Promise<string> => {
    const made = await story.firstAddress(mac);
    assert.ok(made.ok);
    return tokenIn(made.value.address.reveal());
  };
  const own = (generation = 1) => deviceToken(directory.context.serverKey, mac, generation);
  return {
    inventory,
    directory,
    ask,
    first,
    own,
    story,
    [Symbol.asyncDispose]: () => inventory[Symbol.asyncDispose](),
  };
}
type Opened = Awaited<ReturnType<typeof opened>>;

const tokenIn = (address: string): string => new URL(address).pathname.split("/")[1] ?? "";
const told = (answer: Awaited<ReturnType<Opened["ask"]>>) =>
  answer.outcome === "file" ? answer.claim : answer.outcome === "denied" ? answer.kind : answer.outcome;

test("the first access is good for three files, each of which holds the phone's own token", async () => {
  await using world = await opened("three");
  const token = await world.first();
  assert.match(token, /^[a-km-np-z2-9]{22}$/);
  for (let use = 0; use < 3; use += 1) {
    const answer = await world.ask(token);
    assert.ok(answer.outcome === "file" && answer.claim === "first-access", told(answer));
    const text = Buffer.from(answer.file.body).toString();
    assert.ok(text.includes(world.own()) && !text.includes(token));
  }
  const refused = await world.ask(token);
  assert.ok(refused.outcome === "denied" && refused.kind === "spent-token");
  assert.match(refused.reason, /as often as it may be/);
  assert.equal(told(await world.ask(world.own())), "token");
});

test("only a file of the phone's own costs a use: no HEAD, no file of a model, none that is missing", async () => {
  await using world = await opened("costs");
  const token = await world.first();
  for (const more of [
    { method: "HEAD" },
    { path: "/y000000000108.cfg" },
    { path: "/nothing-we-know.bin" },
    { path: "/805ec0010002.cfg" },
  ] as const)
    for (let times = 0; times < 4; times += 1) await world.ask(token, more);
  const asked = await Promise.all([1, 2, 3, 4, 5, 6].map(() => world.ask(token)));
  assert.deepEqual(asked.map(told).toSorted(), [
    ...Array.from({ length: 3 }, () => "first-access"),
    ...Array.from({ length: 3 }, () => "spent-token"),
  ]);
});

test("a file without a MAC in its name is found by the first access, too", async () => {
  await using world = await opened("nameless");
  const answer = await world.ask(await world.first(), { path: "/y000000000108.cfg" });
  assert.equal(answer.identity.mac, mac);
});

test("its time ends after 24 hours; a newer one, another token and a removal make it worthless", async () => {
  await using world = await opened("ends");
  const token = await world.first();
  const late = await world.ask(token, { at: Date.now() + day + 1 });
  assert.ok(late.outcome === "denied" && /its time was over/.test(late.reason));
  assert.equal(told(await world.ask(token)), "first-access");
  const newer = await world.first();
  assert.equal(told(await world.ask(token)), "bad-token");
  assert.ok((await world.story.enrol(mac, { kind: "re-enrol" })).ok);
  assert.equal(told(await world.ask(newer)), "bad-token");
  const last = await world.first();
  assert.ok((await world.inventory.removePhone(mac)).ok);
  assert.ok((await world.inventory.addPhone({ mac, model: "T46U", settings: [] })).ok);
  assert.equal(told(await world.ask(last)), "bad-token");
});

test("a phone of another MAC gets nothing by it", async () => {
  await using world = await opened("foreign");
  const token = await world.first();
  assert.ok((await world.inventory.addPhone({ mac: "805ec0010002", model: "T46U", settings: [] })).ok);
  assert.equal(told(await world.ask(token, { path: "/805ec0010002.cfg" })), "bad-token");
});

test("the store keeps a hash, and is asked for what has the shape of one alone", async () => {
  await using world = await opened("hash");
  const token = await world.first();
  const rows = await world.inventory.store.db.selectFrom("first_access").selectAll().execute();
  assert.deepEqual(
    rows.map((row) => row.mac),
    [mac],
  );
  assert.ok(!JSON.stringify(rows).includes(token));
  const known = new FirstAccessRows(world.inventory.store);
  assert.equal(await known.byHash(token), undefined);
  assert.equal(await world.directory.firstAccess.find(world.own()), undefined);
  assert.equal((await world.directory.firstAccess.find(token))?.mac, mac);
});

test("SIP PnP hands the first access to a phone in its site's network and window, the same one to a question repeated", async () => {
  await using world = await opened("pnp");
  const at = Date.now();
  const asked = async (address: string, when = at) => {
    const answer = await pnpAddress({ mac }, { address, at: when }, world.directory);
    assert.ok(answer.ok);
    return new URL(answer.url).pathname;
  };
  assert.doesNotMatch(await asked("10.1.2.3"), /[a-z2-9]{22}/);
  assert.ok((await world.inventory.openWindow("hq", at + day)).ok);
  const [one, again] = [await asked("10.1.2.3"), await asked("10.1.2.3", at + 31_000)];
  assert.equal(one, again);
  assert.doesNotMatch(await asked("203.0.113.9"), /[a-z2-9]{22}/);
  const token = one.split("/")[1] ?? "";
  assert.notEqual(token, world.own());
  assert.equal(told(await world.ask(token)), "first-access");
  assert.notEqual(await asked("10.1.2.3", at + 33_000), one);
});
