import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { test } from "node:test";
import { Command } from "commander";
import { diag } from "../../../agent/cli/diag/diag.ts";
import type { CliContext } from "../../../agent/cli/context.ts";
import { plainStyle } from "../../../agent/cli/print/style.ts";
import { startFakePbx } from "../../fakes/pbx.ts";

interface Watched {
  readonly summary: {
    readonly asked: number;
    readonly answered: number;
    readonly rtt: { readonly p50: number };
    readonly findings: readonly { readonly rule: string }[];
  };
  readonly said: readonly string[];
  readonly code: number;
}

/** `offhook diag sip --watch --json`, ended by Ctrl-C after its first line where nothing else is told. */
async function watch(port: number, ...more: string[]): Promise<Watched> {
  const [out, said]: [string[], string[]] = [[], []];
  const stop = new AbortController();
  let code = -1;
  const context: CliContext = {
    out: (line) => void out.push(line),
    outBytes() {},
    say(line) {
      said.push(line);
      if (more.length === 0) stop.abort(new Error("interrupted"));
    },
    progress() {},
    style: plainStyle,
    stdin: new PassThrough(),
    environment: {},
    signal: stop.signal,
    end: (with_) => void (code = with_),
  };
  const command = new Command("diag");
  diag(command, context);
  await command.parseAsync(["sip", `127.0.0.1:${port}`, "--watch", "--json", ...more], { from: "user" });
  return { summary: JSON.parse(out[0] ?? "") as Watched["summary"], said, code };
}

test("diag sip --watch: one line for each OPTIONS, then percentiles", async () => {
  await using pbx = await startFakePbx({ accounts: [] });
  const { summary, said, code } = await watch(pbx.port, "--seconds", "2");
  assert.deepEqual([summary.asked, summary.answered, code], [2, 2, 0]);
  assert.ok(summary.rtt.p50 > 0);
  assert.equal(said.filter((line) => /200 OK {2}[\d.]+ ms$/.test(line)).length, 2);
});

test("diag sip --watch: Ctrl-C ends it by what it saw: 0, 4 with a finding, also where nothing answers", async () => {
  const pbx = await startFakePbx({ accounts: [] });
  const { port } = pbx;
  const well = await watch(port);
  assert.deepEqual([well.code, well.summary.findings], [0, []]);
  pbx.behave({ kind: "answer", code: 503 });
  const overloaded = await watch(port);
  assert.deepEqual([overloaded.code, overloaded.summary.findings.map(({ rule }) => rule)], [4, ["R20"]]);
  await pbx[Symbol.asyncDispose]();
  const gone = await watch(port);
  assert.deepEqual([gone.code, gone.summary.findings.map(({ rule }) => rule)], [4, ["N1"]]);
});
