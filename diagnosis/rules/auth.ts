import { is, when } from "../condition.ts";
import type { Rule } from "../rule.ts";

// Rows R4–R21 of the matrix. A first 401 is part of every good login and says nothing about the password.

export const authRules: readonly Rule[] = [
  {
    id: "R3",
    cause: "nonces-not-shared",
    layer: "auth",
    severity: "major",
    on: "sip",
    needs: [is("sip.auth.stage", "stale")],
    base: 0.8,
    sentence: (facts) =>
      `${facts.name()} calls each nonce too old, also one it has just given: requests land on different servers of a pool.`,
    remedy: () =>
      "Pin each phone to one server (no balancing per request), or let the servers share their nonces.",
  },
  {
    id: "R4",
    cause: "password-refused",
    layer: "auth",
    severity: "major",
    on: "sip",
    needs: [is("sip.code", 401, 407), is("sip.auth.stage", "refused")],
    base: 0.9,
    sentence: (facts) =>
      `${facts.name()} refuses the password: it challenged again after credentials were sent, and not for a stale nonce.`,
    remedy: (facts) => {
      const why = facts.get("sip.auth.why")?.value;
      const told = Array.isArray(why) && why.length > 0 ? ` What was found: ${why.join("; ")}.` : "";
      return `Compare user, realm and password of the account on both sides; a wrong realm gives the same picture.${told}`.slice(
        0,
        1000,
      );
    },
  },
  {
    id: "R5",
    cause: "algorithm-not-shared",
    layer: "auth",
    severity: "major",
    on: "sip",
    needs: [is("sip.auth.cause", "no-algorithm")],
    base: 0.9,
    sentence: (facts) =>
      `${facts.name()} asks for a login by ${facts.print("sip.auth.algorithms")} alone, which nobody here can do.`,
    remedy: () => "Let the server offer SHA-256 or MD5 as well; most phones know no more than these.",
  },
  {
    id: "R6",
    cause: "source-forbidden",
    layer: "auth",
    severity: "major",
    on: "sip",
    needs: [is("sip.code", 403), is("sip.auth.stage", "none")],
    base: 0.75,
    sentence: (facts) =>
      `${facts.name()} answers 403 before it asks for any password: it refuses this address or this domain.`,
    remedy: (facts) => {
      const us = facts.get("sip.via.received")?.value;
      return `Add ${typeof us === "string" ? us : "our address"} to its access list, or set the SIP domain it expects.`;
    },
  },
  {
    id: "R7",
    cause: "action-forbidden",
    layer: "auth",
    severity: "major",
    on: "sip",
    needs: [is("sip.code", 403), is("sip.auth.stage", "sent", "ok", "refused")],
    base: 0.75,
    sentence: (facts) =>
      `${facts.name()} takes the login and forbids the action (403 ${facts.print("sip.reason")}).`,
    remedy: () => "Check that the account is not locked and may do this; look at the From number it uses.",
  },
  {
    id: "R20",
    cause: "server-overloaded",
    layer: "signalling",
    severity: "critical",
    on: "sip",
    needs: [is("sip.code", 503)],
    supports: [{ weight: 0.1, if: when("sip.retryAfter", (value) => value !== null) }],
    base: 0.8,
    sentence: (facts) => {
      const wait = facts.number("sip.retryAfter");
      return `${facts.name()} answers 503: overloaded, or without a route to its trunk${wait === undefined ? "" : `; it asks to wait ${wait} s`}.`;
    },
    remedy: () => "Check load and trunk status of the server; phones should have a second server to go to.",
  },
  {
    id: "R21",
    cause: "server-fault",
    layer: "signalling",
    severity: "critical",
    on: "sip",
    needs: [is("sip.code", 500, 502)],
    base: 0.6,
    sentence: (facts) =>
      `${facts.name()} reports a fault of its own (${facts.print("sip.code")} ${facts.print("sip.reason")}).`,
    remedy: () => "Give the Call-ID in the evidence to whoever runs the server: its log names the fault.",
  },
];
