import type { Condition } from "../condition.ts";
import { above, all, any, below, ended, is, seen, when } from "../condition.ts";
import type { Facts } from "../facts.ts";
import type { Rule } from "../rule.ts";

// Rows P1–P3, P5 and P7 of the matrix, and more of what switches tell. Limits: 802.3af/at, see thresholds.ts.

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
/** What the device asks for, else by its class (W). */
export const needOf = (facts: Facts): number =>
  facts.number("lldp.poe.asked") ?? classWatts[facts.number("poe.class") ?? 0] ?? 15.4;

/** Some makes set more aside at first, and refuse whom they could feed. */
const firstNeedOf = (facts: Facts) => Math.max(needOf(facts), facts.number("poe.reserve") ?? 0);
const whatFor = (facts: Facts) =>
  firstNeedOf(facts) > needOf(facts)
    ? `: this make sets ${firstNeedOf(facts)} W aside before it knows what a device needs`
    : `, which asks for ${needOf(facts)} W`;

const phoneSeen: Condition = seen(when("port.phone", (value) => value !== null));

/** The cause is told by the full picture alone, and outlives the fault until the next one: the state is the newer word. */
const faultIs = (cause: string): Condition => seen(all(is("poe.state", "fault"), is("poe.fault", cause)));

/** Causes with a rule of their own. */
const tellsItself = ["overload", "short", "denied"];
const faults: Readonly<Record<string, string>> = {
  thermal: "it is too hot",
  startup: "the device did not start up",
  signature: "the device does not show a valid signature",
  class: "the device shows no valid class",
  volts: "its volts are out of range",
  current: "its current is out of range",
  controller: "its power controller failed",
  "mps-absent": "the device draws too little to be kept",
};
function faultWords(facts: Facts): string {
  const words = faults[String(facts.get("poe.fault")?.value)];
  return words === undefined ? "" : `: ${words}`;
}

function contradictions(facts: Facts): readonly string[] {
  const value = facts.get("poe.map.contradiction")?.value;
  return Array.isArray(value) ? value : [];
}

/** The meter is not in a state to be judged by. */
const meterVerdicts = ["frozen", "range", "dangerous-setup", "stale"];
/** What a meter alone says of pairs that are not well. */
const pairVerdicts = [
  "power-cycling",
  "unstable",
  "overvoltage",
  "low",
  "brown-out",
  "passive-24",
  "classifying",
  "detecting",
  "residual",
  "no-voltage",
];

/** Nobody has looked at the switch port the leads are on: the rules of ports have nothing to go by. */
const switchUnknown: Condition = (facts) => {
  const place = facts.get("dmm.place");
  const port = typeof place?.value === "string" ? place.value : undefined;
  const known =
    port !== undefined &&
    facts.index.around(port).some((subject) => facts.index.get(subject, "poe.state") !== undefined);
  return { state: known ? "fails" : "holds", because: place === undefined ? [] : [place], missing: [] };
};

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
      when("poe.budget.free", (value, facts) => typeof value === "number" && value < firstNeedOf(facts)),
    ],
    supports: [{ weight: 0.05, if: above("poe.denied", 0) }],
    base: 0.9,
    sentence: (facts) =>
      `The switch has ${facts.print("poe.budget.free")} of power left and refuses ${facts.name()}${whatFor(facts)}.`,
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
        seen(is("dmm.verdict", ...meterVerdicts)),
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
      const verdict = facts.get("dmm.verdict");
      if (meterVerdicts.includes(String(verdict?.value)))
        return `The number of ${facts.name()} is not the live one (${String(verdict?.value)}): ${verdict?.evidence ?? ""}`;
      return `The last reading of ${facts.name()} is ${facts.print("dmm.age")} old.`;
    },
    remedy: () =>
      "Switch the meter on, set it to DC volts, start its data output, and measure across the powered pairs.",
  },
  {
    id: "P8",
    cause: "power-budget-tight",
    layer: "power",
    severity: "minor",
    on: "switch",
    needs: [
      when(
        "poe.budget.percent",
        (value, facts) =>
          typeof value === "number" &&
          value >= facts.limit("poe.budget.tight") &&
          value < facts.limit("poe.budget.full"),
      ),
    ],
    base: 0.85,
    sentence: (facts) =>
      `${facts.print("poe.budget.percent")} of the ${facts.print("poe.budget")} that ${facts.name()} can give to its ports are in use.`,
    remedy: () =>
      "Plan another power supply or another switch before more phones come: the next one may be refused.",
  },
  {
    id: "P9",
    cause: "power-budget-full",
    layer: "power",
    severity: "major",
    on: "switch",
    needs: [
      when(
        "poe.budget.percent",
        (value, facts) => typeof value === "number" && value >= facts.limit("poe.budget.full"),
      ),
    ],
    supports: [{ weight: 0.05, if: below("poe.budget.free", 15.4) }],
    base: 0.9,
    sentence: (facts) =>
      `${facts.name()} has given away ${facts.print("poe.budget.percent")} of its ${facts.print("poe.budget")}: the next device will be refused.`,
    remedy: () =>
      "Add a power supply, move devices to another switch, or lower the limit of ports that need less.",
  },
  {
    id: "P10",
    cause: "power-supply-lost",
    layer: "power",
    severity: "major",
    on: "switch",
    needs: [any(seen(above("poe.supply.faulty", 0)), seen(above("poe.budget.fell", 0)))],
    base: 0.9,
    sentence: (facts) => {
      const faulty = facts.number("poe.supply.faulty") ?? 0;
      const what = faulty > 0 ? `${faulty} of its power supplies faulty` : "less power to give than it had";
      const fell = facts.number("poe.budget.fell") ?? 0;
      return `${facts.name()} has ${what}${fell > 0 ? `: ${facts.print("poe.budget.fell")} are missing` : ""}.`;
    },
    remedy: () => "Check the supplies and their mains; replace the faulty one before the other fails too.",
  },
  {
    id: "P11",
    cause: "power-overload",
    layer: "power",
    severity: "minor",
    on: "port",
    needs: [any(seen(above("poe.overload", 0)), seen(is("poe.overdrawn", true)), faultIs("overload"))],
    supports: [{ weight: 0.1, if: above("poe.overload", 2) }],
    base: 0.8,
    sentence: (facts) => {
      const times = facts.number("poe.overload") ?? 0;
      const often = times > 0 ? `, ${times} times in the last hour` : "";
      return `The device on ${facts.name()} draws more than the port may give it${often}.`;
    },
    remedy: (facts) =>
      `Raise the limit of ${facts.name()} or use a port with more power; without a key module or camera the phone needs less.`,
  },
  {
    id: "P12",
    cause: "power-short",
    layer: "power",
    severity: "minor",
    on: "port",
    needs: [any(seen(above("poe.short", 0)), faultIs("short"))],
    base: 0.85,
    sentence: (facts) => `${facts.name()} sees a short circuit on its pairs.`,
    remedy: () => "Replace the patch cable and look into both plugs; then test the wall run.",
  },
  {
    id: "P13",
    cause: "power-drops",
    layer: "power",
    severity: "minor",
    on: "port",
    needs: [
      when("poe.mps", (value, facts) => typeof value === "number" && value >= facts.limit("poe.mps.perHour")),
      phoneSeen,
    ],
    supports: [{ weight: 0.1, if: above("link.flaps", (facts) => facts.limit("link.flaps.perHour")) }],
    base: 0.75,
    sentence: (facts) =>
      `The phone on ${facts.name()} stopped drawing power ${facts.number("poe.mps") ?? 0} times in the last hour.`,
    remedy: () => "Reseat the plugs; where the phone has an adapter of its own too, unplug one of the two.",
  },
  {
    id: "P14",
    cause: "power-fault",
    layer: "power",
    severity: "major",
    on: "port",
    needs: [
      is("poe.state", "fault"),
      when("poe.fault", (value) => typeof value === "string" && !tellsItself.includes(value)),
    ],
    base: 0.8,
    sentence: (facts) => `${facts.name()} gives no power because of a fault${faultWords(facts)}.`,
    remedy: (facts) =>
      facts.get("poe.fault")?.value === "thermal"
        ? "Let the switch cool down: look at its fans and what stands around it."
        : "Swap the patch cable and try another phone; if the fault stays on the port, try another port.",
  },
  {
    id: "P15",
    cause: "power-without-link",
    layer: "power",
    severity: "minor",
    on: "port",
    needs: [
      is("poe.state", "delivering"),
      when("poe.watts", (value) => typeof value === "number" && value >= 1),
      is("link.up", false),
      above("link.lastChange", (facts) => facts.limit("poe.noLink.seconds")),
    ],
    base: 0.8,
    sentence: (facts) =>
      `The device on ${facts.name()} draws ${facts.print("poe.watts")} and has no link: it hangs while booting, or its data pairs are broken.`,
    remedy: (facts) => `Restart it by switching PoE of ${facts.name()} off and on; then swap the cable.`,
  },
  {
    id: "P16",
    cause: "phone-on-adapter",
    layer: "power",
    severity: "info",
    on: "port",
    needs: [
      is("poe.state", "searching"),
      is("link.up", true),
      is("port.phone.by", "lldp-med", "lldp", "cdp"),
    ],
    base: 0.8,
    sentence: (facts) => `The phone on ${facts.name()} runs on its own adapter: the port gives it no power.`,
    remedy: () => "Nothing needs to be done; on PoE alone the phone would survive a power cut of its socket.",
  },
  {
    id: "P17",
    cause: "port-map-doubtful",
    layer: "power",
    severity: "minor",
    on: "switch",
    needs: [when("poe.map.contradiction", (value) => Array.isArray(value) && value.length > 0)],
    base: 0.8,
    sentence: (facts) =>
      `Which PoE port of ${facts.name()} feeds which jack cannot be told for ${contradictions(facts).length === 1 ? "one of them" : "some of them"}: ${contradictions(facts)[0] ?? ""}.`,
    remedy: () =>
      "Those ports are shown without a jack. Unplug one powered device and see which PoE port goes idle; look for injectors.",
  },
  {
    id: "P18",
    cause: "pairs-unwell",
    layer: "power",
    severity: "minor",
    on: "meter",
    needs: [is("dmm.verdict", ...pairVerdicts), switchUnknown],
    base: 0.8,
    sentence: (facts) => {
      const verdict = facts.get("dmm.verdict");
      const volts = facts.number("dmm.volts");
      const shown = volts === undefined ? "" : ` (${facts.print("dmm.volts")})`;
      return `The pairs under ${facts.name()} are judged ${String(verdict?.value)}${shown}: ${verdict?.evidence ?? ""}`;
    },
    remedy: () =>
      "Say with --place which port the leads are on and look at its switch too: state, class and watts tell source and cable apart.",
  },
  {
    id: "P19",
    cause: "power-cycling",
    layer: "power",
    severity: "major",
    on: "port",
    needs: [freshVolts, is("dmm.verdict", "power-cycling", "unstable")],
    supports: [
      { weight: 0.05, if: above("link.flaps", 0) },
      { weight: 0.05, if: above("prov.boots", 1) },
    ],
    base: 0.85,
    sentence: (facts) =>
      facts.get("dmm.verdict")?.value === "power-cycling"
        ? `${facts.name()} gives power and takes it away again, by the meter on its pairs.`
        : `The voltage on the pairs of ${facts.name()} moves under load, by the meter on them.`,
    remedy: () =>
      "Look at the switch's power budget and the port's limit; then swap the cable and the contacts, and try another phone.",
  },
];
