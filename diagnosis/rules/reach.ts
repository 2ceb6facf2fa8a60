import { above, all, any, below, ended, is, over, seen, when } from "../condition.ts";
import type { Rule } from "../rule.ts";

// Rows N1–N7 of the matrix. A final response of any class proves that request and response both crossed the path.

const overUdp = is("sip.transport", "udp");
const silent = ended("sip.code", "timeout");
const answers = ended("sip.code", "ok");

export const reachRules: readonly Rule[] = [
  {
    id: "N1",
    cause: "port-closed",
    layer: "reach",
    severity: "critical",
    on: "sip",
    needs: [overUdp, ended("sip.code", "refused")],
    base: 0.95,
    sentence: (facts) =>
      `The host of ${facts.name()} is up, but nothing listens on that UDP port (${facts.print("sip.icmp")}).`,
    remedy: () => "Check the address and port the SIP service is bound to, and restart it.",
  },
  {
    id: "N2",
    cause: "udp-filtered",
    layer: "reach",
    severity: "critical",
    on: "sip",
    needs: [overUdp, silent, over("tcp", answers)],
    base: 0.85,
    sentence: (facts) =>
      `${facts.name()} is silent over UDP while TCP to the same port answers: a firewall drops UDP.`,
    remedy: () => "Allow UDP on this port, or set the phones to TCP.",
  },
  {
    id: "N4",
    cause: "host-silent",
    layer: "reach",
    severity: "critical",
    on: "sip",
    needs: [
      any(
        all(overUdp, silent),
        all(is("sip.transport", "tcp", "tls"), ended("sip.code", "timeout", "unreachable")),
      ),
    ],
    supports: [{ weight: 0.15, if: over("tcp", ended("sip.code", "timeout", "unreachable")) }],
    contradicts: [
      { weight: 0.5, if: over("tcp", answers) },
      { weight: 0.3, if: over("tcp", ended("sip.code", "refused")) },
      // Whoever shakes hands is there: L6.
      { weight: 0.7, if: seen(when("tls.version", (value) => value !== null)) },
      // Where UDP is silent as well, that finding speaks for the host.
      { weight: 0.1, if: all(is("sip.transport", "tcp", "tls"), over("udp", silent)) },
    ],
    base: 0.7,
    sentence: (facts) => `${facts.name()} does not answer at all: no response, no ICMP.`,
    remedy: () =>
      "Check the address, the route and the egress rules of this VLAN; then whether the host is up.",
  },
  {
    id: "N5",
    cause: "connection-refused",
    layer: "reach",
    severity: "critical",
    on: "sip",
    needs: [is("sip.transport", "tcp", "tls"), ended("sip.code", "refused")],
    base: 0.8,
    sentence: (facts) => `${facts.name()} refuses the connection (${facts.print("sip.icmp")}).`,
    remedy: () =>
      "Start the SIP service on this transport, or open the port; a firewall may also answer with a reset.",
  },
  {
    id: "N7",
    cause: "requests-lost",
    layer: "reach",
    severity: "minor",
    on: "sip",
    needs: [overUdp, answers, above("sip.retrans", 0)],
    supports: [{ weight: 0.1, if: seen(below("sip.rtt", 200)) }],
    base: 0.65,
    sentence: (facts) =>
      `${facts.name()} answered only after ${facts.print("sip.retrans")} retransmission(s): requests or answers get lost.`,
    remedy: () =>
      "Repeat with `offhook diag sip --tries 20`; look at the link and at the size of UDP queues on the way.",
  },
  {
    id: "N6",
    cause: "answers-broken",
    layer: "signalling",
    severity: "minor",
    on: "sip",
    needs: [ended("sip.code", "garbled")],
    // L4 to L7 say that better.
    contradicts: [
      { weight: 0.8, if: seen(when("tls.instead", (value) => value !== null)) },
      { weight: 0.8, if: seen(when("tls.version", (value) => value !== null)) },
      { weight: 0.8, if: seen(when("tls.versions", (value) => Array.isArray(value) && value.length > 0)) },
    ],
    supports: [
      { weight: 0.05, if: when("sip.defects", (value) => Array.isArray(value) && value.length > 0) },
    ],
    base: 0.7,
    sentence: (facts) => `Something answers at ${facts.name()}, but not with SIP that can be read.`,
    remedy: () => "Check that the port is the SIP port, and look at the evidence for what was sent.",
  },
];
