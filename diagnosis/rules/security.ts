import { above, all, any, below, is, seen, when } from "../condition.ts";
import type { Condition } from "../condition.ts";
import type { ObservationKey } from "../../protocol/observation-keys.ts";
import type { Facts } from "../facts.ts";
import type { Rule } from "../rule.ts";

// Rows H4, S1–S3, T4, Q1, Q2 of the matrix, and what the manual asks of a SIP server's config files.

/** The list names something. */
const names = (key: ObservationKey): Condition =>
  when(key, (value) => Array.isArray(value) && value.length > 0);
const attemptKeys = [
  ["log.authFail.sources", "Failed logins by source"],
  ["log.scanUa", "Scanners"],
  ["log.authFail.entered", "Logged in after many failures"],
] as const;

/** The lists that name somebody, each as a sentence. */
function attempts(facts: Facts): string {
  return attemptKeys
    .map(([key, what]) => [what, facts.get(key)?.value] as const)
    .flatMap(([what, value]) =>
      Array.isArray(value) && value.length > 0 ? [`${what}: ${value.join(", ")}.`] : [],
    )
    .join(" ")
    .slice(0, 900);
}

/** Who has a hand in config files, by owner, access list and folder. */
function others(facts: Facts): string {
  const said = (["pbx.file.owner", "pbx.file.acl", "pbx.folder.open"] as const)
    .flatMap((key) => {
      const value = facts.get(key)?.value;
      if (!Array.isArray(value)) return [];
      return key === "pbx.folder.open"
        ? value.map((folder) => `anybody may replace files in ${folder}`)
        : value;
    })
    .join(", ");
  return `${said.slice(0, 900)}.`;
}

const isPbx = names("pbx.config");

export const securityRules: readonly Rule[] = [
  {
    id: "H4",
    cause: "no-capture",
    layer: "host",
    severity: "info",
    on: "host",
    needs: [when("host.capture", (value) => value !== "ok")],
    base: 0.95,
    sentence: (facts) => `${facts.name()} cannot capture packets: ${facts.print("host.capture")}.`,
    remedy: () =>
      "Install libpcap or tcpdump, and give the agent the capability CAP_NET_RAW (AmbientCapabilities in its unit), or run the look as root.",
  },
  {
    id: "H6",
    cause: "config-not-in-use",
    layer: "host",
    severity: "minor",
    on: "host",
    needs: [names("pbx.restart")],
    base: 0.8,
    sentence: (facts) =>
      `Config files changed after their service started, so it may still go by the old ones: ${facts.print("pbx.restart")}.`,
    remedy: () => "Reload or restart the service; then look again.",
  },
  {
    id: "H7",
    cause: "rtp-ports-shared",
    layer: "host",
    severity: "info",
    on: "host",
    needs: [is("pbx.rtp.local", true)],
    base: 0.9,
    sentence: (facts) =>
      `The RTP range of ${facts.name()} overlaps the ports that the kernel gives to any program.`,
    remedy: () =>
      "Move the RTP range out of net.ipv4.ip_local_port_range, or reserve it with ip_local_reserved_ports.",
  },
  {
    id: "H8",
    cause: "no-public-address",
    layer: "host",
    severity: "major",
    on: "host",
    needs: [names("pbx.external.missing")],
    base: 0.75,
    sentence: (facts) =>
      `These transports know local networks and no public address, so callers outside are told a private one: ${facts.print("pbx.external.missing")}.`,
    remedy: () =>
      "Set external_media_address and external_signaling_address (sip.conf: externaddr) to the public address.",
  },
  {
    id: "H9",
    cause: "configured-codec-order",
    layer: "host",
    severity: "info",
    on: "host",
    needs: [names("pbx.codecs.other")],
    base: 0.9,
    sentence: (facts) =>
      `Codecs are not in the order of the site's policy: ${facts.print("pbx.codecs.other")}.`,
    remedy: () => "Set allow=!all,g722,ulaw,alaw (or the site's own order) in the endpoint or its template.",
  },
  {
    id: "S1",
    cause: "brute-force",
    layer: "security",
    severity: "major",
    on: "host",
    needs: [
      any(
        above("log.authFail", (facts) => facts.limit("log.authFail.perMinute")),
        names("log.scanUa"),
      ),
    ],
    supports: [{ weight: 0.08, if: seen(names("log.authFail.entered")) }],
    base: 0.9,
    sentence: (facts) => `Somebody guesses passwords or scans. ${attempts(facts)}`,
    remedy: () => "Ban the sources, and change the password of each account that logged in from one of them.",
  },
  {
    id: "S2",
    cause: "no-ban",
    layer: "security",
    severity: "major",
    on: "host",
    needs: [
      isPbx,
      any(is("fail2ban.jail", "missing", "disabled", "no-fail2ban"), seen(names("fail2ban.missed"))),
    ],
    base: 0.9,
    sentence: (facts) =>
      facts.print("fail2ban.jail") === "enabled"
        ? `The filter of fail2ban does not see these failures: ${facts.print("fail2ban.missed")}.`
        : `Nobody who guesses passwords at ${facts.name()} is banned: the jail for SIP is ${facts.print("fail2ban.jail")}.`,
    remedy: () =>
      "Enable a jail for the SIP service with bantime 3600 and maxretry 5, let the server write its security log, and point logpath at it.",
  },
  {
    id: "S3",
    cause: "filter-counts-good-users",
    layer: "security",
    severity: "major",
    on: "host",
    needs: [names("fail2ban.counted")],
    base: 0.92,
    sentence: (facts) =>
      `The filter of fail2ban counts what is no failure: ${facts.print("fail2ban.counted")}.`,
    remedy: () => "Every good login begins with a challenge (401): count only failed responses to it.",
  },
  {
    id: "S11",
    cause: "lenient-ban",
    layer: "security",
    severity: "minor",
    on: "host",
    needs: [
      is("fail2ban.jail", "enabled"),
      any(
        all(
          below("fail2ban.bantime", (facts) => facts.limit("fail2ban.bantime.s")),
          above("fail2ban.bantime", -1),
        ),
        above("fail2ban.maxretry", (facts) => facts.limit("fail2ban.maxretry")),
      ),
    ],
    base: 0.9,
    sentence: (facts) =>
      `The jail for SIP is lenient: bantime ${facts.print("fail2ban.bantime")}, maxretry ${facts.print("fail2ban.maxretry")}.`,
    remedy: () => "Set bantime = 3600 and maxretry = 5 in the jail.",
  },
  {
    id: "S12",
    cause: "guests-let-in",
    layer: "security",
    severity: "major",
    on: "host",
    needs: [names("pbx.guest")],
    base: 0.85,
    sentence: (facts) => `Calls without a login are let in by ${facts.print("pbx.guest")}.`,
    remedy: () => "Set allowguest=no in sip.conf; remove the anonymous endpoint from pjsip.conf.",
  },
  {
    id: "S13",
    cause: "no-tls-configured",
    layer: "security",
    severity: "minor",
    on: "host",
    needs: [is("pbx.tls", false)],
    base: 0.85,
    sentence: (facts) =>
      `No listener of ${facts.name()} speaks TLS, so signalling can be read: ${facts.print("pbx.bind")}.`,
    remedy: () => "Add a TLS transport on 5061 with a certificate, and let phones use it.",
  },
  {
    id: "S14",
    cause: "no-srtp-configured",
    layer: "security",
    severity: "minor",
    on: "host",
    needs: [names("pbx.srtp.without")],
    base: 0.8,
    sentence: (facts) =>
      `Media of these endpoints can be listened to, SRTP is not set: ${facts.print("pbx.srtp.without")}.`,
    remedy: () =>
      "Set media_encryption=sdes (sip.conf: encryption=yes), together with TLS: over UDP the key can be read.",
  },
  {
    id: "S15",
    cause: "weak-passwords",
    layer: "security",
    severity: "major",
    on: "host",
    needs: [names("pbx.passwords.weak")],
    base: 0.9,
    sentence: (facts) =>
      `Passwords of these accounts are soon guessed (short, a number, or the account's name): ${facts.print("pbx.passwords.weak")}.`,
    remedy: () =>
      "Give each account a random password of 16 letters and digits or more; provisioning carries it to the phone.",
  },
  {
    id: "S16",
    cause: "usual-port-open",
    layer: "security",
    severity: "info",
    on: "host",
    needs: [names("pbx.bind.default")],
    base: 0.8,
    sentence: (facts) =>
      `The port that scanners try first listens on every address: ${facts.print("pbx.bind.default")}.`,
    remedy: () =>
      "Let the firewall admit known trunks and offices alone. Another port keeps the log quieter and protects little.",
  },
  {
    id: "S17",
    cause: "tls-port-silent",
    layer: "security",
    severity: "major",
    on: "host",
    needs: [is("pbx.tls.answers", false)],
    base: 0.85,
    sentence: (facts) =>
      `The TLS port of the SIP server does not answer (${facts.get("pbx.tls.answers")?.evidence ?? "no TLS"}).`,
    remedy: () => "Look at the TLS transport, its certificate and key files, and the firewall at 5061.",
  },
  {
    id: "S18",
    cause: "config-of-others",
    layer: "security",
    severity: "minor",
    on: "host",
    needs: [any(names("pbx.file.owner"), seen(names("pbx.file.acl")), seen(names("pbx.folder.open")))],
    base: 0.9,
    sentence: (facts) => `Others than root and the service have a hand in its config files: ${others(facts)}`,
    remedy: () =>
      "chown root and the service's group (chown root:asterisk), remove access lists with setfacl -b, and take write from others at the folder (chmod o-w).",
  },
  {
    id: "S19",
    cause: "config-unreadable",
    layer: "security",
    severity: "major",
    on: "host",
    needs: [names("pbx.file.unreadable")],
    base: 0.9,
    sentence: (facts) =>
      `The service's user cannot read config files of its own, so after a restart they are missing: ${facts.print("pbx.file.unreadable")}.`,
    remedy: () =>
      "Give the file to the service's group and let the group read: chgrp asterisk FILE, chmod 640 FILE; folders above it need x for that group.",
  },
  {
    id: "S20",
    cause: "filter-open",
    layer: "security",
    severity: "info",
    on: "host",
    needs: [isPbx, names("host.firewall.open")],
    base: 0.7,
    sentence: (facts) =>
      facts.print("host.firewall") === "none"
        ? `${facts.name()} has no packet filter: whoever reaches it reaches its SIP server (${facts.print("host.firewall.open")}).`
        : `The packet filter of ${facts.name()} lets everybody in at ${facts.print("host.firewall.open")}.`,
    remedy: () =>
      "Accept SIP from the addresses of known trunks and offices alone and drop the rest, here or at the firewall before it; `offhook diag sip HOST --outside` from elsewhere is the proof.",
  },
  {
    id: "T4",
    cause: "server-repeats",
    layer: "signalling",
    severity: "minor",
    on: "host",
    needs: [
      any(
        above("log.retrans", (facts) => facts.limit("log.retrans.most") - 1),
        seen(above("log.retrans.givenUp", 0)),
      ),
    ],
    supports: [{ weight: 0.15, if: seen(above("log.retrans.givenUp", 0)) }],
    base: 0.7,
    sentence: (facts) => {
      const peers = facts.get("log.retrans.peers")?.value;
      const whom =
        Array.isArray(peers) && peers.length > 0 ? `, most to ${peers.slice(0, 5).join(", ")}` : "";
      return `The SIP server of ${facts.name()} sends again what is not answered (${facts.print("log.retrans")} times in its log, ${facts.print("log.retrans.givenUp")} given up${whom}): answers or ACKs do not come back to it.`;
    },
    remedy: () =>
      "Look at the way back from these addresses: inbound UDP, NAT and Contact of the phones there, two ways of routing; `offhook diag capture --live` on the server shows which message is missing.",
  },
  {
    id: "Q1",
    cause: "too-few-rtp-ports",
    layer: "host",
    severity: "major",
    on: "host",
    needs: [below("pbx.rtp.ports", (facts) => facts.number("pbx.rtp.need") ?? 0), above("pbx.rtp.need", 0)],
    base: 0.98,
    sentence: (facts) =>
      `The RTP range has ${facts.print("pbx.rtp.ports")} ports; the calls expected need ${facts.print("pbx.rtp.need")}.`,
    remedy: () =>
      "Widen rtpstart–rtpend and the firewall's range with it: two ports for each of the two legs of a call.",
  },
  {
    id: "Q2",
    cause: "state-for-each-call",
    layer: "host",
    severity: "info",
    on: "host",
    // Ports for over 5000 calls.
    needs: [names("pbx.stateful"), above("pbx.rtp.need", 5000 * 4 * 1.2)],
    base: 0.6,
    sentence: (facts) =>
      `More than 5000 calls at once are expected, and the proxy keeps state for each (${facts.print("pbx.stateful")}).`,
    remedy: () => "Consider stateless forwarding in front, which keeps nothing for a call.",
  },
  {
    id: "Q4",
    cause: "unused-modules",
    layer: "host",
    severity: "info",
    on: "host",
    needs: [names("pbx.modules.unused")],
    base: 0.7,
    sentence: (facts) =>
      `Modules are loaded that a SIP server seldom needs: ${facts.print("pbx.modules.unused")}.`,
    remedy: () => "Add noload lines for them to modules.conf: less memory, and fewer doors.",
  },
];
