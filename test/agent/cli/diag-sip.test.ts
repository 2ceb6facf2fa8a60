import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { Command } from "commander";
import { diag } from "../../../agent/cli/diag.ts";
import type { CliContext } from "../../../agent/cli/context.ts";
import { plainStyle } from "../../../agent/cli/style.ts";
import { startFakePbx } from "../../fakes/pbx.ts";

test("diag sip --watch: one line for each OPTIONS, then percentiles", async () => {
  await using pbx = await startFakePbx({ accounts: [] });
  const [out, said]: [string[], string[]] = [[], []];
  let code = -1;
  const context: CliContext = {
    out: (line) => void out.push(line),
    outBytes() {},
    say: (line) => void said.push(line),
    progress() {},
    style: plainStyle,
    stdin: new PassThrough(),
    environment: {},
    signal: new AbortController().signal,
    end: (with_) => void (code = with_),
  };
  const command = new Command("diag");
  diag(command, context);
  await command.parseAsync(["sip", `127.0.0.1:${pbx.port}`, "--watch", "--seconds", "2", "--json"], {
    from: "user",
  });
  const summary = JSON.parse(out[0] ?? "") as { asked: number; answered: number; rtt: { p50: number } };
  assert.deepEqual([summary.asked, summary.answered, code], [2, 2, 0]);
  assert.ok(summary.rtt.p50 > 0);
  assert.equal(said.filter((line) => /200 OK {2}[\d.]+ ms$/.test(line)).length, 2);
});
