import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AgentIo } from "../../../agent/io/io.ts";
import { systemIo } from "../../../agent/io/system-io.ts";
import { loadMibs } from "../../../agent/mibs/load-mibs.ts";
import { createPoePorts } from "../../../agent/probes/poe-ports.ts";
import { createPoePulse } from "../../../agent/probes/poe-pulse.ts";
import { bounce, planBounce, type BouncePlan } from "../../../agent/probes/poe-pulse/bounce-port.ts";
import { KnownSwitches } from "../../../agent/probes/poe-pulse/known-switches.ts";
import { startSwitch, type FakePort, type FakeSwitchOptions } from "../../fakes/switch.ts";

const phone = { mac: "805ec0010007", model: "SIP-T46U", firmware: "108.86.0.45", asked: 6 };
const quick = { off: 20, wait: 5000, look: 20 };
const writer = "OFFHOOK_TEST_WRITER";
process.env[writer] = "writers";

async function bench(
  ports: readonly FakePort[] = [{ name: "Gi1/0/7", phone }],
  more: FakeSwitchOptions = {},
) {
  const fake = await startSwitch({ ports, writeCommunity: "writers", ...more });
  const known = new KnownSwitches();
  const full = createPoePorts(() => loadMibs("agent/mibs"), known);
  const looks = { known, full, pulse: createPoePulse(known, full) };
  const said: string[] = [];
  const io: AgentIo = { ...systemIo(), say: (line) => said.push(line) };
  const settings = {
    ...({ version: "2c", id: "sw1", timeout: 0.3, retries: 1, writeFrom: `env:${writer}` } as const),
  };
  const never = new AbortController().signal;
  const plan = (port: string, change: { force?: boolean; writeFrom?: string | undefined } = {}) => {
    const { force = false, ...other } = change;
    const all = { ...settings, ...other };
    const { writeFrom, ...without } = all;
    const wish = writeFrom === undefined ? without : { ...without, writeFrom };
    return planBounce({ target: `127.0.0.1:${fake.port}`, settings: wish, port, force }, looks, io, never);
  };
  const planned = async (port: string, force = false): Promise<BouncePlan> => {
    const found = await plan(port, { force });
    if (!found.ok) assert.fail(found.why);
    return found;
  };
  return { fake, looks, io, said, never, plan, planned, [Symbol.asyncDispose]: () => fake.stop() };
}

describe("planBounce()", { timeout: 30_000 }, () => {
  it("says which phone a restart concerns, and changes nothing", async () => {
    await using at = await bench();
    const plan = await at.planned("Gi1/0/7");
    assert.deepEqual(
      [plan.subject, plan.port, plan.whom, plan.oid],
      ["port:sw1/Gi1/0/7", "Gi1/0/7", "80:5e:c0:01:00:07 (SIP-T46U)", "1.3.6.1.2.1.105.1.1.1.3.1.7"],
    );
    assert.equal((await at.planned("gi1/0/7")).port, "Gi1/0/7");
    assert.equal((await at.planned("7")).port, "Gi1/0/7");
  });

  const refusals: [string, FakePort[], string, RegExp, boolean][] = [
    ["an uplink without PoE", [], "Te1/1/1", /^Te1\/1\/1 has no PoE$/, false],
    [
      "a PoE port with a switch behind it",
      [{ name: "Gi1/0/4", poe: { state: "delivering", watts: 9 }, link: { up: true }, neighbour: "core-2" }],
      "Gi1/0/4",
      /is an uplink: core-2, a switch or router/,
      true,
    ],
    ["a port that powers nothing", [], "Gi1/0/3", /^Gi1\/0\/3 powers nothing \(searching\)$/, true],
    [
      "a port switched off by setting",
      [{ name: "Gi1/0/3", poe: { admin: false } }],
      "Gi1/0/3",
      /switched off on Gi1\/0\/3 by setting/,
      false,
    ],
    ["a port that is not there", [], "Gi2/0/1", /^no such port: Gi2\/0\/1; there are Gi1\/0\/1, Gi1/, false],
  ];
  for (const [what, ports, port, why, forcible] of refusals)
    it(`refuses ${what}${forcible ? " unless forced" : ", forced or not"}`, async () => {
      await using at = await bench(ports);
      const plan = await at.plan(port);
      assert.match(plan.ok ? "planned" : plan.why, why);
      assert.equal(!plan.ok && plan.forcible, forcible);
      assert.equal((await at.plan(port, { force: true })).ok, forcible);
    });

  it("refuses where no write access is given, or it cannot be read", async () => {
    await using at = await bench();
    const why = async (writeFrom: string | undefined) => {
      const plan = await at.plan("7", { writeFrom });
      return plan.ok ? "planned" : plan.why;
    };
    assert.match(await why(undefined), /no write access is given/);
    assert.match(await why("env:OFFHOOK_TEST_NOTHING"), /OFFHOOK_TEST_NOTHING is not set/);
    assert.match(await why("user"), /v3 alone/);
  });

  it("refuses a switch that does not answer", async () => {
    await using at = await bench();
    at.fake.silence(true);
    const plan = await at.plan("7");
    assert.equal(plan.ok ? "" : plan.outcome, "timeout");
  });
});

describe("bounce()", { timeout: 60_000 }, () => {
  it("restarts the phone and sees it come back", async () => {
    await using at = await bench(undefined, { bootTime: 200 });
    const done = await bounce(await at.planned("7"), at.looks, at.io, at.never, quick);
    assert.equal(done.end, "back");
    assert.match(done.sentence, /^80:5e:c0:01:00:07 \(SIP-T46U\) is back on Gi1\/0\/7 after [\d.]+ s\.$/);
    assert.ok(at.said.includes("Gi1/0/7: power off") && at.said.includes("Gi1/0/7: waiting for power"));
  });

  it("says so when the phone does not come back", async () => {
    await using at = await bench(undefined, { bootTime: "never" });
    const done = await bounce(await at.planned("7"), at.looks, at.io, at.never, { ...quick, wait: 200 });
    assert.equal(done.end, "no-power");
    assert.match(done.sentence, /^Gi1\/0\/7 does not deliver power again within/);
  });

  it("takes another phone on the port for no return", async () => {
    await using at = await bench(undefined, { bootTime: "never" });
    const plan = await at.planned("7");
    const going = bounce(plan, at.looks, at.io, at.never, { ...quick, wait: 400 });
    while (!at.said.includes("Gi1/0/7: waiting for power")) await new Promise((r) => setImmediate(r));
    at.fake.set("Gi1/0/7", { phone: { ...phone, mac: "805ec0010099" } });
    const done = await going;
    assert.equal(done.end, "no-phone");
  });

  it("changes nothing with a community that may not write, and says so", async () => {
    await using at = await bench();
    process.env["OFFHOOK_TEST_READER"] = "public";
    const plan = await at.plan("7", { writeFrom: "env:OFFHOOK_TEST_READER" });
    if (!plan.ok) assert.fail(plan.why);
    const done = await bounce(plan, at.looks, at.io, at.never, quick);
    assert.deepEqual([done.end, /no access/.test(done.sentence)], ["not-done", true]);
    assert.ok((await at.plan("7")).ok, "still delivers");
  });

  it("gives the power back when the person goes away in the middle", async () => {
    await using at = await bench();
    const plan = await at.planned("7");
    const leaving = new AbortController();
    const going = bounce(plan, at.looks, at.io, leaving.signal, { ...quick, off: 60_000 });
    while (!at.said.includes("Gi1/0/7: power off")) await new Promise((r) => setImmediate(r));
    leaving.abort(new Error("gone"));
    assert.equal((await going).end, "interrupted");
    assert.ok((await at.plan("7")).ok, "delivers again");
  });

  it("says that the port is off when the switch falls silent in between", async () => {
    await using at = await bench();
    const plan = await at.planned("7");
    const going = bounce(plan, at.looks, at.io, at.never, { ...quick, off: 300 });
    while (
      (await at.looks.pulse.run(plan.wish.target, plan.wish.settings, at.io, at.never)).some(
        ({ subject, key, value }) => subject === plan.subject && key === "link.up" && value === true,
      )
    );
    at.fake.silence(true);
    const done = await going;
    assert.equal(done.end, "off");
    assert.match(done.sentence, /switch it on by hand/);
  });
});
