import assert from "node:assert/strict";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { Command } from "commander";
import { diag } from "../../../agent/cli/diag/diag.ts";
import type { CliContext } from "../../../agent/cli/context.ts";
import { CliError, exitCodes } from "../../../agent/cli/exit-codes.ts";
import { plainStyle } from "../../../agent/cli/print/style.ts";
import { startCallee } from "../../fakes/callee.ts";
import { startFakePbx } from "../../fakes/pbx.ts";

/** `offhook diag …`: its exit code and what stands on stdout. */
async function run(...words: string[]): Promise<{ code: number; out: string }> {
  const out: string[] = [];
  let code = -1;
  const context: CliContext = {
    out: (line) => void out.push(line),
    outBytes() {},
    say() {},
    progress() {},
    style: plainStyle,
    stdin: new PassThrough(),
    environment: {},
    signal: new AbortController().signal,
    end: (with_) => void (code = with_),
  };
  const command = new Command("diag");
  diag(command, context);
  await command.parseAsync(words, { from: "user" });
  return { code, out: out.join("\n") };
}

const accounts = [{ user: "1001", password: "made-up" }];

test("a login that was asked for and not given ends with 8, and the option is named", async () => {
  await using pbx = await startFakePbx({ accounts });
  pbx.behave({ kind: "challenge" }, { method: "NOTIFY" });
  pbx.behave({ kind: "challenge" }, { method: "INVITE" });
  const place = `127.0.0.1:${pbx.port}`;
  for (const words of [
    ["registration", place, "--user", "1001"],
    ["notify", `1001@${place}`],
    ["call", `600@${place}`],
  ]) {
    const { code, out } = await run(...words);
    assert.equal(code, exitCodes.partly, words[0]);
    assert.match(out, /Not judged: .*asks for a login \(40[17] .*--password-from file:PATH/, words[0]);
    assert.doesNotMatch(out, /Nothing wrong found\.|Nothing was seen/, words[0]);
  }
  // An OPTIONS is answered by its challenge already.
  pbx.behave({ kind: "challenge" }, { method: "OPTIONS" });
  assert.equal((await run("sip", place)).code, exitCodes.done);
});

test("a 401 without a challenge cannot be answered, which is told and ends with 8", async (t) => {
  await using callee = await startCallee({ refuse: { code: 401 } });
  process.env["DIAG_LOGIN_TEST"] = "made-up";
  t.after(() => delete process.env["DIAG_LOGIN_TEST"]);
  const { code, out } = await run(
    "call",
    `600@127.0.0.1:${callee.port}`,
    "--password-from",
    "env:DIAG_LOGIN_TEST",
  );
  assert.equal(code, exitCodes.partly);
  assert.match(out, /Not judged: .*holds no challenge of Digest/);
  assert.doesNotMatch(out, /none was given/);
});

test("a password that is not where it should be is wrong usage, with its place", async () => {
  await using pbx = await startFakePbx({ accounts });
  const place = `127.0.0.1:${pbx.port}`;
  const path = join(tmpdir(), "offhook-no-such-password");
  for (const [source, words] of [
    [`file:${path}`, `cannot read ${path} (ENOENT)`],
    [`file:${tmpdir()}`, "(EISDIR)"],
    ["env:OFFHOOK_NO_SUCH_PASSWORD", "OFFHOOK_NO_SUCH_PASSWORD is not set"],
  ] as const) {
    await assert.rejects(
      run("registration", place, "--user", "1001", "--password-from", source),
      (error) => error instanceof CliError && error.code === exitCodes.usage && error.message.includes(words),
    );
  }
  assert.deepEqual(pbx.requests, []);
});

test("guest: a refusal that proves nothing is not judged", async () => {
  await using callee = await startCallee({ refuse: { code: 405, reason: "Method Not Allowed" } });
  const { code, out } = await run("guest", `127.0.0.1:${callee.port}`);
  assert.equal(code, exitCodes.partly);
  assert.match(out, /strangers +not known \(INVITE without a login: 405 Method Not Allowed, which proves/);
});
