import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { promisify } from "node:util";
import type { Finding } from "../../protocol/finding.ts";
import type { Observation } from "../../protocol/observation.ts";
import { registerAccount } from "../fakes/sip-client.ts";
import { freePort } from "./free-port.ts";
import { deafNumber, kamailioRealm, startKamailio, type Kamailio } from "./kamailio.ts";
import { lineOf, offhook, rangeSkip } from "./network.ts";

// What the command says of a real server, from its first line to its findings.

const run = promisify(execFile);
const [node, command] = offhook;
const users = { "1001": "made-up-1001", "1002": "made-up-1002" };

interface Report {
  readonly observations: readonly Observation[];
  readonly findings: readonly Finding[];
}

/** `offhook …` as a person runs it; a finding's exit code is no failure here. */
async function said(...words: string[]): Promise<string> {
  const ran = run(node, [command, ...words], { maxBuffer: 1 << 24, timeout: 60_000 });
  return (await ran.catch((error: unknown) => error as { readonly stdout: string })).stdout;
}

async function report(...words: string[]) {
  const { observations, findings } = JSON.parse(await said(...words, "--json")) as Report;
  const value = (key: string, subject = "") =>
    observations.find((each) => each.key === key && each.subject.includes(subject))?.value;
  return { observations, findings, value, rules: findings.map(({ rule }) => rule) };
}

describe("verdicts on kamailio", { skip: rangeSkip("kamailio"), timeout: 60_000, concurrency: true }, () => {
  let kamailio: Kamailio;
  let folder = "";
  let at = "";
  let port = 0;
  let login: readonly string[] = [];

  before(async () => {
    port = await freePort();
    at = `127.0.0.1:${port}`;
    folder = await mkdtemp(join(tmpdir(), "offhook-verdicts-"));
    const password = join(folder, "password");
    await writeFile(password, users["1001"], { mode: 0o600 });
    await writeFile(join(folder, "other"), users["1002"], { mode: 0o600 });
    await writeFile(join(folder, "wrong"), "not it", { mode: 0o600 });
    login = ["--password-from", `file:${password}`, "--domain", kamailioRealm];
    kamailio = await startKamailio({
      port,
      users,
      algorithm: "SHA-256",
      loginForOptions: true,
      relayNotify: true,
    });
  });
  after(async () => {
    await kamailio.stop();
    await rm(folder, { recursive: true, force: true });
  });

  test("a call that is logged in and finds no codec is told so (488)", async () => {
    const { value, rules } = await report("diag", "call", `${deafNumber}@${at}`, "--user", "1001", ...login);
    assert.deepEqual([value("sip.code"), value("sip.auth.stage")], [488, "sent"]);
    assert.match(String(value("sip.warning")), /^305 /);
    assert.equal(rules[0], "R15");
  });

  test("doctor logs the account in: nothing of SIP is wrong; with a wrong password that is the cause", async () => {
    const words = (file: string) =>
      ["doctor", "--sip", at, "--user", "1001", "--password-file", join(folder, file)] as const;
    const ofSip = (findings: readonly Finding[]) =>
      findings.filter(({ subject }) => subject.startsWith("sip:")).map(({ rule }) => rule);
    const good = await report(...words("password"));
    assert.equal(good.value("sip.auth.stage", "/register/1001"), "ok");
    assert.equal(good.value("reg.remove"), 200);
    assert.deepEqual(ofSip(good.findings), []);
    const wrong = await report(...words("wrong"));
    assert.equal(wrong.value("sip.auth.stage", "/register/1001"), "refused");
    assert.deepEqual(ofSip(wrong.findings), ["R4"]);
  });

  test("registered: nobody, then a phone; and its NOTIFY goes through the PBX or is told why not", async () => {
    const other = login.map((word) => word.replace(/\/password$/, "/other"));
    const asked = () => report("diag", "registered", `1002@${at}`, ...other, "--phone", "805ec0010007");
    const nobody = await asked();
    assert.equal(nobody.value("phone.registered"), false);
    assert.deepEqual(nobody.rules, ["N9"]);
    const notify = ["diag", "notify", `1002@${at}`, "--vendor", "yealink", ...other];
    assert.match(await said(...notify), /404[\s\S]*the phone is not registered there/);
    const server = { address: "127.0.0.1", port };
    const account = { server, domain: kamailioRealm, user: "1002", password: users["1002"] };
    await using _phone = await registerAccount(account, AbortSignal.timeout(20_000));
    const there = await asked();
    assert.deepEqual([there.value("phone.registered"), there.rules], [true, []]);
    await said(...notify);
    assert.ok(kamailio.log.some((line) => line.includes("passes on Event check-sync;reboot=false")));
  });
});

test(
  "targets of a domain from a real name server: the dead one is named",
  { skip: rangeSkip("kamailio", "dnsmasq"), timeout: 60_000 },
  async (t) => {
    const [port, dead, dns] = [await freePort(), await freePort(), await freePort()];
    const kamailio = await startKamailio({ port, users });
    t.after(() => kamailio.stop());
    const records = [
      "--naptr-record=voice.example,10,50,S,SIP+D2U,,_sip._udp.voice.example",
      `--srv-host=_sip._udp.voice.example,first.voice.example,${dead},10,60`,
      `--srv-host=_sip._udp.voice.example,second.voice.example,${port},20,60`,
      "--host-record=first.voice.example,127.0.0.1",
      "--host-record=second.voice.example,127.0.0.1",
    ];
    const words = ["--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", `--port=${dns}`];
    const own = ["--user=root", "--listen-address=127.0.0.1", "--bind-interfaces", "--local=/voice.example/"];
    const child = spawn("dnsmasq", [...words, ...own, ...records], { stdio: ["ignore", "pipe", "pipe"] });
    const ended = once(child, "exit");
    t.after(async () => {
      child.kill("SIGTERM");
      await ended;
    });
    await lineOf(child, /started/);
    const look = await report("diag", "sip", "voice.example", "--targets", "--resolver", `127.0.0.1:${dns}`);
    assert.match(String(look.value("sip.targets.dead")), /udp first\.voice\.example/);
    assert.match(
      String(look.value("sip.targets.alive")),
      /udp second\.voice\.example:\d+ 127\.0\.0\.1: 200 .*NAPTR/,
    );
    assert.deepEqual(look.rules, ["N10"]);
  },
);

const reply = (line: string, ...headers: readonly string[]) =>
  `<send><![CDATA[
SIP/2.0 ${line}
[last_Via:]
[last_From:]
[last_To:];tag=sipp[call_number]
[last_Call-ID:]
[last_CSeq:]
${headers.map((header) => `${header}\n`).join("")}Content-Length: 0

]]></send>`;

/** Computes the digest itself, over the body as well, and says 403 to one that does not fit. */
const bodyGuard = `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="auth-int">
  <recv request="INVITE"/>
  ${reply("401 Unauthorized", 'WWW-Authenticate: Digest realm="pbx.example", nonce="made-up", qop="auth-int", algorithm=MD5')}
  <recv request="ACK"/>
  <recv request="INVITE">
    <action><verifyauth assign_to="right" username="1001" password="${users["1001"]}"/></action>
  </recv>
  <nop hide="true" test="right" next="good"/>
  ${reply("403 Forbidden")}
  <nop hide="true" next="end"/>
  <label id="good"/>
  ${reply("488 Not Acceptable Here")}
  <label id="end"/>
  <recv request="ACK"/>
</scenario>
`;

test(
  "auth-int: sipp finds the digest of the body right, and one of a wrong password not",
  { skip: rangeSkip("sipp"), timeout: 60_000 },
  async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "offhook-auth-int-"));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const files = { right: users["1001"], wrong: "not it", "guard.xml": bodyGuard };
    for (const [name, text] of Object.entries(files))
      await writeFile(join(folder, name), text, { mode: 0o600 });
    const port = await freePort();
    const words = ["-sf", "guard.xml", "-i", "127.0.0.1", "-p", `${port}`, "-nostdin", "-m", "10"];
    const child = spawn("sipp", words, { cwd: folder, stdio: "ignore" });
    const ended = once(child, "exit");
    t.after(async () => {
      child.kill("SIGKILL");
      await ended;
    });
    const call = async (file: string) => {
      const password = ["--password-from", `file:${join(folder, file)}`];
      const look = await report("diag", "call", `600@127.0.0.1:${port}`, "--user", "1001", ...password);
      return [look.value("sip.code"), look.value("sip.auth.qop")];
    };
    let right = await call("right");
    while (right[0] === null) right = await call("right");
    assert.deepEqual(right, [488, "auth-int"]);
    assert.deepEqual(await call("wrong"), [403, "auth-int"]);
  },
);
