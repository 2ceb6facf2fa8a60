import type { Condition } from "../condition.ts";
import { above, all, any, below, ended, is, seen, when } from "../condition.ts";
import type { Facts } from "../facts.ts";
import type { Rule } from "../rule.ts";

// Rows P1–P7 of the matrix. Limits: 802.3af/at, see thresholds.ts.

const freshVolts: Condition = all(
  is("dmm.mode", "dc-volts"),
  below("dmm.age", (facts) => facts.limit("meter.maxAge")),
);
const phoneExpected: Condition = any(
  seen(when("port.expected", (value) => value !== null)),
  seen(when("dmm.place", () => true)),
);

const sourceEnd: Condition = is("dmm.end", "switch");
const phoneEnd: Condition = is("dmm.end", "phone");
const weak: Condition = any(
  all(
    sourceEnd,
    below("dmm.volts", (facts) => facts.limit("volts.source.min")),
  ),
  all(
    phoneEnd,
    below("dmm.volts", (facts) => facts.limit("volts.phone.min")),
  ),
);

/** What the source gives at least for a class, 802.3-2018 table 145–11 (W). */
const classWatts = [15.4, 4, 7, 15.4, 30, 45, 60, 75, 90] as const;
const needOf = (facts: Facts) =>
  facts.number("lldp.poe.asked") ?? classWatts[facts.number("poe.class") ?? 0] ?? 15.4;

export const powerRules: readonly Rule[] = [
  {
    id: "P1",
    cause: "no-power",
    layer: "power",
    severity: "major",
    on: "port",
    needs: [
      is("poe.state", "off", "searching"),
      phoneExpected,
      any(is("poe.state", "off"), is("link.up", false)),
    ],
    supports: [
      { weight: 0.05, if: is("poe.admin", false) },
      {
        weight: 0.05,
        if: all(is("poe.state", "searching"), above("dmm.volts", 2.7), below("dmm.volts", 10.5)),
      },
    ],
    // A phone that talks over this port runs on its own adapter.
    contradicts: [{ weight: 0.6, if: is("link.up", true) }],
    base: 0.85,
    sentence: (facts) =>
      facts.get("poe.state")?.value === "off"
        ? `PoE is switched off on ${facts.name()}, so the phone there gets no power.`
        : `${facts.name()} looks for a device and finds none that asks for power, though a phone should be there.`,
    remedy: (facts) =>
      facts.get("poe.state")?.value === "off"
        ? `Enable PoE on ${facts.name()}.`
        : "Swap the patch cable, then test the wall pair: the switch does not see the 25 kΩ signature of a powered device.",
  },
  {
    id: "P2",
    cause: "power-budget",
    layer: "power",
    severity: "major",
    on: "port",
    needs: [
      is("poe.state", "denied", "fault"),
      when("poe.budget.free", (value, facts) => typeof value === "number" && value < needOf(facts)),
    ],
    supports: [{ weight: 0.05, if: above("poe.denied", 0) }],
    base: 0.9,
    sentence: (facts) =>
      `The switch has ${facts.print("poe.budget.free")} of power left and refuses ${facts.name()}, which asks for ${needOf(facts)} W.`,
    remedy: (facts) =>
      `Raise the PoE priority of ${facts.name()}, move powered devices to another switch, or add a power supply.`,
  },
  {
    id: "P3",
    cause: "weak-power",
    layer: "power",
    severity: "major",
    on: "port",
    needs: [is("poe.state", "delivering"), freshVolts, weak, above("dmm.volts", 10.5)],
    supports: [
      { weight: 0.05, if: above("link.flaps", (facts) => facts.limit("link.flaps.perHour")) },
      { weight: 0.05, if: above("prov.boots", (facts) => facts.limit("boots.perHour")) },
    ],
    base: 0.85,
    sentence: (facts) => {
      const end = facts.get("dmm.end")?.value === "phone" ? "at the phone" : "at the switch";
      const least = end === "at the phone" ? "37 V (af) or 42.5 V (at)" : "44 V (af) or 50 V (at)";
      const flaps = facts.number("link.flaps");
      const boots = facts.number("prov.boots");
      const signs = [
        flaps !== undefined && flaps > 0 ? `its link changed ${flaps} times in the last hour` : "",
        boots !== undefined && boots > 1 ? `the phone booted ${boots} times` : "",
      ].filter((sign) => sign !== "");
      return `${facts.name()} delivers only ${facts.print("dmm.volts")} ${end}; the legal minimum there is ${least}${signs.length > 0 ? `, and ${signs.join(" and ")}` : ""}.`;
    },
    remedy: () =>
      "Shorten or replace the cable and re-terminate corroded contacts; if the run is long, use a midspan injector.",
  },
  {
    id: "P5",
    cause: "bad-injector",
    layer: "power",
    severity: "major",
    on: "port",
    needs: [
      freshVolts,
      any(
        above("dmm.volts", (facts) => facts.limit("volts.max")),
        all(above("dmm.volts", 18), below("dmm.volts", 30), is("poe.state", "off", "searching", "unknown")),
      ),
    ],
    base: 0.9,
    sentence: (facts) =>
      `${facts.print("dmm.volts")} stand on the pairs of ${facts.name()}, which no 802.3 source gives.`,
    remedy: () =>
      "Remove this injector: a passive 24 V source does not power an 802.3 phone, and above 57 V it can damage it.",
  },
  {
    id: "P7",
    cause: "meter-wrong",
    layer: "power",
    severity: "info",
    on: "meter",
    needs: [
      any(
        ended("dmm.volts", "timeout", "unreachable", "refused", "denied", "garbled"),
        when("dmm.mode", (value) => value !== "dc-volts"),
        above("dmm.age", (facts) => facts.limit("meter.maxAge")),
      ),
    ],
    base: 0.95,
    sentence: (facts) => {
      const volts = facts.get("dmm.volts");
      if (volts !== undefined && volts.outcome !== "ok")
        return `No reading from ${facts.name()}: ${volts.evidence ?? volts.outcome}.`;
      const mode = facts.get("dmm.mode")?.value;
      if (mode !== "dc-volts")
        return `${facts.name()} is set to ${String(mode ?? "nothing")}, not to DC volts.`;
      return `The last reading of ${facts.name()} is ${facts.print("dmm.age")} old.`;
    },
    remedy: () =>
      "Switch the meter on, set it to DC volts, start its data output, and measure across the powered pairs.",
  },
];
