import { explainResponse, explainWarning } from "../../protocol/sip/explain-response.ts";
import { above, all, below, ended, is, when } from "../condition.ts";
import type { Facts } from "../facts.ts";
import type { Rule } from "../rule.ts";

// What a call shows from its set-up to its end: R11, R26, R27, T1, T2, T10 and C1 of the matrix.

const privateHost =
  /^(?:10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|169\.254\.)/;

/** A no that servers and people say where nothing is wrong: another place, busy, called off, declined. */
const isPlainNo = (code: number): boolean =>
  (code >= 300 && code < 400) || [486, 487, 600, 603].includes(code);

/** What rows R4 to R24 speak of, where the request is an INVITE. */
const explained = new Set([
  400, 401, 403, 404, 407, 408, 415, 420, 421, 422, 428, 436, 437, 438, 480, 482, 483, 484, 488, 491, 500,
  502, 503, 504, 513, 604, 606,
]);

const isOtherRefusal = (code: number): boolean => code >= 400 && !isPlainNo(code) && !explained.has(code);

/** `405 Method Not Allowed, the server does not take this method here`, and the Warning where there is one. */
function refusal(facts: Facts): string {
  const reason = facts.get("sip.reason")?.value;
  const said = [facts.print("sip.code"), ...(typeof reason === "string" ? [reason] : [])].join(" ").trim();
  const { sentence } = explainResponse(facts.number("sip.code") ?? 0);
  const warning = facts.get("sip.warning")?.value;
  const warned =
    typeof warning === "string" && warning !== ""
      ? `; it warns: ${(explainWarning(warning) ?? warning).slice(0, 300)}`
      : "";
  return `${said}: ${sentence}${warned}`;
}

const answeredWith = (passes: (code: number) => boolean) =>
  when("sip.code", (code) => typeof code === "number" && passes(code));

export const callRules: readonly Rule[] = [
  {
    id: "R11",
    cause: "call-not-taken",
    layer: "signalling",
    severity: "info",
    on: "sip",
    // Only of our own test call: in a capture these are everyday ends of calls.
    needs: [
      is("sip.method", "INVITE"),
      answeredWith(isPlainNo),
      when("call.progress", (steps) => Array.isArray(steps)),
    ],
    base: 0.9,
    sentence: (facts) =>
      `${facts.name()} did not take the test call (${refusal(facts)}): nothing was seen of codecs and media.`,
    remedy: (facts) => {
      const { remedy } = explainResponse(facts.number("sip.code") ?? 0);
      return `${remedy === "Nothing to do." ? "" : `${remedy} `}Call a test number that answers, such as an echo or an announcement.`;
    },
  },
  {
    id: "R27",
    cause: "call-refused",
    layer: "signalling",
    severity: "major",
    on: "sip",
    // Without a word of the login it is a stranger's call (`diag guest`), which a server may refuse as it likes.
    needs: [
      is("sip.method", "INVITE"),
      answeredWith(isOtherRefusal),
      when("sip.auth.stage", (stage) => stage !== null),
    ],
    base: 0.6,
    sentence: (facts) => `${facts.name()} refuses the call (${refusal(facts)}).`,
    remedy: (facts) => {
      const { remedy } = explainResponse(facts.number("sip.code") ?? 0);
      return `${remedy === "Nothing to do." ? "" : `${remedy} `}The server's log tells more of this call, by its number and time.`;
    },
  },
  {
    id: "R26",
    cause: "slow-dialling",
    layer: "signalling",
    severity: "minor",
    on: "sip",
    needs: [above("call.pdd", (facts) => facts.limit("call.pdd.ms"))],
    base: 0.6,
    supports: [{ weight: 0.1, if: below("call.trying", 500) }],
    sentence: (facts) =>
      `${facts.name()} rings only after ${facts.print("call.pdd")}; its first answer came after ${facts.print("call.trying")}.`,
    remedy: () =>
      "Look for a dead server that is tried first, slow name lookups, and number lookups of the dial plan.",
  },
  {
    id: "T1",
    cause: "ack-lost",
    layer: "signalling",
    severity: "critical",
    on: "sip",
    needs: [is("call.ackWithheld", false), above("call.answerRepeats", 1)],
    supports: [
      { weight: 0.05, if: all(above("call.ended", 28), below("call.ended", 36)) },
      {
        weight: 0.05,
        if: when("call.contact", (value) => typeof value === "string" && privateHost.test(value)),
      },
    ],
    base: 0.87,
    sentence: (facts) => {
      const end = facts.number("call.ended");
      const after = end === undefined ? "" : `, and hung up ${end} s after it`;
      return `${facts.name()} never sees our ACK: it repeated its answer ${facts.number("call.answerRepeats") ?? 0} times${after}. Calls drop about 32 s after they are answered.`;
    },
    remedy: (facts) => {
      const contact = facts.get("call.contact")?.value;
      const place = typeof contact === "string" ? contact : "the address of its Contact";
      const why = typeof contact === "string" && privateHost.test(contact) ? ", a private address" : "";
      return `The ACK goes to ${place}${why}: correct the server's external address and Record-Route, and open its SIP port inbound.`;
    },
  },
  {
    id: "T2",
    cause: "session-refresh-fails",
    layer: "signalling",
    severity: "major",
    on: "sip",
    needs: [
      when("call.refresh", (value) => value !== "ok" && value !== null && value !== "481" && value !== "491"),
    ],
    base: 0.85,
    sentence: (facts) =>
      `The session of ${facts.print("call.session")} at ${facts.name()} is not refreshed (${facts.get("call.refresh")?.evidence ?? facts.print("call.refresh")}): long calls drop at that time.`,
    remedy: () =>
      "Make both sides agree on who refreshes, or lengthen the firewall's UDP time; the usual drops are at 15 and 30 minutes.",
  },
  {
    id: "T10",
    cause: "bye-unanswered",
    layer: "signalling",
    severity: "minor",
    on: "sip",
    needs: [ended("call.bye", "timeout")],
    base: 0.75,
    sentence: (facts) => `${facts.name()} does not answer BYE: calls stay open on its side.`,
    remedy: (facts) =>
      `Hang-up messages go to ${facts.print("call.contact")}: check Contact and Record-Route of its answers.`,
  },
  {
    id: "C1",
    cause: "codec-order",
    layer: "media",
    severity: "info",
    on: "sip",
    needs: [is("call.order", false)],
    base: 0.9,
    sentence: (facts) =>
      `The answer of ${facts.name()} uses ${facts.print("call.codec")} although a better codec was offered first (${facts.get("call.order")?.evidence ?? ""}).`,
    remedy: () => "Put the codecs of the server into the same order as the phones': g722, ulaw, alaw.",
  },
  {
    id: "C2",
    cause: "transcoding",
    layer: "media",
    severity: "minor",
    on: "sip",
    needs: [when("call.legs", (value) => Array.isArray(value) && new Set(value).size > 1)],
    base: 0.85,
    sentence: (facts) =>
      `The server recodes the call at ${facts.name()}: its legs use ${facts.print("call.legs")}, which costs quality, delay and processor.`,
    remedy: () => "Give both sides, and the trunk, the same codecs in the same order.",
  },
  {
    id: "T11",
    cause: "two-ways",
    layer: "network",
    severity: "minor",
    on: "sip",
    needs: [above("sip.twice", 1)],
    base: 0.7,
    sentence: (facts) =>
      `Messages with ${facts.name()} arrive twice, by two ways (TTL ${facts.print("sip.twice.ttl")}).`,
    remedy: () =>
      "Look for the second way: two uplinks that both forward, a loop between switches, a router that sends copies. If the capture was made at a mirrored port of several VLANs, capture at the phone instead.",
  },
  {
    id: "T14",
    cause: "answers-not-heard",
    layer: "signalling",
    severity: "major",
    on: "sip",
    needs: [above("sip.retrans.answered", 1)],
    base: 0.85,
    sentence: (facts) =>
      `Answers of ${facts.name()} go by in the capture, and the request comes again all the same, ${facts.print("sip.retrans.answered")} times: they do not reach who asked.`,
    remedy: () =>
      "Look at the way back: inbound UDP of the firewall before the caller, a Via that names the wrong address (rport), two ways of routing.",
  },
];
