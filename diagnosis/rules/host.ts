import type { ObservationKey } from "../../protocol/observation-keys.ts";
import { above, any, below, is, seen, when, type Condition } from "../condition.ts";
import type { Facts } from "../facts.ts";
import type { Rule } from "../rule.ts";

// Rows H1–H5 and S5 of the matrix, and what the manual asks of timers, rights and the system.

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

/** What a program that carries many calls asks for, bytes. */
const wantedBuffer = 4 * 1024 * 1024;
/** Clock sources that are read over a slow bus, or count in ticks. */
const coarseClocks = ["acpi_pm", "hpet", "jiffies", "refined-jiffies", "pit"];

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
    supports: [
      { weight: 0.08, if: seen(above("host.udp.rcvbufErrors", 0)) },
      { weight: 0.04, if: seen(below("host.rcvbuf", wantedBuffer)) },
    ],
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
    id: "H10",
    cause: "timers-late",
    layer: "host",
    severity: "info",
    on: "host",
    needs: [above("host.timer.late", (facts) => facts.limit("host.timer.ms"))],
    supports: [{ weight: 0.1, if: seen(is("clock.source", ...coarseClocks)) }],
    base: 0.8,
    sentence: (facts) =>
      `Timers of ${facts.name()} are coarse: one packet of a hundred leaves more than ${facts.print("host.timer.late")} late, so jitter measured here may be its own.`,
    remedy: () =>
      "Stop other work, give a virtual machine processors of its own, and let the kernel use its best clock source (tsc; kvm-clock in a virtual machine).",
  },
  {
    id: "H11",
    cause: "rights-missing",
    layer: "host",
    severity: "info",
    on: "host",
    needs: [namesFiles("host.rights.missing")],
    base: 0.9,
    sentence: (facts) =>
      `User ${facts.print("host.user")} on ${facts.name()} cannot look into the SIP service: not ${facts.print("host.rights.missing")}, nor allowed to use sudo.`,
    remedy: () => "Add the user to the service's group (usermod -aG), or run the look with sudo.",
  },
  {
    id: "H12",
    cause: "unfamiliar-system",
    layer: "host",
    severity: "info",
    on: "host",
    needs: [when("host.os.family", (value) => value !== "debian" && value !== "rhel")],
    base: 0.9,
    sentence: (facts) =>
      `${facts.name()} runs ${facts.print("host.os.family")}, neither of the Debian nor of the RHEL family: paths of logs and config files may be others here.`,
    remedy: () => "Name them: --files, --asterisk, --kamailio, --bans, --log.",
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
