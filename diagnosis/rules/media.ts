import { above, any, below, is, seen } from "../condition.ts";
import type { Condition } from "../condition.ts";
import type { Facts } from "../facts.ts";
import type { Rule } from "../rule.ts";

// Rows M1–M19 of the matrix and the one-way decision of sip-rtp 9.5: count packets, not audio.

const sent = above("rtp.fwd.sent", 0);
const noneBack = is("rtp.rev.recv", 0);
const lossy = any(
  // Through a plain echo only both ways together can be told.
  seen(above("rtp.loss", (facts) => facts.limit("rtp.loss.percent"))),
  seen(above("rtp.fwd.loss", (facts) => facts.limit("rtp.loss.percent"))),
  seen(above("rtp.rev.loss", (facts) => facts.limit("rtp.loss.percent"))),
);
const jittery: Condition = any(
  seen(above("rtp.jitter.fwd", (facts) => facts.limit("rtp.jitter.ms"))),
  seen(above("rtp.jitter.rev", (facts) => facts.limit("rtp.jitter.ms"))),
);
const someBack = above("rtp.rev.recv", 0);
const lossOf = (facts: Facts) =>
  facts.get("rtp.loss") === undefined
    ? `${facts.print("rtp.fwd.loss")} there, ${facts.print("rtp.rev.loss")} back`
    : `${facts.print("rtp.loss")} of the round trip`;

export const mediaRules: readonly Rule[] = [
  {
    id: "M1",
    cause: "inbound-media-blocked",
    layer: "media",
    severity: "critical",
    on: "rtp",
    needs: [sent, above("rtp.fwd.recv", 0), noneBack],
    base: 0.9,
    sentence: (facts) =>
      `One-way audio at ${facts.name()}: the far end got ${facts.print("rtp.fwd.recv")} of our packets, and none of its own came back.`,
    remedy: () =>
      "Open the RTP range inbound or enable symmetric RTP; if a private address is announced, set the external media address.",
  },
  {
    id: "M2",
    cause: "outbound-media-blocked",
    layer: "media",
    severity: "critical",
    on: "rtp",
    needs: [sent, is("rtp.fwd.recv", 0), someBack],
    base: 0.9,
    sentence: (facts) =>
      `One-way audio at ${facts.name()}: the far end's packets come here, and none of ours reached it.`,
    remedy: () => "Allow UDP outbound on the whole RTP range.",
  },
  {
    id: "M3",
    cause: "media-blocked",
    layer: "media",
    severity: "critical",
    on: "rtp",
    needs: [sent, is("rtp.fwd.recv", 0), noneBack],
    base: 0.88,
    sentence: (facts) =>
      `No audio at ${facts.name()}: signalling works, and not one RTP packet crossed in either direction.`,
    remedy: () =>
      "Open the RTP range to every media address of the server; check the address in the c= line of its answer.",
  },
  {
    id: "M7",
    cause: "random-loss",
    layer: "media",
    severity: "major",
    on: "rtp",
    needs: [someBack, lossy, below("rtp.burst", (facts) => facts.limit("rtp.burst.ratio"))],
    base: 0.75,
    sentence: (facts) => `RTP packets of ${facts.name()} get lost at random: ${lossOf(facts)}.`,
    remedy: () =>
      "Random loss points at a cable, a connector or radio: look at the error counters of the ports on the way.",
  },
  {
    id: "M8",
    cause: "burst-loss",
    layer: "media",
    severity: "major",
    on: "rtp",
    needs: [someBack, lossy, above("rtp.burst", (facts) => facts.limit("rtp.burst.ratio"))],
    base: 0.75,
    sentence: (facts) =>
      `RTP packets of ${facts.name()} get lost in bursts: ${lossOf(facts)}, burst ratio ${facts.print("rtp.burst")}.`,
    remedy: () => "Loss comes when a line is full: shape it to 95 % and put DSCP 46 into the priority queue.",
  },
  {
    id: "M9",
    cause: "jitter",
    layer: "media",
    severity: "minor",
    on: "rtp",
    needs: [someBack, jittery],
    contradicts: [
      { weight: 0.2, if: lossy },
      // Our own sender was late: the swing may be ours.
      { weight: 0.4, if: above("rtp.sendLate", 5) },
    ],
    base: 0.8,
    sentence: (facts) =>
      `The delay of ${facts.name()} swings: jitter ${facts.print("rtp.jitter.fwd")} there, ${facts.print("rtp.jitter.rev")} back.`,
    remedy: () => "Use a cable instead of Wi-Fi, and smart queueing on the uplink.",
  },
  {
    id: "M15",
    cause: "long-path",
    layer: "media",
    severity: "minor",
    on: "rtp",
    needs: [above("rtp.rtt", (facts) => facts.limit("rtp.rtt.ms"))],
    base: 0.8,
    sentence: (facts) =>
      `A round trip to ${facts.name()} takes ${facts.print("rtp.rtt")}: people talk over each other.`,
    remedy: () => "Choose a nearer media server, or take the detour out of the path (VPN, hosted firewall).",
  },
];
