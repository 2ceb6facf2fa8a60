import { above, ended, is, seen, type Condition } from "../condition.ts";
import type { Facts } from "../facts.ts";
import type { Rule } from "../rule.ts";

// What a SIP server does with OPTIONS at a rate (`offhook diag sip --rate`), when it answers them without haste.

const answers = ended("sip.code", "ok");
const most = (facts: Facts): number => facts.limit("sip.load.percent");
const fellSilent = seen(above("sip.load.silentFrom", 0));
/** Absent: it answered to the end. */
const stayed: Condition = (facts) => {
  const { state, because } = fellSilent(facts);
  return { state: state === "holds" ? "fails" : "holds", because, missing: [] };
};

/** Lost already before the load (N7), or by our own socket: then it says little. */
const notItsLoad = [
  { weight: 0.3, if: seen(above("sip.retrans", 0)) },
  { weight: 0.6, if: seen(above("sip.load.own.drops", 0)) },
];

/** `300 requests a second`. */
const rate = (facts: Facts): string => `${Math.round(facts.number("sip.load.rate") ?? 0)} requests a second`;

export const sipLoadRules: readonly Rule[] = [
  {
    id: "N16",
    cause: "cut-off-under-load",
    layer: "reach",
    severity: "major",
    on: "sip",
    needs: [answers, above("sip.load.silentFrom", 0)],
    contradicts: notItsLoad,
    base: 0.75,
    sentence: (facts) =>
      `${facts.name()} was asked ${rate(facts)}, and from second ${facts.number("sip.load.silentFrom")} on answered nothing more: a guard against floods shut this address out, or the service fell over.`,
    remedy: () =>
      "Ask again with `offhook diag sip` in some minutes: an answer then speaks for a guard (Kamailio's pike, fail2ban, a firewall's limit); its limit must be above what all phones behind one address send, above all after a power cut. No answer: look whether the service still runs.",
  },
  {
    id: "N17",
    cause: "lost-under-load",
    layer: "reach",
    severity: "major",
    on: "sip",
    needs: [answers, above("sip.load.loss", most), stayed],
    contradicts: notItsLoad,
    supports: [{ weight: 0.1, if: seen(is("sip.retrans", 0)) }],
    base: 0.7,
    sentence: (facts) =>
      `${facts.name()}, or the way to it, loses ${facts.print("sip.load.loss")} of ${rate(facts)}.`,
    remedy: () =>
      "On the server run `offhook diag host`: small receive buffers (net.core.rmem_max, and what the service asks for) overflow in bursts. Then its workers, and rate limits there and on the way. Lower rates tell where it begins.",
  },
  {
    id: "N18",
    cause: "refused-under-load",
    layer: "reach",
    severity: "major",
    on: "sip",
    needs: [answers, above("sip.load.busy", most)],
    base: 0.8,
    sentence: (facts) =>
      `${facts.name()} answers ${facts.print("sip.load.busy")} of ${rate(facts)} with 503: its limit is lower.`,
    remedy: () =>
      "Raise the service's limit of requests a second (sessions-per-second, pike or ratelimit), or give it more workers; phones that hear 503 go on to their next server, if they have one.",
  },
];
