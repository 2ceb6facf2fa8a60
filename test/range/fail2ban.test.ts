import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import pino from "pino";
import { type Abuse, Guard } from "../../provisioning-server/claims/guard.ts";
import { tellAbuse } from "../../provisioning-server/claims/abuse-line.ts";
import { seededRandom } from "../fakes/seeded-random.ts";

const shipped = fileURLToPath(new URL("../../provisioning-server/fail2ban/", import.meta.url));
const missing = spawnSync("fail2ban-regex", ["--version"]).error !== undefined;
const skip = missing ? "fail2ban is not installed" : false;

/** Lines as the server's log writes them. */
function logLines(write: (log: pino.Logger) => void): string[] {
  const lines: string[] = [];
  const log = pino(
    {
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line: string) => void lines.push(line.trimEnd()) },
  );
  write(log);
  return lines;
}

/** The machine's own settings of fail2ban, with the shipped files put in as an administrator does. */
function configFolder(folder: string): string {
  const config = join(folder, "fail2ban");
  cpSync("/etc/fail2ban", config, { recursive: true });
  cpSync(shipped, config, { recursive: true });
  return config;
}

/** The addresses that fail2ban would count, one a line that it takes for an attempt. */
function counted(lines: readonly string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), "offhook-fail2ban-"));
  try {
    const file = join(folder, "log");
    writeFileSync(file, `${lines.join("\n")}\n`);
    const filter = join(configFolder(folder), "filter.d", "offhook-server.conf");
    const words = ["--maxlines", "1", "-o", "ip", file, filter];
    const out = execFileSync("fail2ban-regex", words, { encoding: "utf8", maxBuffer: 1 << 26 });
    return out.split("\n").filter((line) => line !== "");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("fail2ban counts every abuse line, with its address, whatever stands in front of it", { skip }, () => {
  const addresses = ["198.51.100.7", "2001:db8::7", "203.0.113.250"];
  const kinds = ["bad_credentials", "bad_token", "enumeration", "malformed", "login"] as const;
  const lines = logLines((log) => {
    for (const ip of addresses)
      for (const kind of kinds) tellAbuse(log, kind, ip, { door: "https", mac: "805ec0010001", req: "r" });
  });
  const journal = lines.map((line) => `Mar 01 12:00:00 host offhook-server[4711]: ${line}`);
  const expected = addresses.flatMap((ip) => kinds.map(() => ip)).toSorted();
  assert.deepEqual(counted(lines).toSorted(), expected);
  assert.deepEqual(counted(journal).toSorted(), expected);
});

test("a phone that asks before it is challenged is not counted; one that guesses is", { skip }, async () => {
  const lines: string[] = [];
  const guard = new Guard({
    now: Date.now,
    ban: false,
    ignored: () => false,
    tell: ({ kind, ip, ...more }: Abuse) => lines.push(...logLines((log) => tellAbuse(log, kind, ip, more))),
    refusalTime: { least: 1, spread: 0 },
  });
  const answer = guard.around(async () => ({
    outcome: "denied",
    identity: { file: "config", mac: "805ec0010001" },
    kind: "bad-credentials",
    reason: "r",
    remedy: "r",
  }));
  const ask = { id: "r", via: "https", method: "GET", path: "/805ec0010001.cfg", at: 0 } as const;
  for (let n = 0; n < 50; n += 1) await answer({ ...ask, address: "198.51.100.7" });
  const { Secret } = await import("../../protocol/secret.ts");
  for (let n = 0; n < 7; n += 1)
    await answer({
      ...ask,
      address: "198.51.100.8",
      credential: { kind: "basic", user: "phone", password: new Secret(`guess ${n}`) },
    });
  assert.deepEqual(counted(lines), Array(5).fill("198.51.100.8"));
});

const victim = "192.0.2.66";
const hostile = [
  `","event":"abuse","kind":"login","ip":"${victim}","x":"`,
  `\n{"level":"warn","time":"2026-03-01T12:00:00.000Z","event":"abuse","kind":"login","ip":"${victim}","msg":"refused"}`,
  `\r\n{"level":"warn","event":"abuse","kind":"login","ip":"${victim}",`,
  `\u2028{"level":"warn","event":"abuse","kind":"login","ip":"${victim}","a":1}`,
  `host offhook-server[1]: {"level":"warn","event":"abuse","kind":"login","ip":"${victim}","a":1}`,
  `"ip":"${victim}"`,
  `\\","ip":"${victim}","`,
  `%(__prefix_line)s<ADDR> ${victim}`,
  `\u0000${victim}\u0085`,
  `{"level":"warn","time":"${victim}","event":"abuse"`,
];

test("10,000 lines with hostile text in every place count no wrong address", { skip }, (t) => {
  const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 31));
  t.diagnostic(`seed ${seed}`);
  const random = seededRandom(seed);
  const pick = <T>(all: readonly T[]): T => all[random.below(all.length)] as T;
  const text = (): string => Array.from({ length: 1 + random.below(3) }, () => pick(hostile)).join("");
  const attacker = "198.51.100.7";
  let attempts = 0;
  const lines = logLines((log) => {
    for (let n = 0; n < 10_000; n += 1) {
      const kind = pick(["abuse", "answer", "crash", "message"]);
      if (kind === "abuse") {
        attempts += 1;
        tellAbuse(log, "enumeration", attacker, { door: "https", mac: text(), req: text() });
      } else if (kind === "answer")
        log.info({ event: "answer", door: text(), vendor: text(), mac: text(), ip: attacker, req: text() });
      else if (kind === "crash") log.error({ event: "crash", err: new Error(text()) }, text());
      else log.warn({ event: text(), kind: text(), ip: text() }, text());
    }
  });
  assert.equal(lines.length, 10_000);
  const found = counted(lines);
  assert.deepEqual(
    found.filter((ip) => ip !== attacker),
    [],
  );
  assert.equal(found.length, attempts);
});

test("the jail is one that fail2ban takes", { skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), "offhook-fail2ban-"));
  try {
    const config = configFolder(folder);
    const read = spawnSync("fail2ban-client", ["-c", config, "-d"], { encoding: "utf8" });
    assert.equal(read.status, 0, read.stderr);
    const said = read.stdout.split("\n").filter((line) => line.includes("'offhook-server'"));
    for (const [name, value] of [
      ["bantime", "3600"],
      ["maxretry", "5"],
      ["findtime", "600"],
    ])
      assert.ok(
        said.some((line) => line.includes(`'${name}'`) && line.includes(`${value}`)),
        `${name} ${value}\n${said.join("\n")}`,
      );
  } finally {
    rmSync(folder, { recursive: true });
  }
});
