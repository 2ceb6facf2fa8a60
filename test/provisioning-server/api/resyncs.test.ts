import assert from "node:assert/strict";
import { test } from "node:test";
import { apiUnderTest } from "./api-under-test.ts";

const mac = "805ec0010001";

test("a resync is ordered, shown, stopped and resumed; viewers and other tenants cannot", async () => {
  await using api = await apiUnderTest();
  const [token, viewer] = [await api.token("operator"), await api.token("viewer")];
  for (const [path, value] of [
    ["line1.user", "201"],
    ["line1.server.host", "pbx.example"],
  ] as const)
    assert.ok((await api.inventory.setPhone(mac, path, value)).ok);
  const body = { macs: [mac], window: "22:00-05:00", zone: "Europe/Berlin" };
  assert.equal((await api.ask("POST /resyncs", { token: viewer, body })).statusCode, 403);
  const made = await api.ask("POST /resyncs", { token, body });
  assert.equal(made.statusCode, 201, made.body);
  const { resync } = made.json<{ resync: { id: string; who: string; phones: { state: string }[] } }>();
  assert.deepEqual([resync.who, resync.phones[0]?.state], ["token:operator", "waiting"]);
  const stop = await api.ask(`POST /resyncs/${resync.id}/stop`, { token });
  assert.equal(stop.json<{ state: string }>().state, "stopped", stop.body);
  assert.equal((await api.ask(`POST /resyncs/${resync.id}/stop`, { token })).statusCode, 422);
  const resumed = await api.ask(`POST /resyncs/${resync.id}/resume`, { token });
  assert.equal(resumed.json<{ state: string }>().state, "running", resumed.body);
  const shown = await api.ask(`GET /resyncs/${resync.id}`, { token: viewer });
  assert.equal(shown.statusCode, 200, shown.body);
  const next = await api.ask("POST /resyncs", { token, body: { macs: [mac] } });
  const newer = next.json<{ resync: { id: string } }>().resync.id;
  interface Page {
    items: { id: string }[];
    next?: string;
  }
  const first = (await api.ask("GET /resyncs?limit=1", { token: viewer })).json<Page>();
  const second = (
    await api.ask(`GET /resyncs?limit=1&cursor=${first.next ?? ""}`, { token: viewer })
  ).json<Page>();
  // Both may be of one millisecond: which is the newer is then nobody's to say.
  const listed = [...first.items, ...second.items].map(({ id }) => id);
  assert.deepEqual(listed.toSorted(), [newer, resync.id].toSorted());
  assert.equal(second.next, undefined);
  const others = await api.ask("GET /resyncs", { token: await api.token("viewer", "acme") });
  assert.deepEqual(others.json<Page>().items, []);
  const foreign = await api.ask(`GET /resyncs/${resync.id}`, { token: await api.token("viewer", "acme") });
  assert.equal(foreign.statusCode, 404);
});

test("a resync of foreign phones, or in a window that is none, is refused", async () => {
  await using api = await apiUnderTest();
  const token = await api.token("operator");
  const foreign = await api.ask("POST /resyncs", { token, body: { macs: ["805ec0020001"] } });
  assert.equal(foreign.statusCode, 404, foreign.body);
  const window = await api.ask("POST /resyncs", { token, body: { macs: [mac], window: "22-05" } });
  assert.equal(window.statusCode, 422, window.body);
});
