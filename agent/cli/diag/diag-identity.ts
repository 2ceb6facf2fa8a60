import { subjectText } from "../../../protocol/subject-text.ts";
import type { Command } from "commander";
import { checkIdentity } from "../../stir/check-identity.ts";
import { identityLine } from "../../stir/identity-line.ts";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { addIdentityOptions, identityCheckFrom, type IdentityFlags } from "./identity-options.ts";
import { exitCodeOf, judge } from "../look.ts";
import { printFindings, printObservation } from "../print/print-findings.ts";
import { printVerdict } from "../print/print-verdict.ts";
import { readText } from "../read-text.ts";

interface Flags extends IdentityFlags {
  readonly at?: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
}

/** `offhook diag identity`: whether a call's signed number holds (STIR/SHAKEN). */
export function addIdentity(diagCommand: Command, context: CliContext): void {
  const verb = diagCommand
    .command("identity")
    .description("whether a call's signed number (STIR/SHAKEN Identity header) holds")
    .argument("[file]", "an INVITE, a trace with one, or the header alone; `-` is stdin");
  addIdentityOptions(verb)
    .option("--at <time>", "check as of then, such as 2026-01-15T12:00:00Z")
    .option("--json", "one JSON object on stdout")
    .option("-v, --verbose", "every observation")
    .addHelpText("after", "\nExample:\n  offhook diag identity invite.txt --roots roots.pem\n")
    .action(async (file: string | undefined, flags: Flags) => {
      await explainIdentity(file ?? "-", flags, context);
    });
}

async function explainIdentity(file: string, flags: Flags, context: CliContext): Promise<void> {
  const text = await readText(file, context);
  const check = await identityCheckFrom(flags, context);
  const observations = await checkIdentity(text, { ...check, at: timeOf(flags.at) });
  // Judged as of now: an old message is looked at, not old observations.
  const { findings } = judge(observations.map((each) => ({ ...each, at: Date.now() })));
  if (flags.json === true) context.out(JSON.stringify({ observations, findings }));
  else {
    if (flags.verbose === true) for (const each of observations) context.out(printObservation(each));
    else
      context.out(`${subjectText(observations[0]?.subject ?? "call:header")}: ${identityLine(observations)}`);
    if (findings.length > 0) context.out("");
    for (const line of printFindings(context.style, findings, context.width)) context.out(line);
    for (const line of printVerdict(context.style, findings, observations)) context.out(line);
  }
  context.end(exitCodeOf(findings, observations));
}

function timeOf(text: string | undefined): number {
  const at = text === undefined ? Date.now() : Date.parse(text);
  if (!Number.isNaN(at)) return at;
  throw new CliError(exitCodes.usage, `--at takes a time such as 2026-01-15T12:00:00Z, found ${text ?? ""}`);
}
