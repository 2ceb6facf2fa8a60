import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AgentIo } from "../../../agent/io/io.ts";
import { systemIo } from "../../../agent/io/system-io.ts";
import { loadMibs } from "../../../agent/mibs/load-mibs.ts";
import { createPoePorts } from "../../../agent/probes/poe-ports.ts";
import { createPoePulse } from "../../../agent/probes/poe-pulse.ts";
import { KnownSwitches } from "../../../agent/probes/poe-pulse/known-switches.ts";
import type { Observation, ObservedValue } from "../../../protocol/observation.ts";
import { startSwitch, type FakePort, type FakeSwitchOptions } from "../../fakes/switch.ts";

const never = new AbortController().signal;
const phone = { mac: "805ec0010007", model: "SIP-T46U", firmware: "108.86.0.45", asked: 6 };
const settings = { version: "2c", id: "sw1", timeout: 0.3, retries: 1 } as const;

/** A switch with both looks at it, and a clock that can be moved on. */
async function both(ports: readonly FakePort[] = [], more: FakeSwitchOptions = {}) {
  let ahead = 0;
  const real = systemIo();
  const clock = {
    ...real.clock,
    now: () => real.clock.now() + ahead,
    mono: () => real.clock.mono() + ahead,
  };
  const fake = await startSwitch({ ports, mono: () => performance.now() + ahead, ...more });
  const io: AgentIo = { ...real, clock };
  const known = new KnownSwitches();
  const ports_ = createPoePorts(() => loadMibs("agent/mibs"), known);
  const pulse = createPoePulse(known, ports_);
  const target = `127.0.0.1:${fake.port}`;
  return {
    fake,
    full: () => ports_.run(target, settings, io, never),
    pulse: () => pulse.run(target, settings, io, never),
    pass: (ms: number) => (ahead += ms),
    [Symbol.asyncDispose]: () => fake.stop(),
  };
}

const valueOf = (all: readonly Observation[], subject: string, key: string): ObservedValue | undefined =>
  all.find((each) => each.subject === subject && each.key === key)?.value;
const byWhom = (all: readonly Observation[]) => new Set(all.map((each) => each.probe));

describe("poePulse", { timeout: 60_000 }, () => {
  it("says the same of power and link as the full picture, of every port", async () => {
    await using at = await both([
      { name: "Gi1/0/7", phone },
      { name: "Gi1/0/9", poe: { admin: false } },
      { name: "Gi1/0/11", poe: { state: "fault" } },
      { name: "Gi1/0/12", poe: { state: "denied" } },
    ]);
    const full = await at.full();
    const pulse = await at.pulse();
    assert.deepEqual(byWhom(pulse), new Set(["poe-pulse"]));
    const keys = ["poe.state", "poe.watts", "link.up", "poe.budget.used", "poe.budget.free"];
    const facts = (all: readonly Observation[]) =>
      all
        .filter(({ key }) => keys.includes(key))
        .map(({ subject, key, value, outcome }) => `${subject} ${key} ${String(value)} ${outcome}`)
        .toSorted();
    assert.deepEqual(facts(pulse), facts(full));
    assert.equal(valueOf(pulse, "port:sw1/Gi1/0/12", "poe.state"), "denied");
    const state = pulse.find(({ subject, key }) => subject === "port:sw1/Gi1/0/7" && key === "poe.state");
    assert.match(state?.evidence ?? "", /PSE 1\.7, interface 10107 by entity-alias$/);
  });

  it("takes at most 8 round trips for 48 ports", async () => {
    await using at = await both([{ name: "Gi1/0/7", phone }], { portCount: 48 });
    await at.full();
    const before = at.fake.requests();
    const pulse = await at.pulse();
    const trips = at.fake.requests() - before;
    assert.ok(trips <= 8, `${trips} round trips`);
    assert.equal(pulse.filter(({ key }) => key === "poe.state").length, 48);
    assert.equal(pulse.filter(({ key }) => key === "link.up").length, 50);
  });

  it("sees what has changed since, and takes a phone for gone whose link is down", async () => {
    await using at = await both([{ name: "Gi1/0/7", phone }]);
    await at.full();
    at.pass(30_000);
    at.fake.set("Gi1/0/7", { poe: { state: "searching" } });
    const pulse = await at.pulse();
    const port = "port:sw1/Gi1/0/7";
    const found = ["poe.state", "link.up", "port.phone", "port.expected", "poe.class"].map((key) =>
      valueOf(pulse, port, key),
    );
    assert.deepEqual(found, ["searching", false, null, phone.mac, null]);
  });

  it("takes the full picture where there is no map, and guesses none", async () => {
    await using at = await both([{ name: "Gi1/0/7", phone }]);
    const first = await at.pulse();
    assert.deepEqual(byWhom(first), new Set(["poe-ports"]));
    assert.equal(valueOf(first, "port:sw1/Gi1/0/7", "port.phone"), phone.mac);
    assert.deepEqual(byWhom(await at.pulse()), new Set(["poe-pulse"]));
  });

  it("takes the full picture again after a restart of the switch, and after a day", async () => {
    await using at = await both();
    await at.full();
    at.pass(30_000);
    at.fake.restart();
    at.pass(20_000);
    assert.deepEqual(byWhom(await at.pulse()), new Set(["poe-ports"]));
    assert.deepEqual(byWhom(await at.pulse()), new Set(["poe-pulse"]));
    at.pass(86_400_000);
    assert.deepEqual(byWhom(await at.pulse()), new Set(["poe-ports"]));
  });

  it("takes the full picture when somebody was plugged in, once the phone had time to announce itself", async () => {
    await using at = await both();
    await at.full();
    await at.pulse();
    at.fake.set("Gi1/0/3", { phone });
    at.pass(30_000);
    assert.equal(valueOf(await at.pulse(), "port:sw1/Gi1/0/3", "link.up"), true);
    const looks: string[] = [];
    for (let i = 0; i < 6; i++) {
      at.pass(30_000);
      looks.push(...byWhom(await at.pulse()));
    }
    assert.deepEqual(looks.indexOf("poe-ports"), 2);
    assert.equal(looks.filter((probe) => probe === "poe-ports").length, 1);
  });

  it("asks a dead switch twice at first, then once a round, and finds it again", async () => {
    await using at = await both([{ name: "Gi1/0/7", phone }]);
    await at.full();
    at.fake.silence(true);
    const asked = async (look: () => Promise<Observation[]>) => {
      const before = at.fake.requests();
      const [dead] = await look();
      assert.deepEqual([dead?.key, dead?.outcome], ["switch.snmp", "timeout"]);
      assert.match(dead?.evidence ?? "", /no answer \(a wrong community looks the same\)$/);
      return at.fake.requests() - before;
    };
    // With the usual second each: 2 s at first, then one.
    assert.deepEqual([await asked(at.pulse), await asked(at.pulse), await asked(at.full)], [2, 1, 1]);
    at.fake.silence(false);
    assert.equal(valueOf(await at.pulse(), "switch:sw1", "switch.snmp"), true);
  });

  it("leaves the word to a full picture that is on its way", async () => {
    await using at = await both();
    await at.full();
    const [full, pulse] = await Promise.all([at.full(), at.pulse()]);
    assert.ok(full.length > 0);
    assert.deepEqual(pulse, []);
  });
});
