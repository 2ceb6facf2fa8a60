import type { Condition } from "../condition.ts";
import { all, any, is, seen, when } from "../condition.ts";
import type { Facts } from "../facts.ts";
import type { Rule } from "../rule.ts";

// The switches themselves (E1, E2), and rows V1 and V7: the VLAN that a phone was told, and the one it is in.

/** What the switch tells phones, else what is set on the port. */
const told = (facts: Facts) => facts.number("lldp.voiceVlan") ?? facts.number("port.voiceVlan");
const isNumber = (value: unknown) => typeof value === "number";
const isTold: Condition = any(when("lldp.voiceVlan", isNumber), when("port.voiceVlan", isNumber));
const saysAnother = when("port.phone.vlan", (value, facts) => isNumber(value) && value !== told(facts));
/** Before it knows better, a phone talks in the data VLAN too: only where it was never seen in its own, something is wrong. */
const isElsewhere = when(
  "port.phone.vlans",
  (value, facts) => Array.isArray(value) && value.length > 0 && !value.includes(String(told(facts))),
);

/** Voice VLANs that the switch has somewhere. */
const voiceVlans = (facts: Facts): readonly string[] => {
  const value = facts.get("switch.voiceVlans")?.value;
  return Array.isArray(value) ? value : [];
};
const isInNone: Condition = any(
  when("port.phone.vlan", (value, facts) => isNumber(value) && !voiceVlans(facts).includes(String(value))),
  when(
    "port.phone.vlans",
    (value, facts) =>
      Array.isArray(value) && value.length > 0 && !value.some((vlan) => voiceVlans(facts).includes(vlan)),
  ),
);

function foundIn(facts: Facts): string {
  const says = facts.number("port.phone.vlan");
  if (says !== undefined && says !== told(facts)) return `says it uses VLAN ${says}`;
  const seen = facts.get("port.phone.vlans")?.value;
  return `is in VLAN ${Array.isArray(seen) ? seen.join(" and ") : ""}`;
}

export const networkRules: readonly Rule[] = [
  {
    id: "E1",
    cause: "switch-silent",
    // Below all that hangs on it, and beside what its power supplies say.
    layer: "power",
    severity: "critical",
    on: "switch",
    needs: [
      when(
        "switch.silent",
        (value, facts) => typeof value === "number" && value >= facts.limit("switch.silent.looks"),
      ),
    ],
    base: 0.85,
    sentence: (facts) =>
      `${facts.name()} has not answered ${facts.number("switch.silent") ?? 0} times in a row: it has lost its power or its uplink, or no longer lets us ask.`,
    remedy: (facts) =>
      `Look at ${facts.name()} and its uplink. If its phones still work, its SNMP access was changed: nothing is known of its ports until it answers.`,
  },
  {
    id: "E2",
    cause: "switch-restarted",
    layer: "power",
    severity: "info",
    on: "switch",
    needs: [is("switch.restarted", true)],
    base: 0.95,
    sentence: (facts) =>
      `${facts.name()} has started anew: every phone on it has lost link, and power where it feeds it.`,
    remedy: () => "Find out why, by its log and its mains; counters of its ports begin at zero.",
  },
  {
    id: "V1",
    cause: "voice-vlan-not-told",
    layer: "network",
    severity: "minor",
    on: "port",
    needs: [
      all(seen(is("lldp.voiceVlan", null)), is("link.up", true)),
      when("switch.voiceVlans", (value) => Array.isArray(value) && value.length > 0),
      when("port.phone", (value) => value !== null),
      isInNone,
    ],
    base: 0.85,
    sentence: (facts) =>
      `${facts.name()} does not tell its phone a voice VLAN (the switch has ${voiceVlans(facts).join(", ")}), and the phone ${foundIn(facts)}.`,
    remedy: (facts) =>
      `Set the LLDP-MED policy for voice on ${facts.name()}: VLAN ${facts.number("port.voiceVlan") ?? voiceVlans(facts)[0] ?? ""}, priority 5, DSCP 46.`,
  },
  {
    id: "V7",
    cause: "voice-vlan-differs",
    layer: "network",
    severity: "minor",
    on: "port",
    needs: [all(isTold, any(saysAnother, isElsewhere))],
    // V1: set on the port, and not told.
    contradicts: [{ weight: 0.5, if: is("lldp.voiceVlan", null) }],
    base: 0.75,
    sentence: (facts) =>
      `${facts.name()} tells its phone voice VLAN ${told(facts) ?? ""}, and the phone ${foundIn(facts)}.`,
    remedy: (facts) =>
      `Remove the fixed VLAN from the phone's settings, or set VLAN ${told(facts) ?? ""} there; turn LLDP on in the phone.`,
  },
];
