import { any, is, seen, when } from "../condition.ts";
import type { Rule } from "../rule.ts";

// Rows I1–I4 of the matrix: STIR/SHAKEN (RFC 8224, 8225, 8226, 8588).

const isNot = (value: string) => (found: unknown) => found !== value;

export const identityRules: readonly Rule[] = [
  {
    id: "I1",
    cause: "not-signed",
    layer: "security",
    severity: "info",
    on: "call",
    needs: [is("stir.identity", false)],
    base: 0.8,
    sentence: (facts) => `${facts.name()} carries no Identity: its caller's number is not signed.`,
    remedy: () => "Ask the carrier for signed calls, or whether something on the way takes the header out.",
  },
  {
    id: "I2",
    cause: "signature-stale",
    layer: "security",
    severity: "major",
    on: "call",
    needs: [
      when(
        "stir.age",
        (value, facts) => typeof value === "number" && Math.abs(value) > facts.limit("stir.age.s"),
      ),
    ],
    base: 0.9,
    sentence: (facts) =>
      `The signature of ${facts.name()} is ${facts.print("stir.age")} old: clocks differ, or it was played again.`,
    remedy: () => "Compare the clocks of carrier and server with NTP. The code for it is 403 Stale Date.",
  },
  {
    id: "I3",
    cause: "certificate-not-had",
    layer: "security",
    severity: "major",
    on: "call",
    needs: [when("stir.certificate", isNot("fetched"))],
    base: 0.9,
    sentence: (facts) =>
      `The certificate of ${facts.name()} cannot be had: ${facts.print("stir.certificate")}.`,
    remedy: () => "Allow HTTPS (443) from the server to the certificate's host. The code for it is 436.",
  },
  {
    id: "I4",
    cause: "signature-does-not-hold",
    layer: "security",
    severity: "major",
    on: "call",
    needs: [
      any(
        seen(when("stir.signature", isNot("good"))),
        seen(when("stir.numbers", (value) => Array.isArray(value) && value.length > 0)),
      ),
    ],
    base: 0.85,
    sentence: (facts) => {
      const numbers = facts.get("stir.numbers")?.value;
      const differ = Array.isArray(numbers) && numbers.length > 0;
      return differ
        ? `The numbers of ${facts.name()} are not those that were signed: ${numbers.join("; ")}.`
        : `The signature of ${facts.name()} does not hold: ${facts.print("stir.signature")}.`;
    },
    remedy: () =>
      "Something on the way (an SBC, a number plan) rewrites after signing: let it sign again, or leave the numbers alone. The code for it is 438.",
  },
  {
    id: "I5",
    cause: "signer-not-trusted",
    layer: "security",
    severity: "major",
    on: "call",
    needs: [when("stir.trust", (value) => value !== "trusted" && value !== "not-checked")],
    base: 0.85,
    sentence: (facts) => `Who signed ${facts.name()} is not to be trusted: ${facts.print("stir.trust")}.`,
    remedy: () =>
      "Take the list of the country's authority for --roots; if it is current, refuse the signature (437).",
  },
  {
    id: "I6",
    cause: "weak-attestation",
    layer: "security",
    severity: "info",
    on: "call",
    needs: [is("stir.attest", "B", "C")],
    base: 0.8,
    sentence: (facts) =>
      `The carrier vouches for ${facts.name()} with ${facts.print("stir.attest")} alone: ${facts.print("stir.attest") === "B" ? "it knows the customer, not the right to the number" : "it only passes the call on"}.`,
    remedy: () =>
      "For A, the carrier must know that the caller may use this number: register the numbers with it.",
  },
];
