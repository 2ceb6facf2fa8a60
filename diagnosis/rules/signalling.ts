import { ended, is, over } from "../condition.ts";
import type { Rule } from "../rule.ts";

// Rows T1–T12 and R23 of the matrix.

export const signallingRules: readonly Rule[] = [
  {
    id: "T7",
    cause: "large-requests-lost",
    layer: "nat",
    severity: "major",
    on: "sip",
    needs: [is("sip.transport", "udp"), ended("sip.code", "ok"), is("sip.large", false)],
    supports: [{ weight: 0.05, if: over("tcp", ended("sip.code", "ok")) }],
    base: 0.9,
    sentence: (facts) =>
      `${facts.name()} answers small requests and never large ones: UDP packets above about 1300 bytes are lost on the way.`,
    remedy: () =>
      "Set the phones to TCP, or shorten the codec list; then find the device that drops fragments.",
  },
  {
    id: "R23",
    cause: "request-refused",
    layer: "signalling",
    severity: "minor",
    on: "sip",
    needs: [is("sip.code", 400)],
    base: 0.7,
    sentence: (facts) => `${facts.name()} calls the request broken: "${facts.print("sip.reason")}".`,
    remedy: () =>
      "A device on the way may have damaged the message: compare over TLS, which nothing can alter.",
  },
];
