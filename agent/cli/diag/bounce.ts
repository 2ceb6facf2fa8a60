import { appendFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { makeFolder } from "../../io/host/make-folder.ts";
import { switches } from "../../probes/switches.ts";
import type { SwitchSettings } from "../../probes/poe-ports/switch-settings.ts";
import {
  bounce,
  planBounce,
  usualBounce,
  type Bounced,
  type BouncePlan,
  type BounceRefused,
} from "../../probes/poe-pulse/bounce-port.ts";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes, type ExitCode } from "../exit-codes.ts";
import { ioFor } from "../look.ts";
import { stateFolder } from "../state-folder.ts";

export interface BounceFlags {
  readonly yes?: boolean;
  readonly force?: boolean;
  /** Seconds. */
  readonly wait: number;
  readonly json?: boolean;
}

interface Wish {
  readonly target: string;
  readonly port: string;
  readonly settings: Record<string, unknown>;
}

const { looks } = switches;

/** Restarts what one port powers: says whom it concerns, asks, does it, waits for the phone, and writes down that it did. */
export async function bouncePortFromCommand(
  { target, port, settings }: Wish,
  flags: BounceFlags,
  context: CliContext,
): Promise<void> {
  if (!(flags.wait >= 1 && flags.wait <= 3600))
    throw new CliError(exitCodes.usage, "--wait takes 1 to 3600 seconds");
  const io = ioFor(context);
  // Checked against this very schema by settingsFrom.
  const wish = { target, port, settings: settings as SwitchSettings, force: flags.force === true };
  const plan = await planBounce(wish, looks, io, context.signal);
  if (!plan.ok) throw refusal(plan);
  context.say(`This takes the power from ${plan.port} of ${target} and restarts ${plan.whom}.`);
  if (flags.yes !== true && !(await agrees(context))) {
    context.say("Nothing was changed.");
    context.end(exitCodes.failed);
    return;
  }
  const times = { ...usualBounce, wait: flags.wait * 1000 };
  const done = await bounce(plan, looks, io, context.signal, times);
  writeDown(plan, done, context);
  if (flags.json === true) {
    const { subject, phone } = plan;
    context.out(JSON.stringify({ subject, phone: phone ?? null, ...done }));
  } else
    context.out(done.end === "back" ? context.style.good(done.sentence) : context.style.bad(done.sentence));
  context.end(codes[done.end]);
}

const codes: Record<Bounced["end"], ExitCode> = {
  back: exitCodes.done,
  "no-power": exitCodes.problemFound,
  "no-link": exitCodes.problemFound,
  "no-phone": exitCodes.problemFound,
  interrupted: exitCodes.partly,
  "not-done": exitCodes.refused,
  off: exitCodes.failed,
};

function refusal({ why, outcome, forcible }: BounceRefused): CliError {
  const code = ["timeout", "unreachable"].includes(outcome) ? exitCodes.unreachable : exitCodes.refused;
  return new CliError(code, why, forcible ? "--force does it all the same." : undefined);
}

async function agrees(context: CliContext): Promise<boolean> {
  if (context.stdin.isTTY !== true)
    throw new CliError(exitCodes.usage, "there is nobody to ask", "Say --yes where no terminal is.");
  const terminal = createInterface({ input: context.stdin, output: process.stderr });
  try {
    const answer = await terminal.question("Restart it? [y/N] ", { signal: context.signal });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

/** Who restarted what, and how it went: one line of JSON in the state folder. A folder that cannot be written stops nobody. */
function writeDown(plan: BouncePlan, { end, sentence }: Bounced, context: CliContext): void {
  const { subject, phone = null, whom, wish } = plan;
  const at = new Date().toISOString();
  const who = userInfo().username;
  const about = { what: "bounce-port", target: wish.target, subject, phone, whom, forced: wish.force };
  const entry = { at, who, ...about, end, sentence };
  const folder = stateFolder(context.environment);
  try {
    makeFolder(folder);
    appendFileSync(join(folder, "audit.jsonl"), `${JSON.stringify(entry)}\n`, { mode: 0o600 });
  } catch (error) {
    context.say(`not written down in ${folder}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
