import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import type { Observation } from "../../protocol/observation.ts";
import { offhook, rangeSkip } from "./network.ts";

const run = promisify(execFile);
const [node, command] = offhook;
const limit = { timeout: 60_000 };
const nowhere = ["asterisk", "kamailio", "bans"].flatMap((name) => [`--${name}`, "/nonexistent"]);

/** The look at captures, by a program that starts it with other rights. */
async function look(...before: string[]) {
  const [file = "", ...words] = [...before, node, command, "diag", "security", "--json", ...nowhere];
  // A finding's exit code is no failure here.
  const ran = run(file, words).catch((error: unknown) => error as { readonly stdout: string });
  const { observations, findings } = JSON.parse((await ran).stdout) as {
    observations: Observation[];
    findings: { rule: string }[];
  };
  const seen = observations.find(({ key }) => key === "host.capture");
  return { seen, rules: findings.map(({ rule }) => rule) };
}

test(
  "H4: with the right to capture, a packet of its own is captured",
  { ...limit, skip: rangeSkip("tcpdump") },
  async () => {
    const { seen, rules } = await look();
    assert.equal(seen?.value, "ok");
    assert.match(seen.evidence ?? "", /^a packet of our own, by (?:libpcap|tcpdump)$/);
    assert.deepEqual(rules, []);
  },
);

test(
  "H4: without it, it is said what was refused",
  { ...limit, skip: rangeSkip("tcpdump", "setpriv") },
  async () => {
    const { seen, rules } = await look("setpriv", "--bounding-set", "-net_raw", "--inh-caps", "-net_raw");
    assert.match(String(seen?.value), /permi/i);
    assert.deepEqual(rules, ["H4"]);
  },
);
