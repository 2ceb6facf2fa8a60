import assert from "node:assert/strict";
import { test } from "node:test";
import { apiUnderTest } from "./api-under-test.ts";

interface Shown {
  readonly id: string;
  readonly who: string;
  readonly state: string;
  readonly undoes?: string;
}

const table = "mac,model,ext,password\n805ec0010001,T46U,301,planted-2\n805ec0010005,T46U,305,planted-3\n";

test("a table is imported, its change is listed, shown, previewed and taken back, and no secret is told", async () => {
  await using api = await apiUnderTest();
  const token = await api.token("engineer");
  const dry = await api.ask("POST /imports", { token, body: { table, dryRun: true } });
  assert.equal(dry.statusCode, 200, dry.body);
  assert.equal(dry.json<{ applied: boolean }>().applied, false);
  assert.equal((await api.inventory.listPhones()).length, 1);

  const made = await api.ask("POST /imports", { token, body: { table } });
  const { change, rows } = made.json<{ change: string; rows: { result: string }[] }>();
  assert.deepEqual(
    rows.map(({ result }) => result),
    ["changed", "added"],
  );
  const list = await api.ask("GET /changes?limit=1", { token });
  const [newest] = list.json<{ items: Shown[] }>().items;
  assert.equal(newest?.id, change);
  assert.equal(newest?.who, "token:engineer");

  const shown = await api.ask(`GET /changes/${change}`, { token });
  assert.match(shown.body, /"setting":"line1\.user","from":"201","to":"301"/);
  const preview = await api.ask(`GET /changes/${change}/preview`, { token });
  assert.equal(preview.json<{ groups: unknown[] }>().groups.length, 2, preview.body);
  for (const reply of [dry, made, list, shown, preview]) assert.doesNotMatch(reply.body, /planted/);

  const undone = await api.ask(`POST /changes/${change}/undo`, { token, body: { reason: "wrong table" } });
  assert.equal(undone.json<Shown>().undoes, change, undone.body);
  assert.equal((await api.inventory.listPhones()).length, 1);
  const twice = await api.ask(`POST /changes/${change}/undo`, { token, body: {} });
  assert.equal(twice.statusCode, 422, twice.body);
  const again = await api.ask(`POST /changes/${change}/apply`, { token, body: {} });
  assert.equal(again.json<Shown>().state, "applied", again.body);
  assert.equal((await api.inventory.listPhones()).length, 2);
});

test("an undo that a later change stands in the way of is refused whole, with each setting", async () => {
  await using api = await apiUnderTest();
  const token = await api.token("engineer");
  const made = await api.ask("POST /imports", { token, body: { table } });
  const { change } = made.json<{ change: string }>();
  assert.ok((await api.inventory.setPhone("805ec0010001", "line1.user", "999")).ok);
  const refused = await api.ask(`POST /changes/${change}/undo`, { token, body: {} });
  assert.equal(refused.statusCode, 422, refused.body);
  assert.match(refused.body, /phone 805ec0010001, line1\.user/);
  assert.equal((await api.inventory.listPhones()).length, 2, "nothing of it was taken back");
});

test("another tenant's change is not there for anybody else", async () => {
  await using api = await apiUnderTest();
  const token = await api.token("admin");
  const [theirs] = await api.inventory.ofTenant("acme").changes.list(1);
  assert.ok(theirs);
  for (const what of [
    "GET /changes/ID",
    "GET /changes/ID/preview",
    "POST /changes/ID/undo",
    "POST /changes/ID/apply",
  ]) {
    const body = what.startsWith("POST") ? { body: {} } : {};
    const reply = await api.ask(what.replace("ID", theirs.id), { token, ...body });
    assert.equal(reply.statusCode, 404, what);
  }
});
