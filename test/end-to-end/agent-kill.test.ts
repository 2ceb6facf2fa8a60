import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { RunningAgent } from "../../agent/main.ts";
import { Reports } from "../../provisioning-server/store/reports.ts";
import { startReportAgent } from "./report-agent.ts";
import { startReportServer } from "./report-server.ts";

const agentChild = fileURLToPath(new URL("report-agent.ts", import.meta.url));
const serverChild = fileURLToPath(new URL("report-server.ts", import.meta.url));
const kills = 25;
const site = { tenant: "default", site: "lobby" };

function folderFor(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), "offhook-kill-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function generator(): (below: number) => number {
  let state = Date.now() % 1_000_000;
  console.log(`seed ${state}`);
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state % below;
  };
}

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 60_000;
  while (!(await condition())) {
    assert.ok(Date.now() < end, `never came: ${what}`);
    await pause(10);
  }
}

const drained = (agent: RunningAgent) => until("an empty spool", () => agent.status().spool.reports === 0);

/** Everything that was safe on the agent's disk is in the store, once, and nothing is said to be lost. */
async function assertNothingLost(
  server: Awaited<ReturnType<typeof startReportServer>>,
  safe: ReadonlySet<number>,
) {
  const reports = new Reports(server.store);
  const [agent] = await server.agents.agents(site);
  if (agent === undefined) assert.fail("no agent enrolled");
  const stored = await reports.ofAgent({ tenant: agent.tenant, agent: agent.id });
  const seqs = stored.map(({ report }) => report.seq).toSorted((a, b) => a - b);
  assert.equal(new Set(stored.map(({ epoch }) => epoch)).size, 1);
  assert.deepEqual(
    seqs,
    seqs.map((_, index) => index + 1),
    "every number once, without a gap",
  );
  for (const seq of safe) assert.ok(seqs.includes(seq), `report ${seq} was on the disk and is lost`);
  const identities = stored.map(({ report }) => `${report.bootId} ${report.mono}`);
  assert.equal(new Set(identities).size, identities.length, "no report came twice under two numbers");
  assert.deepEqual(await reports.counts(), { stored: seqs.length, missing: 0, dropped: 0, quarantined: 0 });
  assert.equal(agent.conflictAt, undefined, "no restart was taken for a second agent");
}

test(`kill -9 of the agent between sealing and delivery, ${kills} times, loses no report and doubles none`, async (context) => {
  const folder = folderFor(context);
  const random = generator();
  const server = await startReportServer(folder);
  context.after(() => server.stop());
  const { token } = await server.agents.createEnrolToken(site);
  const state = join(folder, "agent");
  const safe = new Set<number>();
  for (let round = 0; round < kills; round += 1) {
    const argv = [agentChild, state, String(server.port), server.pin, token.reveal()];
    const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "inherit"] });
    const gone = once(child, "exit");
    const lines = 1 + random(60);
    let count = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      const [seq = "", kept] = line.split(" ");
      assert.equal(kept, "disk");
      assert.ok(!safe.has(Number(seq)), `number ${seq} was given twice`);
      safe.add(Number(seq));
      count += 1;
      if (count === lines) child.kill("SIGKILL");
    }
    await gone;
    assert.ok(count > 0, "the child came to seal something");
  }
  assert.ok((await new Reports(server.store).counts()).stored > 0, "kills came in the middle of deliveries");
  const agent = await startReportAgent({ state, port: server.port, pin: server.pin, token });
  await drained(agent);
  await agent.stop();
  await assertNothingLost(server, safe);
});

test(`kill -9 of the server while it takes reports, ${kills} times, loses no report and doubles none`, async (context) => {
  const folder = folderFor(context);
  const random = generator();
  const first = await startReportServer(folder);
  const { token } = await first.agents.createEnrolToken(site);
  const { port, pin } = first;
  await first.stop();
  const safe = new Set<number>();
  const state = join(folder, "agent");
  const agent = await startReportAgent({ state, port, pin, token }, (seq) => safe.add(seq));
  const stopSealing = new AbortController();
  const sealing = (async () => {
    while (!stopSealing.signal.aborted) {
      await agent.sealNow();
      await pause(2);
    }
  })();
  for (let round = 0; round < kills; round += 1) {
    const argv = [serverChild, folder, String(port)];
    const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "inherit"] });
    const gone = once(child, "exit");
    await once(child.stdout, "data");
    const before = agent.status().spool.oldest;
    await until("a delivery", () => agent.status().spool.oldest !== before);
    for (let turns = random(20); turns > 0; turns -= 1) await pause(1);
    child.kill("SIGKILL");
    await gone;
  }
  stopSealing.abort();
  await sealing;
  const last = await startReportServer(folder, port);
  context.after(() => last.stop());
  await drained(agent);
  // Stopping seals one more, which stays on the disk for the next start.
  const delivered = new Set(safe);
  await agent.stop();
  await assertNothingLost(last, delivered);
});
