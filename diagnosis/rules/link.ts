import { above, all, any, ended, is, seen, when } from "../condition.ts";
import type { Facts } from "../facts.ts";
import type { Rule } from "../rule.ts";

// Rows K1–K7 of the matrix.

const macsOf = (facts: Facts): readonly string[] => {
  const value = facts.get("arp.macs")?.value;
  return Array.isArray(value) ? value : [];
};

export const linkRules: readonly Rule[] = [
  {
    id: "K1",
    cause: "duplex-mismatch",
    layer: "link",
    severity: "major",
    on: "port",
    needs: [is("link.up", true), any(is("link.duplex", "half"), seen(is("link.duplex.far", "half")))],
    supports: [
      { weight: 0.1, if: above("link.lateCol", 0) },
      { weight: 0.05, if: above("link.fcs", (facts) => facts.limit("link.fcs.ppm")) },
    ],
    base: 0.8,
    sentence: (facts) => {
      const who = facts.get("link.duplex")?.value === "half" ? facts.name() : `The phone on ${facts.name()}`;
      return `${who} runs half duplex at ${facts.print("link.speed")}: one side is fixed, the other negotiates.`;
    },
    remedy: (facts) => `Set both ends of ${facts.name()} to auto-negotiation.`,
  },
  {
    id: "K2",
    cause: "damaged-frames",
    layer: "link",
    severity: "major",
    on: "port",
    needs: [above("link.fcs", (facts) => facts.limit("link.fcs.ppm")), is("link.duplex", "full", "unknown")],
    contradicts: [{ weight: 0.2, if: above("link.discards", (facts) => facts.limit("link.discards.ppm")) }],
    base: 0.85,
    sentence: (facts) =>
      `${facts.print("link.fcs")} of the frames that ${facts.name()} receives are damaged.`,
    remedy: () => "Replace the patch cable first, then test the wall run; keep it away from power lines.",
  },
  {
    id: "K3",
    cause: "slow-link",
    layer: "link",
    severity: "minor",
    on: "port",
    needs: [is("link.up", true), is("link.speed", 10), seen(when("port.phone", (value) => value !== null))],
    base: 0.75,
    sentence: (facts) => `The phone on ${facts.name()} has link at 10 Mbit/s only: a pair is likely broken.`,
    remedy: () => "Run the switch's cable test, and have the outlet re-terminated.",
  },
  {
    id: "K4",
    cause: "link-flapping",
    layer: "link",
    severity: "minor",
    on: "port",
    needs: [
      above("link.flaps", (facts) => facts.limit("link.flaps.perHour")),
      any(
        seen(when("port.phone", (value) => value !== null)),
        seen(when("port.expected", (value) => value !== null)),
      ),
    ],
    contradicts: [{ weight: 0.4, if: is("poe.state", "fault", "denied") }],
    base: 0.7,
    sentence: (facts) =>
      `${facts.name()} lost or found its link ${facts.number("link.flaps") ?? 0} times in the last hour.`,
    remedy: () => "Reseat or replace the cable; switch Energy-Efficient Ethernet off on this port and watch.",
  },
  {
    id: "K5",
    cause: "spanning-tree-delay",
    layer: "link",
    severity: "minor",
    on: "port",
    needs: [
      all(is("link.up", true), seen(is("stp.edge", false))),
      when("port.phone", (value) => value !== null),
      // A phone that came through all the same shows no harm.
      any(
        is("stp.state", "listening", "learning"),
        seen(ended("prov.lastFetch", "absent")),
        seen(above("prov.boots", (facts) => facts.limit("boots.perHour"))),
      ),
    ],
    supports: [{ weight: 0.25, if: is("stp.state", "listening", "learning") }],
    base: 0.6,
    sentence: (facts) => {
      const state = facts.get("stp.state")?.value;
      const now = state === "listening" || state === "learning" ? `, and it is still ${state} now` : "";
      return `Spanning tree treats ${facts.name()} as one to another switch: it forwards nothing for about 30 s after link comes up${now}. The phone there asks for its address and config too early.`;
    },
    remedy: (facts) => `Set ${facts.name()} as an edge port (PortFast); leave BPDU guard on.`,
  },
  {
    id: "K6",
    cause: "queue-overflow",
    layer: "link",
    severity: "minor",
    on: "port",
    needs: [
      all(
        is("link.up", true),
        above("link.discards", (facts) => facts.limit("link.discards.ppm")),
      ),
    ],
    base: 0.8,
    sentence: (facts) =>
      `${facts.name()} throws away ${facts.print("link.discards")} of its outgoing frames for want of queue space.`,
    remedy: () => "Put voice into the priority queue, or raise the speed of the uplink.",
  },
  {
    id: "K7",
    cause: "duplicate-address",
    layer: "link",
    severity: "major",
    on: "address",
    needs: [when("arp.macs", (value) => Array.isArray(value) && value.length > 1)],
    base: 0.9,
    sentence: (facts) => `${facts.name()} is used by ${macsOf(facts).join(" and ")} at once.`,
    remedy: () =>
      "Find both by their MACs in the switch's address table and give one of them another address: one of the two was most likely set by hand. A router that answers for others (proxy ARP) looks the same.",
  },
];
