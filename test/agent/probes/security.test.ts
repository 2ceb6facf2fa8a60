import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { Value } from "typebox/value";
import { systemClock } from "../../../agent/io/clock.ts";
import type { AgentIo } from "../../../agent/io/io.ts";
import { openStream } from "../../../agent/io/stream/stream.ts";
import { openUdp } from "../../../agent/io/udp/udp.ts";
import { AuthFailures } from "../../../agent/probes/security/auth-failures.ts";
import { Retransmissions } from "../../../agent/probes/security/retransmissions.ts";
import { weakPassword } from "../../../agent/probes/security/weak-password.ts";
import { security } from "../../../agent/probes/security.ts";
import { diagnose } from "../../../diagnosis/diagnose.ts";
import { thresholdsFrom } from "../../../diagnosis/thresholds.ts";
import { observationKeys } from "../../../protocol/observation-keys.ts";
import type { Observation } from "../../../protocol/observation.ts";

const io = {
  clock: systemClock,
  openStream,
  openUdp,
  resolve: async (name: string) => [name],
  say: () => {},
} as unknown as AgentIo;

function folderOf(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), "offhook-security-"));
  t.after(() => rmSync(folder, { recursive: true }));
  for (const name of ["asterisk", "kamailio", "fail2ban"]) mkdirSync(join(folder, name));
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), 0o640);
  }
  return folder;
}

function look(folder: string, more: Record<string, unknown> = {}): Promise<Observation[]> {
  const at = (name: string) => join(folder, name);
  const paths = { asterisk: at("asterisk"), kamailio: at("kamailio"), bans: at("fail2ban") };
  const settings = Value.Default(security.settings, { ...paths, ...more });
  return security.run("pbx", settings as never, io, new AbortController().signal);
}

const valueOf = (observations: readonly Observation[], key: string) =>
  observations.find((each) => each.key === key)?.value;
const rulesOf = (observations: readonly Observation[]) =>
  diagnose(observations, thresholdsFrom({}).thresholds, Date.now()).map(({ rule }) => rule);

const good = {
  "asterisk/pjsip.conf": `
[udp]
type=transport
protocol=udp
bind=192.0.2.10:5070
local_net=10.0.0.0/8
external_media_address=198.51.100.1
[tls]
type=transport
protocol=tls
bind=0.0.0.0:5061
[phones](!)
type=endpoint
allow=!all,g722,ulaw,alaw
media_encryption=sdes
[1001](phones)
auth=1001
[1001]
type=auth
username=1001
password=Zk7wQp2LxT9vRb4M
`,
  "asterisk/rtp.conf": "[general]\nrtpstart=10000\nrtpend=20000\n",
  "fail2ban/jail.conf": "[DEFAULT]\nbantime=10m\n[asterisk]\nmaxretry=10\n",
  "fail2ban/jail.local": "[asterisk]\nenabled=true\nbantime=3600\nmaxretry=5\n",
};

/** What they say is of this machine, not of the files: captures, local ports, owners of temporary files, packet filter. */
const ofMachine = ["H4", "H7", "S18", "S19", "S20"];

describe("security probe", () => {
  it("has nothing to say of a server that is guarded well", async (t) => {
    const observations = await look(folderOf(t, good), { calls: 1000 });
    for (const each of observations) assert.ok(each.key in observationKeys, each.key);
    assert.equal(valueOf(observations, "fail2ban.jail"), "enabled");
    assert.equal(valueOf(observations, "fail2ban.bantime"), 3600);
    assert.equal(valueOf(observations, "fail2ban.maxretry"), 5);
    assert.equal(valueOf(observations, "pbx.rtp.ports"), 10_001);
    assert.equal(valueOf(observations, "pbx.rtp.need"), 4800);
    assert.deepEqual(
      rulesOf(observations).filter((rule) => !ofMachine.includes(rule)),
      [],
    );
  });

  it("finds what the manual warns of", async (t) => {
    const folder = folderOf(t, {
      "asterisk/pjsip.conf": `
[udp]
type=transport
bind=0.0.0.0:5060
local_net=10.0.0.0/8
[1001]
type=endpoint
allow=!all,alaw,g722
[1001]
type=auth
username=1001
password=1001
[anonymous]
type=endpoint
allow=!all,g722
`,
      "asterisk/rtp.conf": "[general]\nrtpstart=10000\nrtpend=10099\n",
      "fail2ban/jail.conf": "[DEFAULT]\nbantime=10m\n[asterisk]\nmaxretry=10\n",
    });
    chmodSync(join(folder, "asterisk/pjsip.conf"), 0o644);
    const observations = await look(folder, { calls: 1000 });
    const rules = rulesOf(observations).filter((rule) => !ofMachine.includes(rule));
    const wanted = ["S5", "H8", "H9", "S2", "S12", "S13", "S14", "S15", "S16", "Q1"];
    assert.deepEqual(rules.toSorted(), wanted.toSorted());
    assert.deepEqual(valueOf(observations, "pbx.passwords.weak"), ["1001"]);
    assert.deepEqual(valueOf(observations, "pbx.codecs.other"), ["1001: alaw,g722"]);
    assert.ok(!JSON.stringify(observations).includes("password=1001"));
  });

  it("reads chan_sip's and Kamailio's files", async (t) => {
    const observations = await look(
      folderOf(t, {
        "asterisk/sip.conf":
          "[general]\nbindport=5060\ntlsenable=yes\n[200]\ntype=friend\nsecret=200\nencryption=yes\nallow=!all,g722\n",
        "kamailio/kamailio.cfg": 'listen=udp:0.0.0.0:5060\nloadmodule "tm.so"\nloadmodule "dialog.so"\n',
      }),
    );
    assert.deepEqual(valueOf(observations, "pbx.guest"), ["sip.conf allowguest"]);
    assert.deepEqual(valueOf(observations, "pbx.bind"), [
      "udp 0.0.0.0:5060",
      "tls 0.0.0.0:5061",
      "udp 0.0.0.0:5060",
    ]);
    assert.deepEqual(valueOf(observations, "pbx.stateful"), ["tm", "dialog"]);
    assert.deepEqual(valueOf(observations, "pbx.srtp.without"), []);
  });

  it("says nothing of a server on a machine that has none, and that a TLS port is silent", async (t) => {
    const folder = folderOf(t, {});
    const observations = await look(folder, { sip: "127.0.0.1:1", bans: join(folder, "none") });
    assert.equal(valueOf(observations, "pbx.config"), undefined);
    assert.equal(valueOf(observations, "fail2ban.jail"), "no-fail2ban");
    assert.equal(valueOf(observations, "pbx.tls.answers"), false);
    assert.deepEqual(
      rulesOf(observations).filter((rule) => rule !== "H4"),
      ["S17"],
    );
  });

  it("sees brute force in a log, and who got in", async (t) => {
    const line = (second: number, event: string, address: string, user: string) =>
      `[2026-01-15 12:00:${String(second).padStart(2, "0")}] SECURITY[1] res_security_log.c: SecurityEvent="${event}",AccountID="${user}",RemoteAddress="IPV4/UDP/${address}/5060"`;
    const lines = Array.from({ length: 50 }, (_, at) =>
      line(at, "ChallengeResponseFailed", "203.0.113.9", `${at}`),
    );
    lines.push(line(55, "SuccessfulAuth", "203.0.113.9", "7"));
    for (let at = 0; at < 30; at += 1) lines.push(line(at, "ChallengeSent", "10.0.0.7", "1001"));
    lines.push(line(1, "InvalidPassword", "10.0.0.8", "1002"));
    const folder = folderOf(t, { log: `${lines.join("\n")}\n` });
    const observations = await look(folder, { log: join(folder, "log") });
    assert.equal(valueOf(observations, "log.authFail"), 50);
    assert.equal(valueOf(observations, "log.authFail.source"), "203.0.113.9");
    assert.deepEqual(valueOf(observations, "log.authFail.entered"), ["203.0.113.9"]);
    assert.deepEqual(valueOf(observations, "log.authFail.sources"), [
      "203.0.113.9 50 50/min 50 users",
      "10.0.0.8 1 1/min 1 users",
    ]);
    assert.ok(rulesOf(observations).includes("S1"));
    const lost = await look(folder, { log: join(folder, "gone") });
    assert.equal(lost.find(({ key }) => key === "log.read")?.outcome, "unreachable");
  });
});

describe("AuthFailures", () => {
  it("reads Asterisk's notices and Kamailio's usual words, and names scanners", () => {
    const failures = new AuthFailures();
    for (const line of [
      "[2026-01-15 12:00:00] NOTICE[1] chan_sip.c: Registration from '\"1\"<sip:1@x>' failed for '203.0.113.1:5060' - Wrong password",
      "[2026-01-15 12:00:01] NOTICE[1] res_pjsip/pjsip_distributor.c: Request 'REGISTER' from '<sip:2@x>' failed for '203.0.113.1:5060' (callid: a) - No matching endpoint found",
      "Jan 15 12:00:02 pbx /usr/sbin/kamailio[7]: NOTICE: <script>: auth failed for sip:3@x src=203.0.113.2",
      "Jan 15 12:00:03 pbx kamailio[7]: ALERT: scanner friendly-scanner from 203.0.113.3",
    ])
      failures.add(line);
    const { sources, scanners } = failures.summary();
    assert.deepEqual(sources, ["203.0.113.1 2 2/min 2 users", "203.0.113.2 1 1/min 1 users"]);
    assert.deepEqual(scanners, ["friendly-scanner 203.0.113.3"]);
  });

  it("keeps a bounded number of sources, and the worst among them", () => {
    const failures = new AuthFailures();
    for (let at = 0; at < 100; at += 1) failures.failed("203.0.113.9", "a");
    for (let at = 0; at < 60_000; at += 1)
      failures.failed(`10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`, "a");
    assert.equal(failures.summary().worst?.source, "203.0.113.9");
    assert.equal(failures.summary().worst?.perMinute, 100);
  });
});

describe("Retransmissions", () => {
  it("counts what a server sent again, to whom, and what it gave up", () => {
    const seen = new Retransmissions();
    for (const line of [
      "[2026-01-15 12:00:00] VERBOSE[1] chan_sip.c: Retransmitting #3 (no NAT) to 198.51.100.7:5060:",
      "[2026-01-15 12:00:02] VERBOSE[1] chan_sip.c: Retransmitting #4 (no NAT) to 198.51.100.7:5060:",
      "[2026-01-15 12:00:03] VERBOSE[1] chan_sip.c: Retransmitting #1 (NAT) to [2001:db8::7]:5060:",
      "[2026-01-15 12:00:32] WARNING[1] chan_sip.c: Retransmission timeout reached on transmission 3f0@192.0.2.5 for seqno 102 (Critical Response)",
      "Jan 15 12:00:02 pbx kamailio[7]: DEBUG: tm [t_lookup.c:500]: REQ retransmission matched",
      "[2026-01-15 12:00:40] NOTICE[1] chan_sip.c: Peer '1001' is now Reachable.",
    ])
      seen.add(line);
    assert.deepEqual(seen.summary(), {
      lines: 5,
      peers: ["198.51.100.7 2", "2001:db8::7 1"],
      givenUp: 1,
    });
  });

  it("makes T4 of a log that is full of them", async (t) => {
    const line = "VERBOSE[1] chan_sip.c: Retransmitting #1 (no NAT) to 198.51.100.7:5060:\n";
    const folder = folderOf(t, { many: line.repeat(10), few: line.repeat(9) });
    const of = async (log: string) => rulesOf(await look(folder, { log: join(folder, log) }));
    assert.ok((await of("many")).includes("T4"));
    assert.ok(!(await of("few")).includes("T4"));
  });
});

it("weakPassword() takes short ones, numbers and names for weak", () => {
  for (const password of ["secret", "1234567890123", "1001-1001-10", "Password2024", "aaaaaaaaaaaa"])
    assert.ok(weakPassword(password, ["1001"]), password);
  for (const password of ["Zk7wQp2LxT9vRb4M", "correct-horse-battery"])
    assert.ok(!weakPassword(password, ["1001"]));
});
