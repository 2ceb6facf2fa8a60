import { is, when } from "../condition.ts";
import type { Rule } from "../rule.ts";

// Rows S4, S6–S10 of the matrix: what a SIP server gives to strangers.

export const sipSecurityRules: readonly Rule[] = [
  {
    id: "S4",
    cause: "guest-calls",
    layer: "security",
    severity: "critical",
    on: "sip",
    needs: [is("guest.admitted", true)],
    base: 0.9,
    sentence: (facts) =>
      `Calls without a login reach the dial plan of ${facts.name()} (${facts.get("guest.admitted")?.evidence ?? ""}).`,
    remedy: () => "Set allowguest to no, or remove the anonymous endpoint; toll fraud begins here.",
  },
  {
    id: "S6",
    cause: "media-key-readable",
    layer: "security",
    severity: "major",
    on: "sip",
    needs: [is("sip.transport", "udp", "tcp"), is("call.keys", "sdes")],
    base: 0.98,
    sentence: (facts) =>
      `The key of the encrypted media of ${facts.name()} goes over ${facts.print("sip.transport").toUpperCase()}, where whoever is on the way reads it.`,
    remedy: () =>
      "Let signalling travel by TLS too, at every hop; else SRTP with SDES keys protects nothing.",
  },
  {
    id: "S7",
    cause: "media-in-clear",
    layer: "security",
    severity: "minor",
    on: "sip",
    needs: [is("sip.transport", "tls"), is("call.keys", "none")],
    base: 0.9,
    sentence: (facts) =>
      `${facts.name()} takes a call whose signalling is encrypted and whose media are not (${facts.print("call.profile")}): it can be listened to.`,
    remedy: () =>
      "Enable SRTP and demand it (media_encryption=sdes without media_encryption_optimistic), in the server and in the phones; `offhook diag call … --transport tls --srtp` is the proof.",
  },
  {
    id: "S8",
    cause: "open-to-outside",
    layer: "security",
    severity: "major",
    on: "sip",
    needs: [is("sip.outside", true)],
    base: 0.85,
    sentence: (facts) =>
      `${facts.name()} answers a place that it should not know (${facts.get("sip.outside")?.evidence ?? "it answered"}): scanners find it, too.`,
    remedy: () =>
      "Let the firewall admit 5060 and 5061 from the addresses of known trunks and offices alone, and drop the rest without an answer; phones elsewhere come by VPN or TLS with a login.",
  },
  {
    id: "S9",
    cause: "user-enumeration",
    layer: "security",
    severity: "minor",
    on: "sip",
    needs: [is("guest.tells", true)],
    base: 0.9,
    sentence: (facts) =>
      `${facts.name()} tells strangers which users exist: ${facts.get("guest.tells")?.evidence ?? ""}.`,
    remedy: () => "Let it answer users it does not know with the same challenge (alwaysauthreject).",
  },
  {
    id: "S10",
    cause: "weak-digest",
    layer: "security",
    severity: "info",
    on: "sip",
    needs: [
      when(
        "sip.auth.algorithms",
        (value) =>
          Array.isArray(value) && value.length > 0 && value.every((each) => /^MD5(?:-sess)?$/i.test(each)),
      ),
    ],
    supports: [{ weight: 0.05, if: is("sip.auth.qop", "") }],
    base: 0.9,
    sentence: (facts) =>
      `${facts.name()} offers ${facts.get("sip.auth.qop")?.value === "" ? "MD5 without qop" : "MD5"} alone for its logins.`,
    remedy: () => "Offer SHA-256 with qop first, and MD5 behind it for phones that know no more.",
  },
];
