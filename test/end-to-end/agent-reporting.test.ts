import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Type } from "typebox";
import { BadConfig } from "../../agent/config.ts";
import { systemClock } from "../../agent/io/clock.ts";
import type { AgentIo } from "../../agent/io/io.ts";
import { FolderLocked } from "../../agent/io/host/lock-folder.ts";
import { silentLog } from "../../agent/io/log.ts";
import { startAgent, type AgentOptions, type RunningAgent } from "../../agent/main.ts";
import type { AgentProbe } from "../../agent/schedule/plans.ts";
import type { Finding } from "../../protocol/finding.ts";
import type { SiteConfig } from "../../protocol/site-config.ts";
import { CurrentObservations } from "../../provisioning-server/store/observations.ts";
import { Reports } from "../../provisioning-server/store/reports.ts";
import { fastTimes } from "./report-agent.ts";
import { startReportServer } from "./report-server.ts";

const site = { tenant: "default", site: "lobby" };
const ref = (agent: RunningAgent) => ({ tenant: "default", agent: agent.status().agentId ?? "" });

const thermometer: AgentProbe = {
  name: "thermometer",
  verb: "thermometer",
  about: "",
  target: "",
  example: "",
  settings: Type.Object({ degrees: Type.Optional(Type.Number({ default: 20 })) }),
  async run(target, settings, io) {
    const { degrees } = settings as { degrees: number };
    const subject = `host:${target}`;
    return [
      { probe: "thermometer", subject, key: "host.load", value: degrees, at: io.clock.now(), outcome: "ok" },
    ];
  },
};

const fever: Finding = {
  rule: "X1",
  cause: "fever",
  layer: "host",
  severity: "minor",
  subject: "host:a",
  sentence: "It is too warm.",
  remedy: "Open a window.",
  confidence: 0.9,
  because: [],
  affects: [],
  consequences: [],
  at: 1,
};

function config(settings: Record<string, unknown>): SiteConfig {
  const plan = { id: "a", probe: "thermometer", target: "a", schedule: "* * * * * *", settings };
  return { version: 0, site: "lobby", name: "", probes: [plan], thresholds: {}, sealEvery: 1 };
}

async function setUp(context: TestContext) {
  const folder = mkdtempSync(join(tmpdir(), "offhook-agent-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const server = await startReportServer(folder);
  context.after(() => server.stop());
  const { token } = await server.agents.createEnrolToken(site);
  const options: AgentOptions = {
    config: {
      name: "edge",
      state: join(folder, "agent"),
      server: { url: `https://127.0.0.1:${server.port}`, trust: { pins: [server.pin] } },
      enrolToken: token,
    },
    io: { clock: systemClock } as unknown as AgentIo,
    probes: [thermometer],
    diagnose: (observations) => (observations.some(({ value }) => Number(value) > 30) ? [fever] : []),
    log: silentLog,
    times: fastTimes,
  };
  const start = async (change: Partial<AgentOptions> = {}) => {
    const agent = await startAgent({ ...options, ...change });
    context.after(() => agent.stop());
    return agent;
  };
  return { folder, server, options, start };
}

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await condition())) {
    assert.ok(Date.now() < end, `never came: ${what}`);
    await pause(10);
  }
}

test("an agent enrols, takes its site's config, measures, judges and reports; the server has it all", async (context) => {
  const { server, start, options } = await setUp(context);
  await server.agents.setSiteConfig(site, config({ degrees: 35 }));
  const agent = await start();
  const current = new CurrentObservations(server.store);
  await until("the observation", async () => (await current.observationsOf(site)).length > 0);
  assert.equal((await current.observationsOf(site))[0]?.observation.value, 35);
  await until("the finding", async () => ((await server.agents.findings(site))[0]?.findings.length ?? 0) > 0);
  const [record] = await server.agents.agents(site);
  assert.deepEqual([record?.hostname, record?.configVersion, agent.status().configVersion], ["edge", 1, 1]);
  const [first] = await new Reports(server.store).ofAgent(ref(agent));
  assert.equal(first?.report.seq, 1);
  assert.equal(statSync(join(options.config.state, "agent.key")).mode & 0o777, 0o600);
  assert.equal(statSync(join(options.config.state, "agent.json")).mode & 0o777, 0o600);
});

test("a new config is in use at once; a bad one is not, and the NOC hears why", async (context) => {
  const { server, start } = await setUp(context);
  await server.agents.setSiteConfig(site, config({ degrees: 20 }));
  const agent = await start();
  await until("the first config", () => agent.status().configVersion === 1);
  await server.agents.setSiteConfig(site, config({ degres: 21 }));
  const causes = async () =>
    (await server.agents.findings(site))[0]?.findings.map(({ cause }) => cause) ?? [];
  await until("the refusal", async () => (await causes()).includes("agent.config-refused"));
  assert.equal(agent.status().configVersion, 1);
  await server.agents.setSiteConfig(site, config({ degrees: 22 }));
  await until("the third config", () => agent.status().configVersion === 3);
  await until("no finding", async () => (await causes()).length === 0);
  await until("the new value", () => agent.latest()[0]?.value === 22);
});

test("an agent without its server keeps its reports, goes on by its last config, and delivers them later", async (context) => {
  const { folder, server, start } = await setUp(context);
  await server.agents.setSiteConfig(site, config({ degrees: 25 }));
  const before = await start();
  await until("the config", () => before.status().configVersion === 1);
  await before.stop();
  const { port } = server;
  await server.stop();
  const agent = await start();
  assert.equal(agent.status().configVersion, 1, "from the disk");
  await until("reports on the disk", () => agent.status().spool.reports >= 2);
  const again = await startReportServer(folder, port);
  context.after(() => again.stop());
  await until("an empty spool", () => agent.status().spool.reports === 0);
  const { missing, dropped, quarantined } = await new Reports(again.store).counts();
  assert.deepEqual({ missing, dropped, quarantined }, { missing: 0, dropped: 0, quarantined: 0 });
});

test("a copied state folder is found out: the one that was let in first is shut out, and the server knows", async (context) => {
  const { cpSync } = await import("node:fs");
  const { server, start, options } = await setUp(context);
  const original = await start();
  await until("the sign-in", () => original.status().connected);
  const state = `${options.config.state}-copy`;
  cpSync(options.config.state, state, { recursive: true });
  rmSync(join(state, "lock"));
  await start({ config: { ...options.config, state } });
  await until("the conflict", async () => (await server.agents.agents(site))[0]?.conflictAt !== undefined);
  await until("the shut-out", () => original.status().shutOut === "doubled");
});

test("startAgent() names all that is wrong with its site file, and will not share a state folder", async (context) => {
  const { start, options } = await setUp(context);
  const bad = { ...config({ degres: 1 }), sealEvery: 1, thresholds: { "no.such": 1 } };
  await assert.rejects(start({ config: { ...options.config, site: bad } }), (error) => {
    if (!(error instanceof BadConfig)) return false;
    assert.deepEqual(
      error.problems.map(({ place }) => place),
      ["/thresholds/no.such", "/probes/0/settings/degres"],
    );
    return true;
  });
  const agent = await start();
  await agent.stop();
  const next = await start();
  await assert.rejects(lockedBy(options), FolderLocked);
  await next.stop();
});

/** Another process has the folder: this test's parent, as far as the lock can tell. */
async function lockedBy(options: AgentOptions): Promise<unknown> {
  const { readFileSync, writeFileSync } = await import("node:fs");
  const lock = join(options.config.state, "lock");
  writeFileSync(lock, readFileSync(lock, "utf8").replace(/^\d+/, String(process.ppid)));
  return startAgent(options);
}
