import type { ObservationKey } from "../../protocol/observation-keys.ts";
import { above, any, below, seen, when, type Condition } from "../condition.ts";
import type { Facts } from "../facts.ts";
import type { Rule } from "../rule.ts";

// Rows H1–H5 and S5 of the matrix.

/** net.ipv4.udp_mem is three page counts: min, pressure, max. */
function pages(facts: Facts, value: unknown): boolean {
  const counts = String(value).trim().split(/\s+/).map(Number);
  const least = [
    facts.limit("host.udpMem.min"),
    facts.limit("host.udpMem.pressure"),
    facts.limit("host.udpMem.max"),
  ];
  return least.some((limit, place) => (counts[place] ?? 0) < limit);
}

/** `6.1.0-37-amd64` as [6, 1]; the distribution's suffix is ignored. */
function olderThan(release: unknown, major: number, minor: number): boolean {
  const [foundMajor = 0, foundMinor = 0] = String(release).split(/[.-]/).map(Number);
  return foundMajor < major || (foundMajor === major && foundMinor < minor);
}

/** `1.1.0l` before `1.1.1`: the third number decides. */
function opensslOlderThan111(version: unknown): boolean {
  const [major = 0, minor = 0, patch = 0] = (String(version).match(/\d+/g) ?? []).map(Number);
  return major < 1 || (major === 1 && (minor < 1 || (minor === 1 && patch < 1)));
}

const namesFiles = (key: ObservationKey): Condition =>
  when(key, (value) => Array.isArray(value) && value.length > 0);

function filesOf(facts: Facts, key: ObservationKey): string[] {
  const value = facts.get(key)?.value;
  return Array.isArray(value) ? value : [];
}

export const hostRules: readonly Rule[] = [
  {
    id: "H1",
    cause: "small-buffers",
    layer: "host",
    severity: "info",
    on: "host",
    needs: [
      any(
        below("host.sysctl.rmem_max", (facts) => facts.limit("host.buffer.bytes")),
        below("host.sysctl.wmem_max", (facts) => facts.limit("host.buffer.bytes")),
        when("host.sysctl.udp_mem", (value, facts) => pages(facts, value)),
        above("host.udp.rcvbufErrors", 0),
      ),
    ],
    supports: [{ weight: 0.1, if: seen(above("host.udp.rcvbufErrors", 0)) }],
    base: 0.85,
    sentence: (facts) =>
      `UDP buffers of ${facts.name()} are small for a SIP server: rmem_max ${facts.print("host.sysctl.rmem_max")}, wmem_max ${facts.print("host.sysctl.wmem_max")}, udp_mem ${facts.print("host.sysctl.udp_mem")}.`,
    remedy: () =>
      "Set net.core.rmem_max and wmem_max to 16777216 and net.ipv4.udp_mem to 65536 131072 262144, and restart the SIP service so that it asks for the larger buffer.",
  },
  {
    id: "H2",
    cause: "old-kernel",
    layer: "host",
    severity: "minor",
    on: "host",
    needs: [when("host.kernel", (value) => olderThan(value, 5, 10))],
    base: 0.98,
    sentence: (facts) =>
      `${facts.name()} runs kernel ${facts.print("host.kernel")}; 5.10 is the oldest one supported.`,
    remedy: () => "Update the system.",
  },
  {
    id: "H3",
    cause: "old-openssl",
    layer: "host",
    severity: "minor",
    on: "host",
    needs: [
      any(
        seen(when("host.openssl.system", opensslOlderThan111)),
        seen(when("host.openssl", opensslOlderThan111)),
      ),
    ],
    base: 0.9,
    sentence: (facts) => `OpenSSL of ${facts.name()} is older than 1.1.1 and has no TLS 1.3.`,
    remedy: () => "Update OpenSSL.",
  },
  {
    id: "H5",
    cause: "clock-off",
    layer: "host",
    severity: "major",
    on: "host",
    needs: [
      when(
        "clock.offset",
        (value, facts) => typeof value === "number" && Math.abs(value) > facts.limit("clock.offset.ms"),
      ),
    ],
    base: 0.95,
    sentence: (facts) => `The clock of ${facts.name()} is off by ${facts.print("clock.offset")}.`,
    remedy: () => "Enable NTP.",
  },
  {
    id: "S5",
    cause: "readable-secrets",
    layer: "security",
    severity: "major",
    on: "host",
    needs: [any(namesFiles("host.fileMode"), seen(namesFiles("pbx.fileMode")))],
    base: 0.98,
    sentence: (facts) =>
      `Config files with secrets can be read by others: ${[...new Set([...filesOf(facts, "host.fileMode"), ...filesOf(facts, "pbx.fileMode")])].join(", ")}.`,
    remedy: () => "Set mode 640, owner root and the service's group on each.",
  },
];
