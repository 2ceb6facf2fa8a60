import { above, all, any, below, is, seen, when } from "../condition.ts";
import type { ObservationKey } from "../../protocol/observation-keys.ts";
import type { Condition } from "../condition.ts";
import type { Facts } from "../facts.ts";
import type { Rule } from "../rule.ts";
import type { ThresholdName } from "../thresholds.ts";

// Rows M1–M19, C3, C4 and C7 of the matrix and the one-way decision of sip-rtp 9.5: count packets, not audio.

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

const some = (key: ObservationKey): Condition =>
  when(key, (value) => Array.isArray(value) && value.length > 0);
/** Further from zero than the threshold, either way. */
const away = (key: ObservationKey, limit: ThresholdName): Condition =>
  when(key, (value, facts) => typeof value === "number" && Math.abs(value) > facts.limit(limit));
const listIn = (facts: Facts, key: ObservationKey): readonly string[] => {
  const value = facts.get(key)?.value;
  return Array.isArray(value) ? value : [];
};
const count = (facts: Facts, key: ObservationKey) => listIn(facts, key).length;
const listOf = (facts: Facts, key: ObservationKey) => listIn(facts, key).join(", ");
const reordered: Condition = when("rtp.reorder", (value, facts) => {
  const came = facts.number("rtp.rev.recv") ?? 0;
  return typeof value === "number" && came > 0 && (100 * value) / came > facts.limit("rtp.reorder.percent");
});

/** Timestamps that run at another rate than was agreed on. */
const otherClock: Condition = when(
  "rtp.clock",
  (value, facts) => typeof value === "number" && value !== facts.number("rtp.clock.agreed"),
);
/** A mirror sends everything back; a plain echo need not. */
const keysLost: Condition = all(
  is("rtp.farEnd", "encaprtp"),
  when("rtp.dtmf.back", (value, facts) => value !== facts.get("rtp.dtmf.sent")?.value),
);
const keysNotAgreed: Condition = any(seen(is("rtp.dtmf", false)), seen(is("call.dtmf", false)));
const isG729 = (value: unknown) => typeof value === "string" && /^g729/i.test(value);
/** Keys can travel as sound alone, and the codec keeps no tones. */
const keysDestroyed: Condition = all(
  keysNotAgreed,
  any(seen(when("rtp.codec", isG729)), seen(when("call.codec", isG729))),
);

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
    id: "M4",
    cause: "ports-partly-closed",
    layer: "media",
    severity: "critical",
    on: "rtp",
    needs: [some("rtp.ports.good"), some("rtp.ports.bad")],
    base: 0.9,
    sentence: (facts) =>
      `Part of the RTP range of ${facts.name()} is closed: audio came back on ${count(facts, "rtp.ports.good")} of the ports tried, and not on ${listOf(facts, "rtp.ports.bad")}.`,
    remedy: () => "Open the whole RTP range that the server and the phones use, in both directions.",
  },
  {
    id: "M5",
    cause: "audio-stops",
    layer: "media",
    severity: "major",
    on: "rtp",
    needs: [someBack, above("rtp.stopped", 3)],
    base: 0.8,
    sentence: (facts) =>
      `Audio of ${facts.name()} stops after ${facts.print("rtp.stopped")} although the call goes on.`,
    remedy: () =>
      "Something on the way closed the port: raise the UDP timeout of the firewall, turn off silence suppression, or let the phone send RTP keep-alives.",
  },
  {
    id: "M6",
    cause: "late-media",
    layer: "media",
    severity: "minor",
    on: "rtp",
    needs: [someBack, above("rtp.start.missing", (facts) => facts.limit("rtp.start.ms"))],
    base: 0.6,
    sentence: (facts) =>
      `The first ${facts.print("rtp.start.missing")} of audio to ${facts.name()} are missing; the rest is there.`,
    remedy: () =>
      "The far side opens its media late. Usually harmless; early media or a shorter path through the firewall helps.",
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
    id: "M13",
    cause: "srtp-mismatch",
    layer: "media",
    severity: "critical",
    on: "rtp",
    needs: [above("rtp.srtp.unreadable", 0)],
    base: 0.9,
    sentence: (facts) =>
      `Encryption does not match at ${facts.name()}: ${facts.print("rtp.srtp.unreadable")} packets do not fit the keys that were agreed on (${facts.print("rtp.srtp")}).`,
    remedy: () =>
      "Something between the two ends changes the a=crypto lines, or one side sends in the clear: set the same SRTP mode on the phone, the server and the border controller.",
  },
  {
    id: "M14",
    cause: "clock-drift",
    layer: "media",
    severity: "minor",
    on: "rtp",
    needs: [away("rtp.drift", "rtp.drift.ppm")],
    contradicts: [{ weight: 0.4, if: above("rtp.sendLate", 5) }],
    base: 0.8,
    sentence: (facts) =>
      `The far end's clock at ${facts.name()} is off by ${facts.print("rtp.drift")}: its buffer slips now and then.`,
    remedy: () =>
      "A sender whose clock runs wrong makes single drops or repeats for ever: look at the clock source of that host or gateway.",
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
  {
    id: "M16",
    cause: "no-reports",
    layer: "media",
    severity: "minor",
    on: "rtp",
    needs: [someBack, is("rtp.rtcp.heard", 0)],
    base: 0.85,
    sentence: (facts) => `Audio of ${facts.name()} comes back, and no quality reports (RTCP) do.`,
    remedy: () => "Open the odd ports of the RTP range too, or let both sides use rtcp-mux.",
  },
  {
    id: "M17",
    cause: "own-buffer-full",
    layer: "media",
    severity: "minor",
    on: "rtp",
    needs: [above("rtp.own.drops", 0)],
    base: 0.92,
    sentence: (facts) =>
      `${facts.print("rtp.own.drops")} packets of ${facts.name()} reached this host and were dropped here, as the program read too late: that is no loss of the network.`,
    remedy: () => "Raise net.core.rmem_max, stop other work on this machine, or measure with fewer streams.",
  },
  {
    id: "M18",
    cause: "too-few-ports",
    layer: "media",
    severity: "major",
    on: "rtp",
    needs: [above("rtp.calls.up", 0)],
    base: 0.8,
    sentence: (facts) =>
      `${facts.name()} takes ${facts.print("rtp.calls.up")} calls at once and refuses the next.`,
    remedy: () =>
      "Widen its RTP port range (four ports for each call that it anchors) or its limit of calls.",
  },
  {
    id: "M19",
    cause: "reordering",
    layer: "media",
    severity: "minor",
    on: "rtp",
    needs: [someBack, reordered],
    base: 0.75,
    sentence: (facts) =>
      `Packets of ${facts.name()} overtake each other: ${facts.print("rtp.reorder")} of ${facts.print("rtp.rev.recv")} came out of order.`,
    remedy: () => "Packets take two ways. Let the router balance by flow and not by packet.",
  },
  {
    id: "C3",
    cause: "packet-time-mismatch",
    layer: "media",
    severity: "minor",
    on: "rtp",
    needs: [
      when("rtp.ptime", (value, facts) => value !== facts.number("rtp.ptime.sent")),
      above("rtp.ptime.sent", 0),
    ],
    contradicts: [{ weight: 0.4, if: seen(otherClock) }],
    base: 0.85,
    sentence: (facts) =>
      `${facts.name()} sends ${facts.print("rtp.ptime")} of audio in each packet, and gets ${facts.print("rtp.ptime.sent")}.`,
    remedy: () =>
      "Set the packet time to 20 ms on both sides (ptime; on a gateway, the codec's frames per packet).",
  },
  {
    id: "C4",
    cause: "payload-types-differ",
    layer: "media",
    severity: "major",
    on: "rtp",
    needs: [any(seen(some("rtp.maps.differ")), seen(otherClock))],
    base: 0.85,
    sentence: (facts) =>
      count(facts, "rtp.maps.differ") > 0
        ? `The two sides mean different things at ${facts.name()}: ${listOf(facts, "rtp.maps.differ")}.`
        : `The timestamps of ${facts.name()} run at ${facts.print("rtp.clock")}, and ${facts.print("rtp.clock.agreed")} were agreed on: audio plays at a wrong speed.`,
    remedy: () =>
      "Give each payload type one meaning on both sides, and the clock of its RFC: 8000 for G.722, 48000 for Opus.",
  },
  {
    id: "C7",
    cause: "keys-not-agreed",
    layer: "media",
    // An echo or an announcement takes no keys; whether anybody needs them here is not known.
    severity: "info",
    on: ["rtp", "sip"],
    needs: [keysNotAgreed],
    contradicts: [{ weight: 0.6, if: keysDestroyed }],
    base: 0.85,
    sentence: (facts) =>
      `${facts.name()} does not agree on telephone-event: keys pressed in a call travel as sound, or not at all.`,
    remedy: () =>
      "Where a menu, voicemail or a door is behind this number: turn on RFC 4733 (RFC 2833) DTMF on both sides with the clock of the audio codec.",
  },
  {
    id: "C8",
    cause: "keys-lost",
    layer: "media",
    severity: "minor",
    on: ["rtp", "sip"],
    needs: [any(seen(keysLost), keysDestroyed)],
    base: 0.85,
    sentence: (facts) =>
      seen(keysLost)(facts).state === "holds"
        ? `Keys get lost at ${facts.name()}: ${facts.print("rtp.dtmf.sent")} was pressed, and ${facts.print("rtp.dtmf.back") || "nothing"} came back.`
        : `${facts.name()} takes G.729 and no telephone-event: the codec destroys the sound of keys, and they reach no menu.`,
    remedy: () =>
      "Turn on RFC 4733 (RFC 2833) DTMF on both sides with the clock of the audio codec; G.729 destroys keys that travel as sound.",
  },
  {
    id: "M12",
    cause: "wrong-mark",
    layer: "media",
    severity: "minor",
    on: "rtp",
    needs: [when("dscp.marked", (value) => typeof value === "number" && value !== 46)],
    base: 0.8,
    sentence: (facts) => `${facts.name()} marks its audio with DSCP ${facts.print("dscp.marked")}, not 46.`,
    remedy: () =>
      "Set DSCP 46 (EF) for RTP and 24 or 26 for SIP in the phone's profile; if it is set, capture at the phone's own port: a switch on the way may clear it.",
  },
  {
    id: "M21",
    cause: "reports-contradict",
    layer: "media",
    severity: "info",
    on: "rtp",
    needs: [away("rtp.rtcp.contradicts", "rtp.loss.percent")],
    base: 0.9,
    sentence: (facts) =>
      `The far end at ${facts.name()} reports ${facts.print("rtp.rtcp.loss")} lost on the way there, and ${facts.print("rtp.fwd.loss")} were counted.`,
    remedy: () =>
      "Trust what was counted. A border controller that makes its own reports, or a far end that counts wrong, tells something else than the path.",
  },
];
