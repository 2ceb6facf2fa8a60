import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { loadMibs, type VendorMib } from "../../../agent/mibs/load-mibs.ts";
import { budgetOf, suppliesOf } from "../../../agent/probes/poe-ports/budget.ts";
import { power } from "../../../agent/probes/poe-ports/columns.ts";
import { hasRestarted } from "../../../agent/probes/poe-ports/counters.ts";
import { mauOf } from "../../../agent/probes/poe-ports/mau.ts";
import { plausibleTotal, plausibleWatts, sourceVolts } from "../../../agent/probes/poe-ports/plausible.ts";
import { pseEventsOf, type PseMemories } from "../../../agent/probes/poe-ports/pse-events.ts";
import { psePortsOf } from "../../../agent/probes/poe-ports/pse.ts";
import { settleMib } from "../../../agent/probes/poe-ports/settle-mib.ts";
import { hex, tablesOf, text } from "../../fakes/switch/tables-of.ts";

type Columns = Parameters<typeof tablesOf>[0];

const mibs = loadMibs(fileURLToPath(new URL("../../../agent/mibs", import.meta.url)));
function mibNamed(id: string): VendorMib {
  const mib = mibs.find((each) => each.id === id);
  assert.ok(mib !== undefined, id);
  return mib;
}
const column = (of: { readonly column: string } | undefined) => of?.column ?? "";

/** The ports of a switch of that make, its table settled as in a whole look. */
function portsOf(id: string, columns: Columns) {
  const tables = tablesOf(columns);
  const { mib, doubt } = settleMib(tables, mibNamed(id));
  return { ports: psePortsOf(tables, mib), doubt };
}

describe("psePortsOf() by make", () => {
  const standard = (state: number): Columns => ({
    [power.admin]: { "1.7": 1 },
    [power.state]: { "1.7": state },
    [power.class]: { "1.7": 5 },
  });

  it("reads volts, current and allocation of Aruba CX, and its classes above 4", () => {
    const cx = mibNamed("aruba-cx");
    const { ports } = portsOf("aruba-cx", {
      ...standard(3),
      [column(cx.watts)]: { "1.7": 12_369 },
      [cx.volts ?? ""]: { "1.7": 547 },
      [cx.milliamps ?? ""]: { "1.7": 226 },
      [column(cx.allocated)]: { "1.7": 13_920 },
      [column(cx.class)]: { "1.7": 7 },
    });
    const { watts, volts, milliamps, allocated, class: classes } = ports[0] ?? {};
    assert.deepEqual([watts, volts, milliamps, allocated, classes], [12.369, 54.7, 226, 13.92, 6]);
  });

  it("calls a port denied by the make's own number, bit or cause, and never while it delivers", () => {
    const hp = mibNamed("procurve");
    const state = column(hp.deniedState);
    assert.equal(portsOf("procurve", { ...standard(2), [state]: { "1.7": 1 } }).ports[0]?.state, "denied");
    assert.equal(
      portsOf("procurve", { ...standard(3), [state]: { "1.7": 1 } }).ports[0]?.state,
      "delivering",
    );
    const netgear = column(mibNamed("netgear").fault);
    const refused = portsOf("netgear", { ...standard(2), [netgear]: { "1.7": 4 } }).ports[0];
    assert.deepEqual([refused?.state, refused?.fault], ["denied", "denied"]);
    const bits = column(mibNamed("cisco-ios").denied);
    const cisco = portsOf("cisco-ios", { ...standard(2), [bits]: { "1.7": hex("80") } }).ports[0];
    assert.equal(cisco?.state, "denied");
  });

  it("says the cause of a fault, and none where a port that searches only remembers one", () => {
    const ers = column(mibNamed("extreme-boss").fault);
    assert.equal(
      portsOf("extreme-boss", { ...standard(4), [ers]: { "1.7": 5 } }).ports[0]?.fault,
      "overload",
    );
    assert.equal(portsOf("extreme-boss", { ...standard(2), [ers]: { "1.7": 5 } }).ports[0]?.fault, undefined);
    const h3c = column(mibNamed("comware").faultText);
    const worded = { ...standard(6), [h3c]: { "1.7": text("PD Short Circuit") } };
    assert.equal(portsOf("comware", worded).ports[0]?.fault, "short");
    assert.equal(portsOf("juniper", standard(6)).ports[0]?.fault, "other");
  });

  it("reads the sentences of Radlan firmware in any case", () => {
    const sb = mibNamed("cisco-sb");
    const cases: [string, string, string | undefined][] = [
      ["Port is on. Valid resistor detected", "delivering", undefined],
      ["Port is on - valid capacitor/resistor detected", "delivering", undefined],
      ["Port is off. User setting", "off", undefined],
      ["Port is off. Overload state", "fault", "overload"],
      ["Port is off. Short condition", "fault", "short"],
      ["Port is off - detection is in process", "searching", undefined],
      ["Port is off. Power budget exceeded", "denied", "denied"],
      ["a sentence that nobody knows", "unknown", undefined],
    ];
    for (const [sentence, state, fault] of cases) {
      const port = portsOf("cisco-sb", {
        [column(sb.stateText)]: { "1.49": text(sentence) },
        [column(sb.watts)]: { "1.49": 0 },
      }).ports[0];
      assert.deepEqual([port?.state, port?.fault], [state, fault], sentence);
    }
  });

  it("leaves out interfaces without PoE (ICX by state, Huawei by its own table)", () => {
    const icx = mibNamed("ruckus-icx");
    const rows = {
      [column(icx.state)]: { "1": 3, "2": 2, "65": 1 },
      [column(icx.watts)]: { "1": 6009, "2": 0, "65": 0 },
      [column(icx.priority)]: { "1": 3, "65": 5 },
    };
    const { ports } = portsOf("ruckus-icx", rows);
    assert.deepEqual(
      ports.map(({ port, state, priority }) => [port, state, priority]),
      [
        [1, "delivering", "low"],
        [2, "off", undefined],
      ],
    );
    const hw = mibNamed("huawei");
    const huawei = portsOf("huawei", {
      [column(hw.watts)]: { "5": 1537, "6": 0 },
      [column(hw.isPort)]: { "5": 1, "6": 2 },
      [hw.volts ?? ""]: { "5": text("53.1 V") },
    });
    assert.deepEqual(
      huawei.ports.map(({ port, volts }) => [port, volts]),
      [[5, 53.1]],
    );
  });

  it("takes EXOS's 0 for disabled, and a class of minus one for none", () => {
    const [port] = portsOf("extreme-exos", { ...standard(0), [power.class]: { "1.7": -1 } }).ports;
    assert.equal(port?.state, "off");
    const [drawing] = portsOf("cisco-ios", { ...standard(3), [power.class]: { "1.7": -1 } }).ports;
    assert.equal(drawing?.class, undefined);
  });

  it("finds Zyxel's power, numbered by port alone, in the standard's rows", () => {
    const zyxel = column(mibNamed("zyxel").watts);
    const [port] = portsOf("zyxel", { ...standard(3), [zyxel]: { "7": 2300 } }).ports;
    assert.equal(port?.watts, 2.3);
  });
});

describe("settleMib()", () => {
  const dlink = mibNamed("dlink");
  const rows = (watts: number, volts?: number, milliamps?: number): Columns => ({
    [power.state]: { "1.7": 3 },
    [column(dlink.watts)]: { "1.7": watts },
    ...(volts === undefined ? {} : { [dlink.volts ?? ""]: { "1.7": volts } }),
    ...(milliamps === undefined ? {} : { [dlink.milliamps ?? ""]: { "1.7": milliamps } }),
  });

  it("tells the unit by volts and current", () => {
    for (const raw of [6400, 64]) {
      const { ports, doubt } = portsOf("dlink", rows(raw, 52_700, 122));
      assert.equal(ports[0]?.watts, 6.4, doubt);
    }
  });

  it("shows no watts where the unit cannot be told", () => {
    const { ports, doubt } = portsOf("dlink", rows(64));
    assert.equal(ports[0]?.watts, undefined);
    assert.match(doubt ?? "", /cannot be told: dW or W/);
  });

  it("believes an unproved table only while what it says can be true", () => {
    const { column: watts = "" } = mibNamed("alcatel-aos8").watts ?? {};
    const at = (raw: number, state = 3): Columns => ({
      [power.state]: { "1.7": state },
      [watts]: { "1.7": raw },
    });
    assert.equal(portsOf("alcatel-aos8", at(6300)).ports[0]?.watts, 6.3);
    const wrong = portsOf("alcatel-aos8", at(6_300_000));
    assert.equal(wrong.ports[0]?.watts, undefined);
    assert.match(wrong.doubt ?? "", /implausible/);
    assert.equal(portsOf("alcatel-aos8", at(6300, 2)).ports[0]?.watts, undefined, "a port that searches");
  });
});

describe("plausibility", () => {
  it("sourceVolts() reads volts, tenths, hundredths and thousandths by their size", () => {
    for (const raw of [53, 530, 5300, 53_000]) assert.equal(sourceVolts(raw), 53);
    for (const raw of [0, 12, 24, 240, 99_000, -53]) assert.equal(sourceVolts(raw), undefined);
  });

  it("plausibleWatts() refuses watts that volts and current contradict by a unit, and notes a small difference", () => {
    const port = {
      watts: 64,
      delivering: true,
      linkUp: true,
      allocated: undefined,
      volts: 52.7,
      milliamps: 122,
    };
    assert.equal(plausibleWatts(port).ok, false);
    assert.deepEqual(plausibleWatts({ ...port, watts: 6.4 }), { ok: true });
    const apart = plausibleWatts({ ...port, watts: 5.1, volts: 48.8, milliamps: 79 });
    assert.deepEqual(apart, { ok: true, note: "48.8 V × 79 mA is 3.855 W" });
  });

  it("plausibleTotal() reads milliwatts where no supply gives as many watts, and nothing from nonsense", () => {
    assert.equal(plausibleTotal(780_000, undefined), 780);
    assert.equal(plausibleTotal(4200, 780), 4.2);
    assert.equal(plausibleTotal(1_447_362_561, 180), undefined);
    assert.equal(plausibleTotal(17, 370), 17);
  });

  it("mauOf() knows the types of copper", () => {
    assert.deepEqual(
      [15, 16, 29, 30].map((type) => mauOf(type)?.duplex),
      ["half", "full", "half", "full"],
    );
    assert.equal(mauOf(9999), undefined);
  });
});

describe("suppliesOf() and budgetOf()", () => {
  const main: Columns = {
    [power.budget]: { "1": 740, "2": 740 },
    [power.supplyState]: { "1": 1, "2": 3 },
    [power.used]: { "1": 9, "2": 0 },
  };

  it("tells each supply with its name, state and use", () => {
    const cisco = mibNamed("cisco-ios");
    const tables = tablesOf({
      ...main,
      [cisco.supplyName ?? ""]: { "1": text("Switch 1 - Power Supply A") },
    });
    assert.deepEqual(suppliesOf(tables, cisco), [
      { group: "1", name: "Switch 1 - Power Supply A", state: "on", budget: 740, used: 9 },
      { group: "2", name: undefined, state: "faulty", budget: 740, used: 0 },
    ]);
  });

  it("reads Edgecore's milliwatts", () => {
    const tables = tablesOf({ [power.budget]: { "1": 780_000 }, [power.used]: { "1": 4200 } });
    const budget = budgetOf(tables, mibNamed("edgecore"), []);
    assert.deepEqual([budget?.budget, budget?.used], [780, 4.2]);
  });

  it("says nothing is free or used where no supply can feed ports", () => {
    const budget = budgetOf(
      tablesOf({ [power.budget]: { "1": 0 }, [power.used]: { "1": 0 } }),
      undefined,
      [],
    );
    assert.deepEqual([budget?.budget, budget?.used, budget?.free], [0, undefined, undefined]);
  });
});

describe("pseEventsOf()", () => {
  const look = (short: number, overload: number) =>
    psePortsOf(
      tablesOf({
        [power.state]: { "1.7": 2 },
        [power.short]: { "1.7": short },
        [power.overload]: { "1.7": overload },
      }),
      undefined,
    );

  it("counts what happened within the last hour, and nothing at the first look", () => {
    let memory: PseMemories | undefined;
    const after = (at: number, short: number, overload: number) => {
      const { memories, events } = pseEventsOf(look(short, overload), memory, at);
      memory = memories;
      return events.get("1.7");
    };
    assert.equal(after(0, 50, 7), undefined);
    assert.deepEqual(after(60_000, 52, 7), { overload: 0, short: 2 });
    assert.deepEqual(after(120_000, 53, 7), { overload: 0, short: 3 });
    assert.deepEqual(after(3_661_000, 53, 8), { overload: 1, short: 1 });
  });

  it("takes a counter that fell for another counter, not for events", () => {
    const { memories } = pseEventsOf(look(3_000_000_000, 0), undefined, 0);
    assert.deepEqual(pseEventsOf(look(5, 0), memories, 60_000).events.get("1.7"), { overload: 0, short: 0 });
  });
});

describe("hasRestarted()", () => {
  it("is true only when the uptime is behind", () => {
    const before = { uptime: 900_000, at: 0 };
    assert.equal(hasRestarted(before, { uptime: 500, at: 60_000 }), true);
    assert.equal(hasRestarted(before, { uptime: 906_000, at: 60_000 }), false);
    // The agent's own machine slept: the switch's clock ran on alone.
    assert.equal(hasRestarted(before, { uptime: 2_000_000, at: 60_000 }), false);
    assert.equal(hasRestarted({ uptime: 4_294_967_000, at: 0 }, { uptime: 5704, at: 60_000 }), false);
  });
});
