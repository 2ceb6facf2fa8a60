import { subjectDetail } from "../../protocol/subject-text.ts";
import { above, any, is } from "../condition.ts";
import type { Facts } from "../facts.ts";
import type { Rule } from "../rule.ts";

// Rows R9–R25 of the matrix: what a final response says of a call or a registration.

const calling = is("sip.method", "INVITE");

/** The answer as it stood, and the headers that name what is missing. */
function answer(facts: Facts): string {
  const demands = facts.get("sip.demands")?.value;
  const named = Array.isArray(demands) && demands.length > 0 ? `; ${demands.join("; ")}` : "";
  return `${facts.print("sip.code")}${named}`;
}

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((each): each is string => typeof each === "string") : [];

export const responseRules: readonly Rule[] = [
  {
    id: "R9",
    cause: "number-not-known",
    layer: "signalling",
    severity: "minor",
    on: "sip",
    needs: [calling, is("sip.code", 404, 484, 604)],
    base: 0.85,
    sentence: (facts) => `${facts.name()} does not know this number (${answer(facts)}).`,
    remedy: () => "Check prefix, length and E.164 form of the number, and the dial plan of the server.",
  },
  {
    id: "R10",
    cause: "called-phone-away",
    layer: "signalling",
    severity: "minor",
    on: "sip",
    needs: [calling, is("sip.code", 480)],
    base: 0.8,
    sentence: (facts) =>
      `The phone called at ${facts.name()} is not logged in, or will not be disturbed (480).`,
    remedy: () => "Look whether it is registered, and at its do-not-disturb.",
  },
  {
    id: "R12",
    cause: "next-hop-silent",
    layer: "signalling",
    severity: "major",
    on: "sip",
    needs: [is("sip.code", 408, 504)],
    base: 0.7,
    sentence: (facts) => `${facts.name()} asked further on, and nobody answered it (${answer(facts)}).`,
    remedy: () => "Check the called phone's registration, or the trunk and the name server of the server.",
  },
  {
    id: "R13",
    cause: "call-forgotten",
    layer: "signalling",
    severity: "major",
    on: "sip",
    needs: [calling, any(is("call.bye", 481), is("call.refresh", "481"))],
    base: 0.8,
    sentence: (facts) => `${facts.name()} no longer knew the call while it was up (481).`,
    remedy: () => "It restarted, or a pool sent the request to another server: pin a call to one server.",
  },
  {
    id: "R14",
    cause: "routing-loop",
    layer: "signalling",
    severity: "critical",
    on: "sip",
    needs: [is("sip.code", 482, 483)],
    base: 0.95,
    sentence: (facts) => `The request runs in a circle behind ${facts.name()} (${answer(facts)}).`,
    remedy: () => "Two servers send it to each other: compare their routes for this number.",
  },
  {
    id: "R15",
    cause: "no-common-media",
    layer: "signalling",
    severity: "major",
    on: "sip",
    needs: [calling, is("sip.code", 488, 606)],
    supports: [{ weight: 0.05, if: above("sip.code", 0) }],
    base: 0.85,
    sentence: (facts) => {
      const taken = texts(facts.get("call.codecs.accepted")?.value);
      const alone = taken.length === 0 ? "" : ` Offered alone it takes ${taken.join(", ")}.`;
      return `${facts.name()} has no codec, or no kind of media protection, in common with the offer (${answer(facts)}).${alone}`;
    },
    remedy: (facts) => {
      const profiles = texts(facts.get("call.profiles.accepted")?.value);
      return profiles.length > 0 && !profiles.includes("RTP/AVP")
        ? `It takes ${profiles.join(", ")} only: turn media encryption on in the phones.`
        : "Add a codec that both sides know; if the profile differs (SAVP, AVP), change encryption on one side.";
    },
  },
  {
    id: "R16",
    cause: "extension-unsupported",
    layer: "signalling",
    severity: "minor",
    on: "sip",
    needs: [is("sip.code", 415, 420, 421)],
    base: 0.9,
    sentence: (facts) => `${facts.name()} lacks, or wants, a feature of the protocol (${answer(facts)}).`,
    remedy: () => "The header that is named says which: turn it off, or on, in the phones.",
  },
  {
    id: "R17",
    cause: "session-too-short",
    layer: "signalling",
    severity: "minor",
    on: "sip",
    needs: [is("sip.code", 422)],
    base: 0.95,
    sentence: (facts) => `${facts.name()} finds the session interval too short (${answer(facts)}).`,
    remedy: () => "Raise Session-Expires of the phones to at least the Min-SE of the answer.",
  },
  {
    id: "R18",
    cause: "registration-too-short",
    layer: "auth",
    severity: "info",
    on: "sip",
    needs: [above("reg.minExpires", 0)],
    base: 0.95,
    sentence: (facts) =>
      `${facts.name()} wants a registration time of at least ${facts.print("reg.minExpires")} (423).`,
    remedy: (facts) =>
      `Raise the registration time of the phones to ${facts.print("reg.minExpires")} or more.`,
  },
  {
    id: "R19",
    cause: "both-sides-change",
    layer: "signalling",
    severity: "minor",
    on: "sip",
    needs: [calling, any(is("call.refresh", "491"), is("sip.code", 491))],
    base: 0.8,
    sentence: (facts) => `${facts.name()} and the caller changed the call at once (491).`,
    remedy: () => "Normal when rare; if it is frequent, let one side alone refresh the session.",
  },
  {
    id: "R22",
    cause: "request-too-large",
    layer: "signalling",
    severity: "major",
    on: "sip",
    needs: [is("sip.code", 513)],
    base: 0.85,
    sentence: (facts) => `${facts.name()} refuses the request for its size (513).`,
    remedy: () => "Shorten the codec list of the phones, or use TCP.",
  },
  {
    id: "Q3",
    cause: "servers-alternate",
    layer: "signalling",
    severity: "minor",
    on: "sip",
    needs: [above("sip.signatures.changes", 1)],
    supports: [{ weight: 0.05, if: above("sip.signatures.changes", 3) }],
    base: 0.75,
    sentence: (facts) => {
      const servers = texts(facts.get("sip.signatures")?.value);
      return `Requests to ${facts.name()} reach ${servers.length} servers in turn (${servers.join(" | ")}): what belongs to one call may get 481 from another.`;
    },
    remedy: () =>
      "Pin each phone, or each call, to one server; where it is anycast, give the phones the name of one site.",
  },
  {
    id: "R24",
    cause: "caller-identity-refused",
    layer: "signalling",
    severity: "major",
    on: "sip",
    needs: [is("sip.code", 428, 436, 437, 438)],
    base: 0.9,
    sentence: (facts) =>
      `${facts.name()} does not take the signature of the caller's number (${answer(facts)}).`,
    remedy: () =>
      "Ask the carrier for signed calls; its certificate must be fetchable by HTTPS, and clocks must be right.",
  },
  {
    id: "R25",
    cause: "shared-account",
    layer: "auth",
    severity: "minor",
    on: "sip",
    needs: [above("reg.devices", 1)],
    base: 0.7,
    sentence: (facts) =>
      `${facts.print("reg.devices").replace(/ n$/, "")} devices are logged in as ${subjectDetail(facts.subject) ?? "one account"} at ${facts.name()}: ${texts(facts.get("reg.contacts")?.value).join(", ")}.`,
    remedy: () =>
      "If they are not meant to ring together, give each its own account; an old address of one phone goes by itself.",
  },
];
