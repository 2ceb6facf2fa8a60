import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type Booted, bootStormPhone } from "../bench/storm-boot.ts";
import { prepareStorm, startStormServer } from "../bench/storm-server.ts";

const folder = mkdtempSync(join(tmpdir(), "offhook-storm-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const problems = (all: readonly Booted[]) =>
  all.flatMap(({ family, problem }) => (problem === undefined ? [] : [`${family}: ${problem}`]));
/** Patient: what is tried here is that everybody is served, not how fast this machine is. */
const habits = { patience: 60_000, tries: 1, pause: 0 };

test("300 phones of every family behind one address boot at once: each has its config, none is refused", async () => {
  const prepared = await prepareStorm(join(folder, "storm"), 300, () => "127.3.0.1");
  const { server, target } = await startStormServer(prepared);
  await using _ends = server;
  const all = await Promise.all(prepared.phones.map((phone) => bootStormPhone(target, phone, habits)));
  assert.deepEqual(problems(all), []);
  assert.ok(new Set(all.map(({ family }) => family)).size > 30, "phones of every family");
  server.child.kill("SIGTERM");
  assert.equal(await server.ended(), 0);
});

test("a server that is stopped and started again amid booting phones leaves none without its config", async () => {
  const prepared = await prepareStorm(join(folder, "restart"), 200, (at) => `127.3.1.${1 + at}`);
  const first = await startStormServer(prepared);
  await using _first = first.server;
  // As phones of the references do, only sooner: again after a pause, whatever went wrong.
  const again = { patience: 5000, tries: 200, pause: 100 };
  const [early, late] = [prepared.phones.slice(0, 100), prepared.phones.slice(100)];
  const boots = early.map((phone) => bootStormPhone(first.target, phone, again));
  await Promise.race(boots);
  first.server.child.kill("SIGTERM");
  const during = late.map((phone) => bootStormPhone(first.target, phone, again));
  assert.equal(await first.server.ended(), 0);
  const second = await startStormServer(prepared);
  await using _second = second.server;
  const all = await Promise.all([...boots, ...during]);
  assert.deepEqual(problems(all), []);
  assert.ok(
    all.some(({ again: times }) => times > 0),
    "some met the stopped server",
  );
  second.server.child.kill("SIGTERM");
  assert.equal(await second.server.ended(), 0);
});
