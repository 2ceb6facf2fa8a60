import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { silentLog } from "../../agent/io/log.ts";
import { systemIo } from "../../agent/io/system-io.ts";
import { startAgent } from "../../agent/main.ts";
import { diagnose } from "../../diagnosis/diagnose.ts";
import { CurrentObservations } from "../../provisioning-server/store/observations.ts";
import { publishOf } from "../fakes/quality-phone.ts";
import { fastTimes } from "./report-agent.ts";
import { startReportServer } from "./report-server.ts";

const site = { tenant: "default", site: "lobby" };

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const end = Date.now() + 20_000;
  while (!(await condition())) {
    assert.ok(Date.now() < end, `never came: ${what}`);
    await pause(20);
  }
}

/** The collector takes a port by number: one that was free a moment ago. */
async function freePort(): Promise<number> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  socket.close();
  await once(socket, "close");
  return port;
}

test("a phone's report reaches the agent's collector, is sealed, and stands at the server with its finding", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "offhook-quality-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const server = await startReportServer(folder);
  t.after(() => server.stop());
  const { token } = await server.agents.createEnrolToken(site);
  await server.agents.setSiteConfig(site, {
    version: 0,
    site: "lobby",
    name: "",
    probes: [],
    thresholds: {},
    sealEvery: 1,
  });
  const port = await freePort();
  const agent = await startAgent({
    config: {
      name: "edge",
      state: join(folder, "agent"),
      server: { url: `https://127.0.0.1:${server.port}`, trust: { pins: [server.pin] } },
      enrolToken: token,
      collector: { address: "127.0.0.1", port },
    },
    io: systemIo(),
    probes: [],
    diagnose,
    log: silentLog,
    times: fastTimes,
  });
  t.after(() => agent.stop());
  const phone = createSocket("udp4");
  t.after(() => phone.close());
  const answer = once(phone, "message");
  phone.send(publishOf({ loss: 5.5 }), port, "127.0.0.1");
  assert.match(String((await answer)[0]), /^SIP\/2\.0 200 /);
  const current = new CurrentObservations(server.store);
  await until("the call", async () => (await current.observationsOf(site)).length > 0);
  const seen = new Map(
    (await current.observationsOf(site)).map(({ observation }) => [observation.key, observation]),
  );
  assert.equal(seen.get("rtp.rev.loss")?.subject, "phone:805ec0010001");
  assert.deepEqual(
    ["rtp.rev.loss", "rtp.mos.rev", "call.seconds", "calls.hour", "calls.hour.poor"].map(
      (key) => seen.get(key)?.value,
    ),
    [5.5, 3.1, 139, 1, 1],
  );
  const rules = async () => (await server.agents.findings(site))[0]?.findings.map(({ rule }) => rule) ?? [];
  await until("the finding", async () => (await rules()).includes("VQ1"));
});
