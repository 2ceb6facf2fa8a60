import assert from "node:assert/strict";
import { describe, it, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { Compile } from "typebox/compile";
import { systemClock, type Clock } from "../../../agent/io/clock.ts";
import { createSnmpOpener } from "../../../agent/io/snmp.ts";
import { systemIo } from "../../../agent/io/system-io.ts";
import { loadMibs } from "../../../agent/mibs/load-mibs.ts";
import { createPoePorts } from "../../../agent/probes/poe-ports.ts";
import { observationKeys } from "../../../protocol/observation-keys.ts";
import { Observation } from "../../../protocol/observation.ts";
import { startSwitch, type FakeSwitchOptions } from "../../fakes/switch.ts";

const mibFolder = fileURLToPath(new URL("../../../agent/mibs", import.meta.url));
const never = new AbortController().signal;
const phone = {
  mac: "805ec0010007",
  model: "SIP-T46U",
  firmware: "108.86.0.45",
  maker: "Yealink",
  asked: 6.5,
};

/** A simulated switch and the probe, both by one clock that only `pass` moves. */
async function bench(context: TestContext, options: FakeSwitchOptions = {}) {
  let mono = 1_000_000;
  const clock: Clock = { ...systemClock, now: () => 1_700_000_000_000 + mono, mono: () => mono };
  const fake = await startSwitch({ ...options, mono: () => mono });
  context.after(() => fake.stop());
  const probe = createPoePorts(() => loadMibs(mibFolder));
  const io = { ...systemIo(), clock, openSnmp: createSnmpOpener(clock) };
  const look = async (settings: Record<string, unknown> = {}) => {
    const all = { community: "public", version: "2c", id: "sw1", timeout: 2, retries: 1, ...settings };
    const observations = await probe.run(`127.0.0.1:${fake.port}`, all as never, io, never);
    const find = (subject: string, key: string) =>
      observations.find((each) => each.subject === subject && each.key === key);
    return {
      observations,
      find,
      /** Value of a port's key. */
      port: (name: string, key: string) => find(`port:sw1/${name}`, key)?.value,
      own: (key: string) => find("switch:sw1", key)?.value,
    };
  };
  return { fake, probe, look, pass: (seconds: number) => (mono += seconds * 1000) };
}

describe("poePorts", () => {
  it("shows power, link and phone of a port", async (context) => {
    const { look } = await bench(context, {
      ports: [{ name: "Gi1/0/7", phone }],
      budget: 370,
      name: "access-1",
    });
    const seen = await look();
    const expected: Record<string, unknown> = {
      "poe.state": "delivering",
      "poe.admin": true,
      "poe.class": 2,
      "poe.watts": 3.05,
      "poe.watts.alloc": 7,
      "poe.priority": "low",
      "poe.denied": 0,
      "link.up": true,
      "link.admin": true,
      "link.speed": 1000,
      "link.duplex": "full",
      "link.lastChange": 3600,
      "port.phone": phone.mac,
      "port.phone.by": "lldp-med",
      "port.phone.model": "SIP-T46U",
      "port.phone.firmware": "108.86.0.45",
      "port.neighbour": "SIP-T46U",
      "lldp.poe.asked": 6.5,
    };
    for (const [key, value] of Object.entries(expected))
      assert.deepEqual(seen.port("Gi1/0/7", key), value, key);
    assert.equal(seen.own("switch.snmp"), true);
    assert.equal(seen.own("switch.name"), "access-1");
    assert.equal(seen.own("switch.uptime"), 40 * 86_400);
    assert.equal(seen.own("poe.budget"), 370);
    assert.equal(seen.own("poe.budget.used"), 7);
    assert.equal(seen.own("poe.budget.free"), 363);
  });

  it("says what each power row rests on, and by which rule it found the interface", async (context) => {
    const { look } = await bench(context, { ports: [{ name: "Gi1/0/7", phone }] });
    const evidence = (await look()).find("port:sw1/Gi1/0/7", "poe.state")?.evidence ?? "";
    assert.match(evidence, /1\.3\.6\.1\.2\.1\.105\.1\.1\.1\.6\.1\.7 = 3/);
    assert.match(evidence, /PSE 1\.7, interface 10107 by entity-alias/);
  });

  it("makes only observations of the dictionary, in its shape", async (context) => {
    const { look } = await bench(context, { ports: [{ name: "Gi1/0/7", phone }] });
    const check = Compile(Observation);
    const { observations } = await look();
    assert.ok(observations.length > 200);
    for (const each of observations) {
      assert.ok(check.Check(each), JSON.stringify(each));
      assert.ok(each.key in observationKeys, each.key);
    }
  });

  it("has no counter rules on the first look, and rates on the second", async (context) => {
    const { fake, look, pass } = await bench(context, {
      ports: [{ name: "Gi1/0/7", phone, link: { fcs: 200 } }],
    });
    const first = await look();
    for (const key of ["link.flaps", "link.fcs", "link.discards"])
      assert.equal(first.port("Gi1/0/7", key), undefined);
    pass(60);
    const second = await look();
    assert.equal(second.port("Gi1/0/7", "link.fcs"), 200);
    assert.equal(second.port("Gi1/0/7", "link.discards"), 0);
    assert.equal(second.port("Gi1/0/7", "link.flaps"), 0);
    fake.flap("Gi1/0/7");
    pass(60);
    assert.equal((await look()).port("Gi1/0/7", "link.flaps"), 2);
  });

  it("mutes counter rules for one look after a restart", async (context) => {
    const { fake, look, pass } = await bench(context, { ports: [{ name: "Gi1/0/7", phone }] });
    await look();
    pass(60);
    fake.restart();
    pass(5);
    const seen = await look();
    assert.equal(seen.own("switch.uptime"), 5);
    assert.equal(seen.port("Gi1/0/7", "link.flaps"), undefined);
    assert.equal(seen.port("Gi1/0/7", "port.phone"), phone.mac);
  });

  it("shows a port the budget refuses", async (context) => {
    const { fake, look, pass } = await bench(context);
    await look();
    fake.set("Gi1/0/4", { poe: { state: "denied" } });
    pass(10);
    const seen = await look();
    assert.equal(seen.port("Gi1/0/4", "poe.state"), "denied");
    assert.equal(seen.port("Gi1/0/4", "poe.denied"), 3);
  });

  it("shows changes as they come: fault, off, half duplex, unplugged", async (context) => {
    const { fake, look } = await bench(context, { ports: [{ name: "Gi1/0/7", phone }] });
    fake.set("Gi1/0/1", { poe: { state: "fault" } });
    fake.set("Gi1/0/2", { poe: { admin: false } });
    fake.set("Gi1/0/7", { link: { duplex: "half", speed: 100 } });
    const seen = await look();
    assert.equal(seen.port("Gi1/0/1", "poe.state"), "fault");
    assert.equal(seen.port("Gi1/0/2", "poe.state"), "off");
    assert.equal(seen.port("Gi1/0/2", "poe.admin"), false);
    assert.equal(seen.port("Gi1/0/7", "link.duplex"), "half");
    assert.equal(seen.port("Gi1/0/7", "link.speed"), 100);
    fake.set("Gi1/0/7", { phone: null });
    const after = await look();
    assert.equal(after.port("Gi1/0/7", "port.phone"), null);
    assert.equal(after.port("Gi1/0/7", "poe.state"), "searching");
    assert.equal(after.port("Gi1/0/7", "poe.class"), null);
    assert.equal(after.port("Gi1/0/7", "link.up"), false);
  });

  it("keeps watts that cannot be true out, with the reason", async (context) => {
    const { look } = await bench(context, { ports: [{ name: "Gi1/0/7", phone, poe: { watts: 6500 } }] });
    const watts = (await look()).find("port:sw1/Gi1/0/7", "poe.watts");
    assert.equal(watts?.value, null);
    assert.equal(watts.outcome, "garbled");
    assert.match(watts.evidence ?? "", /implausible: 6500 W/);
  });

  it("does not paint power on the uplink that repeats slot and port", async (context) => {
    const { look } = await bench(context, { ports: [{ name: "Gi1/0/1", phone }] });
    const seen = await look();
    assert.equal(seen.port("Te1/1/1", "poe.state"), undefined);
    assert.equal(seen.port("Te1/1/1", "port.neighbour"), "core-1");
    assert.equal(seen.port("Te1/1/1", "port.phone"), null);
  });

  it("counts the looks that a silent switch did not answer, and begins anew when it does", async (context) => {
    const { fake, look } = await bench(context);
    fake.silence(true);
    for (const silences of [1, 2, 3]) {
      const { observations } = await look({ timeout: 0.05 });
      assert.deepEqual(
        observations.map(({ subject, key, value, outcome }) => ({ subject, key, value, outcome })),
        [
          { subject: "switch:sw1", key: "switch.snmp", value: null, outcome: "timeout" },
          { subject: "switch:sw1", key: "switch.silent", value: silences, outcome: "ok" },
        ],
      );
    }
    fake.silence(false);
    const { observations } = await look();
    assert.equal(observations.find(({ key }) => key === "switch.silent")?.value, 0);
  });

  it("says that a wrong community looks like silence", async (context) => {
    const { look } = await bench(context, { community: "secret-words" });
    const { observations } = await look({ timeout: 0.05 });
    assert.match(observations[0]?.evidence ?? "", /a wrong community looks the same/);
    assert.equal(JSON.stringify(observations).includes("secret-words"), false);
  });

  it("finds no such host without asking anybody", async (context) => {
    const { probe } = await bench(context);
    const settings = { community: "public", version: "2c", timeout: 1, retries: 0 } as const;
    const io = {
      ...systemIo(),
      resolve: async () => {
        throw Object.assign(new Error("queryA ENOTFOUND"), { code: "ENOTFOUND" });
      },
    };
    for (const target of ["switch.invalid", "not a host", "10.0.0.1:99999"]) {
      const [only, ...more] = await probe.run(target, settings, io, never);
      assert.equal(only?.outcome, "unreachable", target);
      assert.equal(more.length, 0);
    }
  });

  it("reads a switch whose replies are small, and one of 48 ports, alike", async (context) => {
    const { look } = await bench(context, {
      portCount: 48,
      maxReply: 300,
      ports: [{ name: "Gi1/0/48", phone }],
    });
    const seen = await look();
    assert.equal(seen.port("Gi1/0/48", "port.phone"), phone.mac);
    assert.equal(seen.observations.filter((each) => each.key === "link.up").length, 50);
  });

  it("reads the same by v1", async (context) => {
    const { look } = await bench(context, { ports: [{ name: "Gi1/0/7", phone }] });
    // Two benches with a clock each, so that neither look has one before it.
    const { look: lookBy2c } = await bench(context, { ports: [{ name: "Gi1/0/7", phone }] });
    assert.deepEqual((await look({ version: "1" })).observations, (await lookBy2c()).observations);
  });

  it("show() draws the switch's face, sum and budget", async (context) => {
    const { look, probe } = await bench(context, {
      ports: [
        { name: "Gi1/0/2", phone },
        { name: "Gi1/0/10", poe: { admin: false } },
      ],
    });
    const lines = probe.show?.((await look()).observations) ?? [];
    const line = (start: string) => lines.find((each) => each.startsWith(start)) ?? "";
    assert.match(line("PORT"), /^PORT +POE +CLASS +WATTS +LINK +PHONE OR NEIGHBOUR$/);
    assert.match(
      line("Gi1/0/2 "),
      /delivering +2 +3\.[01] +1000 +80:5e:c0:01:00:07 SIP-T46U 108\.86\.0\.45$/,
    );
    assert.match(line("Gi1/0/10"), /off/);
    assert.ok(lines.indexOf(line("Gi1/0/2 ")) < lines.indexOf(line("Gi1/0/10")));
    assert.match(
      lines.at(-1) ?? "",
      /^26 ports, 1 deliver power, 3\.[01] W drawn, budget 370 W, 363 W free$/,
    );
  });
});
