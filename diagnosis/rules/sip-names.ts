import { is, seen, when } from "../condition.ts";
import type { Rule } from "../rule.ts";

// Rows N10 and N12 of the matrix: where the DNS records of a SIP domain lead.

export const sipNameRules: readonly Rule[] = [
  {
    id: "N10",
    cause: "dead-sip-target",
    layer: "name",
    severity: "major",
    on: "sip",
    needs: [
      when("sip.targets.dead", (value) => Array.isArray(value) && value.length > 0),
      when("sip.targets.alive", (value) => Array.isArray(value) && value.length > 0),
    ],
    contradicts: [{ weight: 0.7, if: seen(is("sip.ipv6", "dead")) }],
    base: 0.85,
    sentence: (facts) =>
      `Of the servers that DNS names for ${facts.name()}, ${facts.print("sip.targets.dead")} does not answer; a phone that tries it first waits ${facts.print("sip.targets.delay")}.`,
    remedy: () => "Repair that server, or take its SRV record away.",
  },
  {
    id: "N12",
    cause: "ipv6-dead",
    layer: "name",
    severity: "major",
    on: "sip",
    needs: [is("sip.ipv6", "dead")],
    base: 0.85,
    sentence: (facts) =>
      `The IPv6 address of ${facts.name()} does not answer (${facts.print("sip.targets.dead")}), IPv4 does; phones try IPv6 first.`,
    remedy: () => "Repair IPv6 to the server, or take its AAAA record away.",
  },
];
