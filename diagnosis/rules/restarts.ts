import type { Condition } from "../condition.ts";
import { above, all, any, is, seen, when } from "../condition.ts";
import type { Facts } from "../facts.ts";
import type { Rule } from "../rule.ts";
import { needOf } from "./power.ts";

// Rows P4 and P6 of the matrix: phones that restart, for want of power under load, or with all the power they need.

/** 802.3af gives a port no more (W). */
const typeOneWatts = 15.4;
const flaps: Condition = above("link.flaps", (facts) => facts.limit("link.flaps.perHour"));
const boots: Condition = above("prov.boots", (facts) => facts.limit("boots.perHour"));

/** As even as a timer: a tenth of the time between, and no less than a phone's boot takes longer at one time than another. */
const regular: Condition = when("prov.interval.spread", (value, facts) => {
  const interval = facts.number("prov.interval");
  return typeof value === "number" && interval !== undefined && value <= Math.max(20, interval / 10);
});

const minutes = (facts: Facts): string => {
  const seconds = facts.number("prov.interval") ?? 0;
  return seconds < 120 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
};

export const restartRules: readonly Rule[] = [
  {
    id: "P4",
    cause: "weak-source",
    layer: "power",
    severity: "minor",
    on: "port",
    needs: [
      is("poe.state", "delivering"),
      when(
        "poe.watts.alloc",
        (value, facts) => typeof value === "number" && value <= typeOneWatts && needOf(facts) > typeOneWatts,
      ),
      any(seen(flaps), seen(boots)),
    ],
    // P11 tells what was counted; P13, that it draws nothing.
    contradicts: [
      { weight: 0.6, if: seen(above("poe.overload", 0)) },
      { weight: 0.6, if: seen(is("poe.overdrawn", true)) },
    ],
    base: 0.75,
    sentence: (facts) =>
      `The device on ${facts.name()} may need ${needOf(facts)} W (802.3at) and is given ${facts.print("poe.watts.alloc")} at most, and it restarts.`,
    remedy: (facts) =>
      `Move it to a port of 802.3at, raise the limit of ${facts.name()}, or use its own power supply; see whether the restarts come with the loudspeaker, a camera or a key module.`,
  },
  {
    id: "P6",
    cause: "regular-restarts",
    layer: "power",
    severity: "minor",
    on: "phone",
    needs: [
      // A config asked for by timer looks the same to the server; the link tells a restart.
      all(boots, regular),
      all(is("poe.state", "delivering"), above("poe.watts", 0), above("link.flaps", 0)),
    ],
    supports: [{ weight: 0.1, if: is("poe.mps", 0) }],
    contradicts: [
      { weight: 0.5, if: above("poe.mps", 0) },
      { weight: 0.5, if: above("poe.overload", 0) },
      { weight: 0.5, if: above("poe.short", 0) },
    ],
    base: 0.7,
    sentence: (facts) =>
      `The phone restarts every ${minutes(facts)}, ${facts.number("prov.boots") ?? 0} times in the last hour, while its power is steady (${facts.print("poe.watts")}).`,
    remedy: () =>
      "Look for a restart by schedule in its settings (`offhook phone preview MAC`) and in the switch's (PoE by time); then update its firmware.",
  },
];
