import assert from "node:assert/strict";
import { test } from "node:test";
import { fewOf, sheet } from "../../../agent/probes/host/sheet.ts";
import { showHost } from "../../../agent/probes/host/show-host.ts";
import { showSecurity } from "../../../agent/probes/security/show-security.ts";
import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import type { ObservedValue } from "../../../protocol/observation.ts";
import { observerOf } from "../../../protocol/observe.ts";

const observe = observerOf("host", "host:pbx", Date.UTC(2026, 0, 15));
const seen = (said: Partial<Record<ObservationKey, ObservedValue>>) =>
  Object.entries(said).map(([key, value]) => observe(key as ObservationKey, value));
const marked = (lines: readonly string[]) =>
  lines.filter((line) => line.startsWith("  ! ")).map((line) => line.slice(4, 20).trim());

const quiet = {
  "host.os": "Debian GNU/Linux 12",
  "host.os.family": "debian",
  "host.kernel": "6.1.0-37-amd64",
  "host.openssl": "3.5.0",
  "host.sysctl.rmem_max": 16_777_216,
  "host.sysctl.wmem_max": 16_777_216,
  "host.sysctl.udp_mem": "65536 131072 262144",
  "host.udp.rcvbufErrors": 0,
  "host.rcvbuf": 4_194_304,
  "host.timer.late": 0.4,
  "host.user": "offhook",
  "host.groups": ["offhook", "asterisk"],
  "host.rights.missing": [],
  "host.capabilities": ["net_raw"],
  "host.fileMode": [],
} satisfies Partial<Record<ObservationKey, ObservedValue>>;

test("showHost(): a machine that is well has all sections and no mark", () => {
  const lines = showHost(seen(quiet));
  const titles = lines.filter((line) => !line.startsWith(" "));
  assert.deepEqual(titles, ["pbx", "System", "Timers", "Network buffers", "Rights", "Clock"]);
  assert.deepEqual(marked(lines), []);
  assert.ok(lines.includes("    user             offhook, groups asterisk"));
  assert.ok(lines.includes("    a socket gets    4.19 MB"));
});

test("showHost(): what the diagnosis takes amiss is marked, with its figure", () => {
  const lines = showHost(
    seen({
      ...quiet,
      "host.kernel": "4.19.0",
      "host.sysctl.rmem_max": 212_992,
      "host.udp.rcvbufErrors": 7,
      "host.timer.late": 30,
      "host.rights.missing": ["member of asterisk"],
      "host.fileMode": ["644 0:0 /etc/asterisk/pjsip.conf"],
      "clock.offset": -120_000,
    }),
  );
  assert.deepEqual(marked(lines), [
    "kernel",
    "paced packets",
    "most per socket",
    "full buffers",
    "SIP service",
    "config files",
    "time server",
  ]);
  assert.ok(lines.includes("  ! full buffers     7 datagrams lost during the look"));
});

test("showSecurity(): each fault is marked in its own section, and files that were only read are not", () => {
  const lines = showSecurity(
    seen({
      "pbx.config": ["/etc/asterisk/pjsip.conf"],
      "pbx.fileMode": ["644 /etc/asterisk/pjsip.conf"],
      "pbx.file.acl": ["user bob rw- /etc/asterisk/pjsip.conf"],
      "pbx.guest": ["anonymous"],
      "pbx.bind": ["udp 0.0.0.0:5060"],
      "pbx.bind.default": ["udp 0.0.0.0:5060"],
      "pbx.passwords.weak": ["1001"],
      "pbx.tls": false,
      "pbx.srtp.without": ["1001"],
      "fail2ban.jail": "enabled",
      "fail2ban.bantime": 600,
      "fail2ban.maxretry": 5,
      "fail2ban.missed": [],
      "fail2ban.counted": ["the first challenge"],
      "host.firewall": "nftables",
      "host.firewall.sip": ["udp 5060: open"],
      "host.firewall.open": ["udp 5060"],
      "host.capture": "CAP_NET_RAW is missing",
    }),
  );
  assert.deepEqual(marked(lines), [
    "mode",
    "access lists",
    "listens at",
    "without login",
    "passwords",
    "TLS",
    "SRTP",
    "bans",
    "good logins",
    "lets in",
    "packets",
  ]);
  assert.ok(lines.includes("    filter           sees failed logins"));
});

test("showSecurity(): a machine without a SIP server says so and shows what was looked at", () => {
  const lines = showSecurity(seen({ "fail2ban.jail": "no-fail2ban", "host.capture": "ok" }));
  assert.equal(lines[0], "pbx: no config files of Asterisk or Kamailio here");
  assert.ok(lines.includes("    packets          can be captured"));
  assert.deepEqual(marked(lines), []);
});

test("sheet(): 80 columns, no line broken within an item, and the rest of a long list is counted", () => {
  const items = Array.from({ length: 40 }, (_, at) => `user bob${at} rw- /etc/asterisk/pjsip.conf`);
  const rows = [{ label: "access lists", keys: [], text: fewOf(items) }];
  const lines = sheet([], "pbx", [
    { title: "Files", rows },
    { title: "Empty", rows: [] },
  ]);
  assert.ok(lines.every((line) => line.length <= 80));
  assert.equal(lines.length, 8);
  assert.equal(lines[3], `${" ".repeat(21)}user bob1 rw- /etc/asterisk/pjsip.conf,`);
  assert.match(lines.at(-1) ?? "", /and 34 more \(-v\)$/);
});
