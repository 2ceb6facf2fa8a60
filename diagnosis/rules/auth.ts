import { is, when } from "../condition.ts";
import type { Rule } from "../rule.ts";

// Rows R4–R21 of the matrix. A first 401 is part of every good login and says nothing about the password.

export const authRules: readonly Rule[] = [
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
    remedy: () =>
      "Compare user, realm and password of the account on both sides; a wrong realm gives the same picture.",
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
