import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { silentLog } from "../../agent/io/log.ts";
import { systemIo } from "../../agent/io/system-io.ts";
import { startAgent } from "../../agent/main.ts";
import { poePorts } from "../../agent/probes/poe-ports.ts";
import { poePulse } from "../../agent/probes/poe-pulse.ts";
import { switches } from "../../agent/probes/switches.ts";
import { diagnose } from "../../diagnosis/diagnose.ts";
import { Audit } from "../../provisioning-server/store/audit.ts";
import { Commands } from "../../provisioning-server/store/commands.ts";
import { startSwitch } from "../fakes/switch.ts";
import { openTrapSender, trapV2 } from "../fakes/switch/trap-sender.ts";
import { fastTimes } from "./report-agent.ts";
import { startReportServer } from "./report-server.ts";

const phone = { mac: "805ec0010007", model: "SIP-T46U", firmware: "108.86.0.45", asked: 6 };
const site = { tenant: "default", site: "lobby" };

async function until(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 30_000;
  while (!(await condition())) {
    assert.ok(Date.now() < end, `never came: ${what}`);
    await pause(20);
  }
}

test("an order from the server restarts a phone at the site, and a trap brings the agent's look", async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "offhook-restart-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, "writers"), "writers\n", { mode: 0o600 });
  const fake = await startSwitch({
    address: "127.0.0.41",
    ports: [{ name: "Gi1/0/7", phone }],
    writeCommunity: "writers",
    bootTime: 300,
  });
  context.after(() => fake.stop());
  const server = await startReportServer(folder);
  context.after(() => server.stop());
  const target = `127.0.0.41:${fake.port}`;
  const settings = { id: "sw1", timeout: 0.5, writeFrom: `file:${join(folder, "writers")}` };
  // Far apart: what is seen sooner was brought by a trap.
  const plan = { probe: "poe-ports", target, schedule: "0 0 1 1 *", settings };
  const probes = [
    { ...plan, id: "full" },
    { ...plan, id: "pulse", probe: "poe-pulse" },
  ];
  const document = { version: 0, site: "lobby", name: "", probes, thresholds: {}, sealEvery: 1 };
  await server.agents.setSiteConfig(site, document);
  const { token } = await server.agents.createEnrolToken(site);
  const agent = await startAgent({
    config: {
      name: "edge",
      state: join(folder, "agent"),
      server: { url: `https://127.0.0.1:${server.port}`, trust: { pins: [server.pin] } },
      enrolToken: token,
      traps: { port: 0, address: "127.0.0.1" },
    },
    io: systemIo(),
    probes: [poePorts, poePulse],
    diagnose,
    switches,
    log: silentLog,
    times: fastTimes,
  });
  context.after(() => agent.stop());
  const seen = (subject: string, key: string) =>
    agent.latest().find((each) => each.subject === subject && each.key === key)?.value;
  await until("the first look", () => seen("port:sw1/Gi1/0/7", "port.phone") === phone.mac);

  fake.set("Gi1/0/9", { phone: { ...phone, mac: "805ec0010009" } });
  await using switchSide = await openTrapSender("127.0.0.41");
  await switchSide.send(trapV2("1.3.6.1.6.3.1.1.5.4", 1), agent.status().traps?.port ?? 0);
  await until("the look after the trap", () => seen("port:sw1/Gi1/0/9", "link.up") === true);
  assert.equal(agent.status().traps?.taken, 1);

  const commands = new Commands(server.store);
  const [record] = await server.agents.agents(site);
  const id = await commands.order({
    agent: { tenant: "default", agent: record?.id ?? "" },
    subject: "port:sw1/Gi1/0/7",
    wish: { kind: "bounce-port", switch: "sw1", port: "Gi1/0/7", phone: phone.mac },
    detail: "restart it",
    who: "anna",
    address: "192.0.2.1",
  });
  await until("the result", async () => (await commands.find("default", id ?? ""))?.sentence !== undefined);
  const stand = await commands.find("default", id ?? "");
  assert.equal(stand?.state, "done");
  assert.match(stand.sentence ?? "", /^80:5e:c0:01:00:07 \(SIP-T46U\) is back on Gi1\/0\/7 after/);
  const audit = new Audit(server.store);
  assert.deepEqual(
    (await audit.latest("default", 5)).map(({ what }) => what),
    ["bounce-port done", "bounce-port asked"],
  );
});
