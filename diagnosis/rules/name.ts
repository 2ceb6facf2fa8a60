import { above, when } from "../condition.ts";
import type { Facts } from "../facts.ts";
import type { Rule } from "../rule.ts";

// Rows N11, N13, N14 and N15 of the matrix: what resolvers say of a SIP domain.

const notEmpty = (value: unknown): boolean => Array.isArray(value) && value.length > 0;
const list = (facts: Facts, key: Parameters<Facts["get"]>[0]): string =>
  facts.print(key).replaceAll(",", ", ");

export const nameRules: readonly Rule[] = [
  {
    id: "N13",
    cause: "srv-target-dead",
    layer: "name",
    severity: "major",
    on: "name",
    needs: [when("dns.dead", notEmpty)],
    base: 0.9,
    sentence: (facts) =>
      `SRV of ${facts.name()} names ${list(facts, "dns.dead")}, which has no address: calls wait for it before they go on.`,
    remedy: () => "Remove the SRV record, or give its target an address.",
  },
  {
    id: "N11",
    cause: "resolvers-differ",
    layer: "name",
    severity: "minor",
    on: "name",
    needs: [when("dns.differs", notEmpty)],
    base: 0.8,
    sentence: (facts) =>
      `Two resolvers say different things of ${facts.name()}: the other has ${list(facts, "dns.differs")}.`,
    remedy: () =>
      "Split DNS may be meant so; else wait for the older answer to expire, or correct one of the zones.",
  },
  {
    id: "N14",
    cause: "names-faked",
    layer: "name",
    severity: "minor",
    on: "name",
    needs: [when("dns.hijack", notEmpty)],
    base: 0.9,
    sentence: (facts) =>
      `The resolver gives ${list(facts, "dns.hijack")} for a name that does not exist: a phone with a mistyped server talks to that address.`,
    remedy: () => "Hand phones another resolver, or have the provider switch this off.",
  },
  {
    id: "N15",
    cause: "names-slow",
    layer: "name",
    severity: "minor",
    on: "name",
    needs: [above("dns.rtt", (facts) => facts.limit("dns.rtt.ms"))],
    base: 0.8,
    sentence: (facts) =>
      `An answer of the resolver about ${facts.name()} took ${facts.print("dns.rtt")}: each call waits for that.`,
    remedy: () =>
      "Ask from the voice VLAN with --resolver to find the slow one; use a resolver in the house.",
  },
];
