import { above, all, any, below, ended, is, over, seen, when, type Condition } from "../condition.ts";
import type { Facts } from "../facts.ts";
import type { Rule } from "../rule.ts";

// Rows N1–N8 and R8 of the matrix. A final response of any class proves that request and response both crossed the path.

const overUdp = is("sip.transport", "udp");
const silent = ended("sip.code", "timeout");
const answers = ended("sip.code", "ok");
const quiet = ended("sip.code", "timeout", "unreachable");

/** Other ports of the host that answered with SIP, such as `udp 5080`. */
const openDoors = (facts: Facts): readonly string[] => {
  const value = facts.get("sip.ports.alive")?.value;
  return Array.isArray(value) ? value : [];
};
const someDoor = (begins: string): Condition =>
  when("sip.ports.alive", (value) => Array.isArray(value) && value.some((door) => door.startsWith(begins)));
const noDoor = when("sip.ports.alive", (value) => Array.isArray(value) && value.length === 0);

/** `pbx.example` of `sip:pbx.example:5060/udp` and of `path:pbx.example:3478`. */
const hostOf = (subject: string): string => /^\w+:(.+?)(?::\d+)?(?:\/.*)?$/.exec(subject)?.[1] ?? subject;

/** A STUN server answers: the one at the same host, or any. */
const stunWorks =
  (where: "same-host" | "anywhere"): Condition =>
  (facts) => {
    const all = facts.index.all("stun.ok");
    const near =
      where === "anywhere" ? all : all.filter((each) => hostOf(each.subject) === hostOf(facts.subject));
    const good = near.filter(({ value, outcome }) => outcome === "ok" && value === true);
    if (near.length === 0) return { state: "unknown", because: [], missing: ["stun.ok"] };
    return { state: good.length > 0 ? "holds" : "fails", because: good.slice(0, 1), missing: [] };
  };

/** Nothing of SIP at the host answers, over TCP neither, and yet UDP works on this line. */
const sipAloneSilent = all(overUdp, silent, any(over("tcp", quiet), noDoor), stunWorks("anywhere"));

const port5060: Condition = (facts) => ({
  state: /:5060\//.test(facts.subject) ? "holds" : "fails",
  because: [],
  missing: [],
});
/** Port 5060 fares otherwise than its neighbours: by destination, or by our own source port. */
const special = all(
  overUdp,
  any(
    all(port5060, silent, someDoor("udp ")),
    all(silent, is("sip.from5060", "answers")),
    all(answers, is("sip.from5060", "silent")),
  ),
);

/** Some SIP server answers this agent: the way is open. */
const someServerAnswers: Condition = (facts) => {
  const good = facts.index.all("sip.code").filter(({ outcome }) => outcome === "ok");
  return good.length > 0
    ? { state: "holds", because: good.slice(0, 1), missing: [] }
    : { state: "unknown", because: [], missing: ["sip.code"] };
};

const gone = ended("sip.code", "timeout", "refused");
/** Fewer refusals no guard bans for. */
const banned = all(gone, above("sip.refusals", 2));

export const reachRules: readonly Rule[] = [
  {
    id: "N1",
    cause: "port-closed",
    layer: "reach",
    severity: "critical",
    on: "sip",
    needs: [overUdp, ended("sip.code", "refused")],
    // Guards may answer for the host with ICMP: R8.
    contradicts: [{ weight: 0.7, if: seen(banned) }],
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
    needs: [overUdp, silent, any(over("tcp", answers), someDoor("tcp "))],
    contradicts: [{ weight: 0.7, if: seen(special) }],
    base: 0.85,
    sentence: (facts) =>
      `${facts.name()} is silent over UDP while TCP to the same host answers: a firewall drops UDP.`,
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
      { weight: 0.6, if: seen(any(sipAloneSilent, over("udp", sipAloneSilent))) },
      { weight: 0.6, if: seen(when("sip.ports.alive", (value) => Array.isArray(value) && value.length > 0)) },
      { weight: 0.7, if: seen(special) },
      { weight: 0.7, if: seen(banned) },
      // Whoever shakes hands is there: L6.
      { weight: 0.7, if: seen(when("tls.version", (value) => value !== null)) },
      // Where UDP is silent as well, that finding speaks for the host.
      { weight: 0.1, if: all(is("sip.transport", "tcp", "tls"), over("udp", silent)) },
    ],
    base: 0.7,
    sentence: (facts) => `${facts.name()} does not answer at all: no response, no ICMP.`,
    remedy: (facts) => {
      const further =
        facts.get("sip.ports") === undefined
          ? " `offhook diag sip --sweep` tells whether SIP's ports alone are blocked."
          : "";
      return `Check the address, the route and the egress rules of this VLAN; then whether the host is up.${further}`;
    },
  },
  {
    id: "N3",
    cause: "sip-ports-blocked",
    layer: "reach",
    severity: "critical",
    on: "sip",
    needs: [sipAloneSilent],
    supports: [{ weight: 0.25, if: stunWorks("same-host") }],
    // A STUN server elsewhere says that the line is good, and nothing of the SIP server itself.
    base: 0.6,
    sentence: (facts) =>
      stunWorks("same-host")(facts).state === "holds"
        ? `The host of ${facts.name()} answers STUN, and none of its SIP ports answers: a firewall blocks SIP alone.`
        : `UDP to a STUN server works from here, and no SIP port of ${facts.name()} answers: a firewall blocks SIP alone, or the server is down.`,
    remedy: () => "Open UDP and TCP 5060, and TCP 5061, to the server; if they are open, look at the server.",
  },
  {
    id: "N8",
    cause: "port-5060-special",
    layer: "reach",
    severity: "critical",
    on: "sip",
    needs: [special],
    supports: [{ weight: 0.05, if: all(silent, is("sip.from5060", "answers")) }],
    base: 0.85,
    sentence: (facts) => {
      const from = facts.get("sip.from5060");
      if (facts.get("sip.code")?.outcome === "ok")
        return `${facts.name()} answers, but not to a request from our port 5060: that port is treated specially on the way.`;
      if (from?.value === "answers")
        return `${facts.name()} answers to our port 5060 alone: that port is treated specially on the way.`;
      return `${facts.name()} is silent while ${openDoors(facts).join(" and ")} of the same host answers: UDP port 5060 is treated specially on the way, or the server has moved.`;
    },
    remedy: () =>
      "Turn the SIP ALG of the router off, or move to port 5080 or TLS; some providers block 5060.",
  },
  {
    id: "R8",
    cause: "banned",
    layer: "reach",
    severity: "critical",
    on: "sip",
    needs: [banned],
    supports: [{ weight: 0.2, if: is("sip.otherSource", "answers") }],
    contradicts: [{ weight: 0.5, if: is("sip.otherSource", "silent", "refused") }],
    base: 0.7,
    sentence: (facts) => {
      const other = facts.get("sip.otherSource");
      const also = other?.value === "answers" ? `, and another address of ours is answered` : "";
      return `${facts.name()} answered ${facts.print("sip.lastAnswer")} ago, had refused ${facts.number("sip.refusals") ?? 0} logins from here, and is silent now${also}: our address is banned.`;
    },
    remedy: () =>
      "Correct the password first, then take the ban away (fail2ban-client set JAIL unbanip ADDRESS), or wait for its end; name the site's address in ignoreip.",
  },
  {
    id: "N9",
    cause: "phone-not-registered",
    layer: "reach",
    severity: "major",
    on: "phone",
    needs: [is("phone.registered", false), someServerAnswers],
    supports: [{ weight: 0.05, if: when("phone.answers", (value) => value === true) }],
    base: 0.8,
    sentence: (facts) => {
      const alone = facts.get("phone.answers")?.value === true ? ", which answers at its own address," : "";
      return `The SIP server answers from here, and ${facts.name()}${alone} is not registered there (${facts.get("phone.registered")?.evidence ?? ""}): the fault is on the phone's side.`;
    },
    remedy: () =>
      "Compare user, password and server of its account; look at its voice VLAN, address and DNS; a capture (`offhook diag capture`) shows whether it sends REGISTER and what it is told.",
  },
  {
    id: "N5",
    cause: "connection-refused",
    layer: "reach",
    severity: "critical",
    on: "sip",
    needs: [is("sip.transport", "tcp", "tls"), ended("sip.code", "refused")],
    contradicts: [{ weight: 0.6, if: seen(banned) }],
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
