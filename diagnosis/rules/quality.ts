import type { ObservationKey } from "../../protocol/observation-keys.ts";
import { above, any, seen } from "../condition.ts";
import type { Facts } from "../facts.ts";
import type { Rule } from "../rule.ts";

// Calls as phones themselves report them (RFC 6035). `rev` is what the phone received.

const lossThere = seen(above("rtp.fwd.loss", (facts) => facts.limit("rtp.loss.percent")));
const lossHere = seen(above("rtp.rev.loss", (facts) => facts.limit("rtp.loss.percent")));
const uneven = any(
  seen(above("rtp.jitter.rev", (facts) => facts.limit("rtp.jitter.ms"))),
  seen(above("rtp.jitter.fwd", (facts) => facts.limit("rtp.jitter.ms"))),
  seen(above("rtp.discard.rev", (facts) => facts.limit("call.discard.percent"))),
  seen(above("rtp.discard.fwd", (facts) => facts.limit("call.discard.percent"))),
);
const slow = seen(above("rtp.rtt", (facts) => facts.limit("rtp.rtt.ms")));
/** Of the values that are known: `jitter 22 ms at the phone, jitter 4 ms at the far end`. */
function known(facts: Facts, named: readonly (readonly [ObservationKey, string, string])[]): string {
  return named
    .filter(([key]) => facts.number(key) !== undefined)
    .map(([key, what, where]) => `${what} ${facts.print(key)} ${where}`)
    .join(", ");
}
const call = (facts: Facts) => `the last call that ${facts.name()} reported`;

export const qualityRules: readonly Rule[] = [
  {
    id: "VQ1",
    cause: "phone-receives-loss",
    layer: "media",
    severity: "major",
    on: "phone",
    needs: [above("rtp.rev.loss", (facts) => facts.limit("rtp.loss.percent"))],
    supports: [{ weight: 0.1, if: seen(above("calls.hour.poor", 1)) }],
    base: 0.75,
    sentence: (facts) =>
      `In ${call(facts)}, ${facts.print("rtp.rev.loss")} of the packets to the phone got lost.`,
    remedy: () =>
      "Look at the way to this phone: errors and duplex of its port, the line's load downstream, and whether voice is queued first there.",
  },
  {
    id: "VQ2",
    cause: "phone-sends-into-loss",
    layer: "media",
    severity: "major",
    on: "phone",
    needs: [above("rtp.fwd.loss", (facts) => facts.limit("rtp.loss.percent"))],
    supports: [{ weight: 0.1, if: seen(above("calls.hour.poor", 1)) }],
    base: 0.72,
    sentence: (facts) =>
      `In ${call(facts)}, ${facts.print("rtp.fwd.loss")} of the packets from the phone did not reach the far end.`,
    remedy: () =>
      "Look at the line's load upstream and at the marking of voice (EF) on the way out; then at the phone's own port.",
  },
  {
    id: "VQ3",
    cause: "phone-receives-unevenly",
    layer: "media",
    severity: "minor",
    on: "phone",
    needs: [uneven],
    base: 0.7,
    sentence: (facts) =>
      `In ${call(facts)}, packets came unevenly: ${known(facts, [
        ["rtp.jitter.rev", "jitter", "at the phone"],
        ["rtp.jitter.fwd", "jitter", "at the far end"],
        ["rtp.discard.rev", "dropped as too late", "at the phone"],
        ["rtp.discard.fwd", "dropped as too late", "at the far end"],
      ])}.`,
    remedy: () => "Queue voice first (EF) where the line is narrow; make the phone's jitter buffer adaptive.",
  },
  {
    id: "VQ4",
    cause: "phone-far-away",
    layer: "media",
    severity: "minor",
    on: "phone",
    needs: [above("rtp.rtt", (facts) => facts.limit("rtp.rtt.ms"))],
    base: 0.7,
    sentence: (facts) => `In ${call(facts)}, the round trip took ${facts.print("rtp.rtt")}.`,
    remedy: () =>
      "Let media take the shortest way: no relay or VPN in a far country, direct media where both phones are at one site.",
  },
  {
    id: "VQ5",
    cause: "calls-sound-poor",
    layer: "media",
    severity: "minor",
    on: "phone",
    needs: [above("calls.hour.poor", (facts) => facts.limit("calls.poor.perHour") - 1)],
    // Whatever else explains it is the cause.
    contradicts: [{ weight: 0.6, if: any(lossHere, lossThere, uneven, slow) }],
    base: 0.7,
    sentence: (facts) =>
      `${facts.print("calls.hour.poor")} of ${facts.print("calls.hour")} calls of ${facts.name()} in the last hour sounded poor (${known(
        facts,
        [
          ["calls.hour.mos", "median MOS", "of 5"],
          ["calls.hour.mos.min", "worst", "of 5"],
        ],
      )}), with neither loss nor jitter nor delay in the last one.`,
    remedy: () =>
      "Look at codecs (transcoding on the way, G.729 where G.722 would do) and at calls one by one: `offhook diag quality --listen` shows each as it ends.",
  },
];
