import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AgentIo } from "../../../agent/io/io.ts";
import { silentLog } from "../../../agent/io/log.ts";
import { systemIo } from "../../../agent/io/system-io.ts";
import { loadMibs } from "../../../agent/mibs/load-mibs.ts";
import { createPoePorts } from "../../../agent/probes/poe-ports.ts";
import { createPoePulse } from "../../../agent/probes/poe-pulse.ts";
import { KnownSwitches } from "../../../agent/probes/poe-pulse/known-switches.ts";
import { readyPlans } from "../../../agent/schedule/plans.ts";
import { runCommand } from "../../../agent/schedule/run-command.ts";
import { startSwitch } from "../../fakes/switch.ts";

const phone = { mac: "805ec0010007", model: "SIP-T46U", firmware: "108.86.0.45", asked: 6 };
const id = "0197f0de-0000-7000-8000-000000000001";
const never = new AbortController().signal;
process.env["OFFHOOK_TEST_COMMAND_WRITER"] = "writers";

async function site(settings: Record<string, unknown> = { writeFrom: "env:OFFHOOK_TEST_COMMAND_WRITER" }) {
  const fake = await startSwitch({ ports: [{ name: "Gi1/0/7", phone }], writeCommunity: "writers" });
  const known = new KnownSwitches();
  const full = createPoePorts(() => loadMibs("agent/mibs"), known);
  const looks = { known, full, pulse: createPoePulse(known, full) };
  const plan = {
    id: "sw1-full",
    probe: "poe-ports",
    target: `127.0.0.1:${fake.port}`,
    schedule: "*/5 * * * *",
    settings: { id: "sw1", timeout: 0.5, ...settings },
  };
  const document = { version: 1, site: "s", name: "", probes: [plan], thresholds: {}, sealEvery: 300 };
  const ready = readyPlans(document, [full]);
  if (!ready.ok) assert.fail(JSON.stringify(ready.problems));
  const hurried: string[] = [];
  const io: AgentIo = systemIo();
  const hands = {
    io,
    log: silentLog,
    plans: () => ready.plans,
    hurry: (which: string) => void hurried.push(which),
    switches: { looks, probe: "poe-ports" },
    times: { off: 10, wait: 3000, look: 20 },
  };
  const bounce = (change: { switch?: string; port?: string; phone?: string | null } = {}) =>
    runCommand(
      { id, kind: "bounce-port", switch: "sw1", port: "Gi1/0/7", phone: phone.mac, ...change },
      hands,
      never,
    );
  return { fake, hands, hurried, bounce, [Symbol.asyncDispose]: () => fake.stop() };
}

describe("runCommand()", { timeout: 30_000 }, () => {
  it("restarts the phone that whoever asked has seen, and looks anew after", async () => {
    await using at = await site();
    const result = await at.bounce();
    assert.equal(result.outcome, "done");
    assert.match(result.sentence, /^80:5e:c0:01:00:07 \(SIP-T46U\) is back on Gi1\/0\/7/);
    assert.deepEqual(at.hurried, ["sw1-full"]);
  });

  it("changes nothing where another phone is there now, or none, or a switch or port is unknown", async () => {
    await using at = await site();
    const cases: [Parameters<typeof at.bounce>[0], RegExp][] = [
      [{ phone: "805ec0010099" }, /80:5e:c0:01:00:07 is there now, not 80:5e:c0:01:00:99/],
      [{ switch: "sw9" }, /does not look at a switch sw9/],
      [{ port: "Gi1/0/99" }, /no such port/],
      [{ port: "Gi1/0/3", phone: null }, /powers nothing/],
    ];
    for (const [change, why] of cases) {
      const result = await at.bounce(change);
      assert.equal(result.outcome, "refused");
      assert.match(result.sentence, why);
    }
    assert.deepEqual(at.hurried, []);
  });

  it("never does it without write access of its own", async () => {
    await using at = await site({});
    const result = await at.bounce();
    assert.deepEqual([result.outcome, /no write access/.test(result.sentence)], ["refused", true]);
  });

  it("takes a look out of its turn, of plans that it has", async () => {
    await using at = await site();
    const known = await runCommand({ id, kind: "probe-now", plan: "sw1-full" }, at.hands, never);
    assert.deepEqual([known.outcome, at.hurried], ["done", ["sw1-full"]]);
    const unknown = await runCommand({ id, kind: "probe-now", plan: "other" }, at.hands, never);
    assert.equal(unknown.outcome, "refused");
  });
});
