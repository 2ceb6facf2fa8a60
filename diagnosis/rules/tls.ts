import { below, ended, is, seen, when } from "../condition.ts";
import type { Rule } from "../rule.ts";

// Rows L1–L7 of the matrix.

/** The version that every phone of the last ten years speaks. */
const common = "TLSv1.2";
const wantsCertificate = seen(is("tls.clientCert", true));

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
  {
    id: "L4",
    cause: "tls-versions",
    layer: "tls",
    severity: "major",
    on: "sip",
    needs: [
      when("tls.versions", (value) => Array.isArray(value) && value.length > 0 && !value.includes(common)),
    ],
    // A handshake that ends for want of a certificate says nothing of its version.
    contradicts: [{ weight: 0.8, if: wantsCertificate }],
    base: 0.9,
    sentence: (facts) =>
      `${facts.name()} takes ${facts.print("tls.versions").replaceAll(",", ", ")} alone, and many phones need ${common}.`,
    remedy: (facts) =>
      facts.print("tls.versions").includes("TLSv1.3")
        ? `Let the server take ${common} beside TLSv1.3, or update the phones' firmware.`
        : `Bring the server to ${common} or later: phones of today refuse older ones.`,
  },
  {
    id: "L5",
    cause: "client-certificate-wanted",
    layer: "tls",
    severity: "major",
    on: "sip",
    needs: [is("tls.clientCert", true)],
    base: 0.9,
    sentence: (facts) => `${facts.name()} ends the session of whoever shows no client certificate.`,
    remedy: () =>
      "Load the device certificate and its chain into the phones, or switch the demand off at the server.",
  },
  {
    id: "L6",
    cause: "tls-without-sip",
    layer: "tls",
    severity: "major",
    on: "sip",
    needs: [
      is("sip.transport", "tls"),
      when("tls.version", (value) => value !== null),
      ended("sip.code", "timeout", "garbled", "refused"),
    ],
    contradicts: [{ weight: 0.7, if: wantsCertificate }],
    base: 0.75,
    sentence: (facts) => `TLS comes up at ${facts.name()}, and no SIP answers on it.`,
    remedy: () =>
      "Check that the port is SIP's (5061 as a rule) and not that of a web or WebSocket service, and that OPTIONS is allowed.",
  },
];
