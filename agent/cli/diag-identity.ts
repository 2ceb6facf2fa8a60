import { readFile } from "node:fs/promises";
import type { Command } from "commander";
import { fetchCertificate } from "../io/fetch-certificate.ts";
import { checkIdentity } from "../stir/check-identity.ts";
import { readCertificates } from "../stir/judge-certificate.ts";
import type { CliContext } from "./context.ts";
import { CliError, exitCodes } from "./exit-codes.ts";
import { exitCodeOf, ioFor, judge } from "./look.ts";
import { printFindings, printObservation } from "./print-findings.ts";
import { readText } from "./read-text.ts";

interface IdentityFlags {
  readonly roots?: string;
  readonly ca?: string;
  readonly allow?: readonly string[];
  readonly at?: string;
  readonly json?: boolean;
}

/** `offhook diag identity`: whether a call's signed number holds (STIR/SHAKEN). */
export function addIdentity(diagCommand: Command, context: CliContext): void {
  diagCommand
    .command("identity")
    .description("whether a call's signed number (STIR/SHAKEN Identity header) holds")
    .argument("[file]", "an INVITE, a trace with one, or the header alone; `-` is stdin")
    .option("--roots <file>", "authorities that may vouch for numbers, PEM; without: trust is not checked")
    .option("--ca <file>", "authority of the certificate's HTTPS server, PEM")
    .option("--allow <host...>", "HOST or HOST:PORT that may be asked although private or not at 443")
    .option("--at <time>", "check as of then, such as 2026-01-15T12:00:00Z")
    .option("--json", "one JSON object on stdout")
    .addHelpText("after", "\nExample:\n  offhook diag identity invite.txt --roots roots.pem\n")
    .action(async (file: string | undefined, flags: IdentityFlags) => {
      await explainIdentity(file ?? "-", flags, context);
    });
}

async function explainIdentity(file: string, flags: IdentityFlags, context: CliContext): Promise<void> {
  const { roots, ca, allow = [], json } = flags;
  const text = await readText(file, context);
  const authorities = roots === undefined ? [] : readCertificates(await pemOf(roots));
  if (roots !== undefined && authorities.length === 0)
    throw new CliError(exitCodes.usage, `${roots} holds no certificate`);
  const authority = ca === undefined ? {} : { ca: await pemOf(ca) };
  const { resolve } = ioFor(context);
  const observations = await checkIdentity(text, {
    at: timeOf(flags.at),
    roots: authorities,
    fetch: (url) => fetchCertificate(url, { allow, ...authority, resolve, signal: context.signal }),
  });
  // Judged as of now: an old message is looked at, not old observations.
  const { findings } = judge(observations.map((each) => ({ ...each, at: Date.now() })));
  if (json === true) context.out(JSON.stringify({ observations, findings }));
  else {
    for (const each of observations) context.out(printObservation(each));
    if (findings.length > 0) context.out("");
    for (const line of printFindings(context.style, findings)) context.out(line);
  }
  context.end(exitCodeOf(findings, observations));
}

async function pemOf(file: string): Promise<string> {
  try {
    return await readFile(file, "latin1");
  } catch (error) {
    throw new CliError(
      exitCodes.usage,
      `cannot read ${file} (${(error as NodeJS.ErrnoException).code ?? ""})`,
    );
  }
}

function timeOf(text: string | undefined): number {
  const at = text === undefined ? Date.now() : Date.parse(text);
  if (!Number.isNaN(at)) return at;
  throw new CliError(exitCodes.usage, `--at takes a time such as 2026-01-15T12:00:00Z, found ${text ?? ""}`);
}
