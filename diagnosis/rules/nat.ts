import { above, all, any, below, ended, is, when, type Condition } from "../condition.ts";
import type { Facts } from "../facts.ts";
import type { Rule } from "../rule.ts";

// Rows A1–A9, T3, T5, T6, T8 and T9 of the matrix: what the way does to packets.

const notEmpty = (value: unknown): boolean => Array.isArray(value) && value.length > 0;
const listed = (facts: Facts, key: Parameters<Facts["get"]>[0]): readonly string[] => {
  const value = facts.get(key)?.value;
  return Array.isArray(value) ? value : [];
};

/** Only a pause that a port was seen to survive is advised. */
function keepAliveStep(facts: Facts): string {
  if (facts.number("nat.keepAlive") === undefined) return "No keep-alive is short enough here: raise";
  return `Set the phones' keep-alive to ${facts.print("nat.keepAlive")} or less, or raise`;
}

/** Codes of RFC 8656 and RFC 8489 in words, with what to do. */
const turnCodes: Readonly<Record<number, readonly [string, string]>> = {
  400: ["calls the request broken", "Check that it is a TURN server, and what stands in front of it."],
  401: [
    "refuses the login",
    "Correct user and password; a second 401 to a signed request says that one is wrong.",
  ],
  403: ["forbids it for this account", "Allow this account, or this address, to use the relay."],
  437: ["says the allocation is another's", "Repeat in a minute; something reuses ports on the way."],
  438: [
    "calls every nonce stale",
    "Check the server's clock and whether several servers answer for one name.",
  ],
  441: ["says the login is another one than before", "Use one account for one allocation."],
  442: ["does not relay UDP", "Allow UDP as transport in the server's settings."],
  486: ["says the account's quota is used up", "Raise the quota of this account, or end old allocations."],
  508: ["has no capacity left", "Give the server more relay ports."],
};

const isRefusal: Condition = all(
  above("turn.code", 0),
  any(
    when("turn.code", (value) => value !== 401),
    is("turn.signed", true),
  ),
);

export const natRules: readonly Rule[] = [
  {
    id: "A1",
    cause: "stun-blocked",
    layer: "nat",
    severity: "major",
    on: "path",
    needs: [ended("stun.ok", "timeout", "refused")],
    base: 0.75,
    sentence: (facts) =>
      `STUN at ${facts.subject.slice("path:".length)} gives no answer: this UDP port is blocked on the way, or nobody listens there.`,
    remedy: () =>
      "Allow UDP to this port, or name a STUN server that answers; try another port to tell which.",
  },
  {
    id: "A7",
    cause: "addresses-altered",
    layer: "nat",
    severity: "major",
    on: "path",
    needs: [is("stun.xor", false)],
    base: 0.95,
    sentence: () =>
      "A device on the way rewrites addresses inside packets: the plain address of one STUN answer differs from the masked one.",
    remedy: () => "Turn off application helpers (ALG) in the router.",
  },
  {
    id: "A2",
    cause: "symmetric-nat",
    layer: "nat",
    severity: "minor",
    on: "path",
    needs: [is("nat.mapping", "address-dependent", "address-and-port-dependent")],
    base: 0.9,
    sentence: () =>
      "The NAT takes a new public port for each far end (symmetric): an address learnt by STUN is of no use to others.",
    remedy: () => "Switch STUN off in the phones and use a server with symmetric RTP, or TURN.",
  },
  {
    id: "A4",
    cause: "no-hairpin",
    layer: "nat",
    severity: "info",
    on: "path",
    needs: [is("nat.behind", true), is("nat.hairpin", false)],
    base: 0.8,
    sentence: () => "Two phones behind this NAT do not reach each other by its public address.",
    remedy: () =>
      "Where the server lets phones talk directly, keep calls inside local, or have it anchor media.",
  },
  {
    id: "A5",
    cause: "double-nat",
    layer: "nat",
    severity: "minor",
    on: "path",
    needs: [is("nat.double", true)],
    base: 0.85,
    sentence: (facts) =>
      `There are two NATs in a row: ${facts.get("nat.double")?.evidence ?? "by the addresses seen"}.`,
    remedy: () =>
      "Port forwards will not work: put one of the two routers into bridge mode, or use outbound TLS and TURN.",
  },
  {
    id: "A6",
    cause: "several-lines",
    layer: "nat",
    severity: "major",
    on: "path",
    needs: [when("nat.addresses", (value) => Array.isArray(value) && value.length > 1)],
    base: 0.85,
    sentence: (facts) =>
      `Packets leave by different lines (${listed(facts, "nat.addresses").join(", ")}): signalling and media part.`,
    remedy: () => "Pin voice to one line in the router.",
  },
  {
    id: "A9",
    cause: "turn-refused",
    layer: "nat",
    severity: "major",
    on: "path",
    needs: [isRefusal],
    base: 0.9,
    sentence: (facts) => {
      const code = facts.number("turn.code") ?? 0;
      return `The TURN server ${turnCodes[code]?.[0] ?? "refuses"} (${code}).`;
    },
    remedy: (facts) =>
      turnCodes[facts.number("turn.code") ?? 0]?.[1] ?? "See the server's log for the reason.",
  },
  {
    id: "A10",
    cause: "relay-dead",
    layer: "nat",
    severity: "major",
    on: "path",
    needs: [is("turn.code", 0), is("turn.relays", false)],
    base: 0.8,
    sentence: (facts) =>
      `The TURN server grants ${facts.print("turn.relay")}, and packets do not go through it.`,
    remedy: () =>
      "Open the server's relay port range in its firewall, and check the external address it is told.",
  },
  {
    id: "T3",
    cause: "pinhole-short",
    layer: "nat",
    severity: "minor",
    on: "path",
    needs: [below("nat.life.short", (facts) => facts.limit("nat.life.seconds"))],
    base: 0.92,
    sentence: (facts) =>
      `The firewall forgets a phone that is silent for about ${facts.print("nat.life.short")}: calls in fail until it speaks again.`,
    remedy: (facts) =>
      `${keepAliveStep(facts)} the UDP timeout of the firewall.${
        facts.get("nat.life.inbound")?.value === false
          ? " The server's own questions (qualify) do not keep the port open here: the phones must speak."
          : ""
      }`,
  },
  {
    id: "T12",
    cause: "public-port-changes",
    layer: "nat",
    severity: "major",
    on: "path",
    needs: [above("nat.rebinds", 0)],
    base: 0.75,
    sentence: (facts) =>
      `The public port of a phone changes while it speaks (${facts.get("nat.rebinds")?.evidence ?? facts.print("nat.rebinds")}): the server calls one that is gone.`,
    remedy: () =>
      "Use TCP or TLS for SIP, or a shorter keep-alive; ask the provider whether it shares ports (CGNAT).",
  },
  {
    id: "T6",
    cause: "sip-alg",
    layer: "nat",
    severity: "major",
    on: "path",
    needs: [any(when("alg.fields", notEmpty), when("alg.inbound", notEmpty), is("alg.reverse", true))],
    supports: [{ weight: 0.03, if: is("alg.by", "mirror") }],
    base: 0.95,
    sentence: (facts) => {
      const names = (key: "alg.fields" | "alg.inbound") => [
        ...new Set(listed(facts, key).map((each) => each.split(":")[0] ?? "")),
      ];
      const [out, inward] = [names("alg.fields").join(", "), names("alg.inbound").join(", ")];
      const told = [out, ...(inward === "" ? [] : [`in calls from outside: ${inward}`])].filter(Boolean);
      const what =
        told.length === 0 ? "answers name our private address where a public one was seen" : told.join("; ");
      const ways = listed(facts, "alg.touched");
      const where = ways.length === 0 ? "" : ` ${ways.join(" and ")}`;
      return `A device on the way rewrites SIP${where} (${what}): a SIP ALG is on.`;
    },
    remedy: (facts) => {
      const ways = listed(facts, "alg.escapes");
      const out =
        ways.length === 0
          ? "use TLS"
          : `SIP ${ways.join(", or ")} escapes it, as was tried: set the phones so`;
      return `Turn off “SIP ALG”, “SIP helper” or “SIP transformations” in the router; where that is not possible ${out}.`;
    },
  },
  {
    id: "A8",
    cause: "alg-half",
    layer: "nat",
    severity: "major",
    on: "path",
    needs: [when("alg.fields", notEmpty), when("alg.left", notEmpty)],
    base: 0.9,
    sentence: (facts) =>
      `The rewriting is not complete: ${listed(facts, "alg.left").join(", ")} still names a private address.`,
    remedy: () =>
      "Turn the SIP ALG off: what it leaves out (RTCP as a rule) goes to an address that nobody reaches.",
  },
  {
    id: "A11",
    cause: "sip-blocked",
    layer: "nat",
    severity: "major",
    on: "path",
    needs: [any(when("alg.blocked", notEmpty), ended("alg.inbound", "timeout"))],
    base: 0.85,
    sentence: (facts) => {
      const inward = facts.get("alg.inbound")?.outcome === "timeout" ? ["INVITE from outside"] : [];
      const names = [...listed(facts, "alg.blocked"), ...inward];
      return `Some SIP messages do not arrive although others do: ${names.join(", ")}.`;
    },
    remedy: () =>
      "A device on the way drops what it cannot read: turn the SIP ALG off, or move SIP to another port or TLS.",
  },
  {
    id: "T5",
    cause: "private-address-announced",
    layer: "nat",
    severity: "major",
    on: ["sip", "path"],
    needs: [when("sip.leak", notEmpty)],
    base: 0.9,
    sentence: (facts) =>
      `A private address is announced to the public side: ${listed(facts, "sip.leak").join(", ")}.`,
    remedy: () =>
      "Set the external signalling and media address of the server, or its NAT handling for this account.",
  },
  {
    id: "T8",
    cause: "mtu-black-hole",
    layer: "nat",
    severity: "major",
    on: "path",
    needs: [
      when("mtu.df", (value, facts) => typeof value === "number" && value < (facts.number("mtu.most") ?? 0)),
      is("mtu.icmp", false),
      is("mtu.frag", true),
    ],
    base: 0.9,
    sentence: (facts) =>
      `A device drops packets above ${facts.print("mtu.df")} without telling: a path MTU black hole.`,
    remedy: () => "Allow ICMP type 3 code 4 (and ICMPv6 type 2), or clamp the MTU of the line's router.",
  },
  {
    id: "T13",
    cause: "fragments-dropped",
    layer: "nat",
    severity: "major",
    on: "path",
    needs: [is("mtu.frag", false)],
    base: 0.9,
    sentence: (facts) =>
      `Fragments are dropped on the way: UDP messages above ${facts.number("mtu.df") ?? "about 1500"} bytes are lost.`,
    remedy: () =>
      "Use TCP or TLS for SIP, or shorten the codec list; then find the device that drops fragments.",
  },
  {
    id: "T9",
    cause: "idle-cut",
    layer: "nat",
    severity: "minor",
    on: "path",
    needs: [when("idle.life", (value) => typeof value === "number")],
    base: 0.85,
    sentence: (facts) =>
      `A connection that is silent for ${facts.print("idle.life")} no longer works: calls in by it are lost.`,
    remedy: (facts) =>
      `Turn on CRLF keep-alive (RFC 5626) every ${Math.max(1, Math.floor((facts.number("idle.life") ?? 0) * 0.8))} s or sooner.`,
  },
];
