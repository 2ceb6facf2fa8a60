import { below, is, when } from "../condition.ts";
import type { Rule } from "../rule.ts";

// Rows L1–L3 of the matrix, and L7.

export const tlsRules: readonly Rule[] = [
  {
    id: "L1",
    cause: "certificate-expired",
    layer: "tls",
    severity: "critical",
    on: "sip",
    needs: [below("tls.daysLeft", 0)],
    base: 0.97,
    sentence: (facts) =>
      `The certificate of ${facts.name()} ended ${Math.abs(Math.round(facts.number("tls.daysLeft") ?? 0))} days ago.`,
    remedy: () => "Renew the certificate and reload the service.",
  },
  {
    id: "L7",
    cause: "no-tls-here",
    layer: "tls",
    severity: "critical",
    on: "sip",
    needs: [is("sip.transport", "tls"), is("tls.instead", "another protocol", "nothing")],
    base: 0.9,
    sentence: (facts) =>
      facts.get("tls.instead")?.value === "nothing"
        ? `${facts.name()} takes the connection, and nothing of TLS comes from it.`
        : `${facts.name()} takes the connection and answers with something that is not TLS.`,
    remedy: () =>
      "Use the server's TLS port (5061 as a rule), or switch TLS on for this one; until then phones that are set to TLS cannot register.",
  },
  {
    id: "L2",
    cause: "certificate-name",
    layer: "tls",
    severity: "major",
    on: "sip",
    needs: [is("tls.nameMatch", false)],
    base: 0.95,
    sentence: (facts) =>
      `The certificate of ${facts.name()} is for ${facts.print("tls.names")}, not for the name that was asked for.`,
    remedy: () =>
      "Have a certificate issued that contains the SIP domain, or correct the domain in the phones.",
  },
  {
    id: "L3",
    cause: "certificate-chain",
    layer: "tls",
    severity: "major",
    on: "sip",
    needs: [
      when(
        "tls.chain",
        (value) => typeof value === "string" && /UNABLE_TO|SELF_SIGNED|UNKNOWN|INCOMPLETE/i.test(value),
      ),
    ],
    base: 0.9,
    sentence: (facts) =>
      `The chain of ${facts.name()} does not lead to a root known here (${facts.print("tls.chain")}).`,
    remedy: () =>
      "Have the server send its intermediate certificates, or load its private root into the phones.",
  },
];
