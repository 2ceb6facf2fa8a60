import type { Condition } from "../condition.ts";
import { above, all, below, ended, is, seen, when } from "../condition.ts";
import type { Facts } from "../facts.ts";
import type { Rule } from "../rule.ts";

// Rows F1–F8 and V5 of the matrix; their facts come from the provisioning server's trace.

const tlsError = (...words: readonly string[]) =>
  when(
    "prov.tlsError",
    (value) => typeof value === "string" && words.some((word) => value.toLowerCase().includes(word)),
  );

/** Somewhere on this site, DHCP tells phones what it should. */
const dhcpIsRight: Condition = (facts) => {
  const looks = facts.index.all("dhcp.leads").filter(({ outcome }) => outcome === "ok");
  const right = looks.filter(({ value }) => value === true);
  if (looks.length === 0) return { state: "unknown", because: [], missing: ["dhcp.leads"] };
  return { state: right.length > 0 ? "holds" : "fails", because: right, missing: [] };
};
const othersFetch = (facts: Facts): boolean =>
  facts.index.all("prov.status").some(({ value, subject }) => value === "file" && subject !== facts.subject);

function fetchRemedy(facts: Facts): string {
  const failed = facts.get("prov.fetch");
  if (failed?.outcome === "timeout")
    return "Open the way from this network to the server's phone port in the firewall, and see that the server runs.";
  if (failed?.outcome === "refused")
    return "Start the provisioning server, or correct the port of the address that phones are told.";
  if (failed?.outcome === "denied")
    return "Give the probe the phone's token address; `offhook phone trace MAC` on the server tells what was refused.";
  if (facts.get("prov.tlsError") !== undefined)
    return "Load the server's certificate authority into the phone, and give it to this probe (`--ca FILE`); correct a name or a date that is wrong in the certificate.";
  return "Correct the address that phones are told: host, port and path.";
}

export const provisioningRules: readonly Rule[] = [
  {
    id: "V5",
    cause: "name-unknown",
    layer: "name",
    severity: "major",
    on: ["sip", "phone", "server", "name"],
    needs: [when("dns.error", (value) => value !== null)],
    base: 0.85,
    sentence: (facts) => {
      const subject = facts.name();
      const named = subject.startsWith("name ") ? `The ${subject}` : `The name of ${subject}`;
      return `${named} does not resolve here (${facts.print("dns.error")}).`;
    },
    remedy: () =>
      "Check the name for a typing mistake; else fix the resolver that DHCP hands out (option 6), or the firewall in front of it.",
  },
  {
    id: "F1",
    cause: "mac-not-registered",
    layer: "provisioning",
    severity: "major",
    on: "phone",
    needs: [is("prov.status", "unknown-device")],
    supports: [{ weight: 0.05, if: when("prov.nearest", (value) => value !== null) }],
    base: 0.9,
    sentence: (facts) => {
      const near = facts.get("prov.nearest")?.value;
      return `A phone asks for ${facts.print("prov.file")} and is not registered here${typeof near === "string" ? `; the nearest known MAC is ${near}` : ""}.`;
    },
    remedy: (facts) =>
      typeof facts.get("prov.nearest")?.value === "string"
        ? "Compare the MAC on the phone's label with the inventory and correct the mistyped one."
        : "Add the phone with `offhook phone add`, or find out whose phone it is.",
  },
  {
    id: "F2",
    cause: "provisioning-refused",
    layer: "provisioning",
    severity: "major",
    on: "phone",
    needs: [is("prov.status", "denied")],
    base: 0.85,
    sentence: (facts) => `The provisioning server refuses this phone: ${facts.print("prov.reason")}`,
    remedy: () =>
      "`offhook phone trace MAC` shows each refusal with its remedy; give the phone its token URL, or open the site's window.",
  },
  {
    id: "F3",
    cause: "phone-clock",
    layer: "provisioning",
    severity: "major",
    on: "phone",
    needs: [tlsError("not yet valid", "expired")],
    // Our own fetch met the same dates: then it is not the phone's clock.
    contradicts: [{ weight: 0.8, if: seen(ended("prov.fetch", "garbled")) }],
    base: 0.8,
    sentence: (facts) =>
      `The phone refuses our certificate for its dates (${facts.print("prov.tlsError")}): its clock is likely wrong.`,
    remedy: () => "Hand out a time server by DHCP option 42; a phone without a clock believes it is 1970.",
  },
  {
    id: "F4",
    cause: "unknown-root",
    layer: "provisioning",
    severity: "major",
    on: "phone",
    needs: [
      tlsError("unknown ca", "does not know the ca", "does not trust", "refused this server's certificate"),
    ],
    base: 0.85,
    sentence: (facts) =>
      `The phone does not know the authority behind our certificate (${facts.print("prov.tlsError")}).`,
    remedy: () =>
      "Load our root certificate into the phone first, or serve with a certificate of an authority this model trusts.",
  },
  {
    id: "F6",
    cause: "boot-loop",
    layer: "provisioning",
    severity: "minor",
    on: "phone",
    needs: [
      above("prov.boots", (facts) => facts.limit("boots.perHour")),
      below("prov.interval", (facts) => facts.limit("fetch.interval.min")),
    ],
    base: 0.8,
    sentence: (facts) =>
      `The phone fetches its config every ${facts.print("prov.interval")}, ${facts.print("prov.boots")} times in the last hour.`,
    remedy: () =>
      "If its uptime restarts as well it is rebooting: look at the power of its port first, then at its firmware.",
  },
  {
    id: "F7",
    cause: "never-fetched",
    layer: "provisioning",
    severity: "major",
    on: "phone",
    needs: [
      ended("prov.lastFetch", "absent"),
      all(
        is("link.up", true),
        above("link.lastChange", (facts) => facts.limit("poe.noLink.seconds")),
      ),
      dhcpIsRight,
    ],
    base: 0.7,
    sentence: (facts) =>
      `This phone has link and DHCP tells phones the right server, and no request of it ever came there${othersFetch(facts) ? ", though other phones of the site get their configs" : ""}.`,
    remedy: (facts) =>
      othersFetch(facts)
        ? "Look at its screen: it may keep an older server in its memory (reset it to factory settings), stand in another VLAN, or go by another DHCP option than the one that is set (`offhook profile show`)."
        : "Open the way from the voice VLAN to the server's phone port in the firewall, and check scheme and port of the address that phones are told: `offhook diag provisioning` from there shows it.",
  },
  {
    id: "F8",
    cause: "old-tls",
    layer: "provisioning",
    severity: "major",
    on: "phone",
    needs: [tlsError("older than 1.2", "protocol version", "unsupported protocol")],
    base: 0.9,
    sentence: () => "The phone's firmware knows only TLS 1.0 or 1.1, which this server does not speak.",
    remedy: () => "Update the phone's firmware.",
  },
  {
    id: "F12",
    cause: "tls-legacy",
    layer: "provisioning",
    severity: "minor",
    on: "phone",
    needs: [above("prov.legacyTls", 0)],
    base: 0.95,
    sentence: (facts) =>
      `The phone came through the door of old TLS, ${facts.print("prov.legacyTls")} times in the last day: what it fetches there can be read and changed on the way.`,
    remedy: () =>
      "Update the phone's firmware or replace it, then take its family out of `phones.legacy.vendors`.",
  },
  {
    id: "F10",
    cause: "config-unreachable",
    layer: "provisioning",
    severity: "major",
    on: ["phone", "server"],
    needs: [
      ended("prov.fetch", "timeout", "refused", "unreachable", "denied", "garbled"),
      // Without a door nothing was asked: the probe had no address.
      when("prov.fetch.door", (value) => value !== null),
    ],
    // V5 and F13 say that better.
    contradicts: [
      { weight: 0.8, if: seen(when("dns.error", (value) => value !== null)) },
      { weight: 0.8, if: seen(when("tls.instead", (value) => value !== null)) },
    ],
    base: 0.9,
    sentence: (facts) =>
      `The config of ${facts.name()} cannot be fetched from here: ${facts.print("prov.fetch")}.`,
    remedy: fetchRemedy,
  },
  {
    id: "F13",
    cause: "provisioning-without-tls",
    layer: "provisioning",
    severity: "major",
    on: ["phone", "server"],
    needs: [is("prov.fetch.door", "https"), is("tls.instead", "another protocol", "nothing")],
    base: 0.9,
    sentence: (facts) =>
      `Phones are told HTTPS, and what takes their connection there speaks no TLS (${facts.print("prov.tlsError")}): ${facts.name()} gets no config from it.`,
    remedy: () =>
      "Correct the port of the address that phones are told, or switch TLS on in the server or the proxy before it; a plain HTTP server or a TLS-ending proxy stands there now.",
  },
  {
    id: "F11",
    cause: "config-not-served",
    layer: "provisioning",
    severity: "major",
    on: ["phone", "server"],
    needs: [ended("prov.fetch", "absent")],
    base: 0.85,
    sentence: (facts) =>
      `The provisioning server answers, and gives no config for ${facts.name()} at this address.`,
    remedy: () =>
      "`offhook phone trace MAC` on the server tells whether the phone is not known, was refused, or asked for a file that is not there, and what to do.",
  },
];
