import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { printable } from "../print/print-rows.ts";
import { openProfiles, profileFolder, type ProfileOptions } from "./with-profiles.ts";

interface IdentifyOptions extends ProfileOptions {
  readonly ua?: string;
  readonly path?: string;
  readonly door: string;
  readonly stdin?: boolean;
}

/** `offhook profile identify`: what agent, path and door tell of who asks. */
export function identifyVerb(command: Command, context: CliContext): void {
  profileFolder(command.command("identify"))
    .description("vendor, model, MAC, firmware and kind of file that a request tells; nothing is guessed")
    .option("--ua <text>", "the User-Agent")
    .option("--path <path>", "the path or file name that is asked")
    .option("--door <word>", "https, http, legacy or tftp", "https")
    .option("--stdin", 'JSON lines {"ua", "path", "door"} in, a JSON line for each out')
    .option("--json", "machine-readable: one JSON object")
    .addHelpText(
      "after",
      "\nExamples:\n  offhook profile identify --ua 'Yealink SIP-T46U 108.86.0.20 80:5e:c0:01:00:01' --path /805ec0010001.cfg\n  offhook profile identify --stdin < requests.jsonl\n",
    )
    .action(async (options: IdentifyOptions) => {
      if (options.stdin === true) await identifyStream(options, context);
      else await identifyOne(options, context);
    });
}

async function identifyOne(options: IdentifyOptions, context: CliContext): Promise<void> {
  const { ua = "", path = "", door } = options;
  if (ua === "" && path === "")
    throw new CliError(exitCodes.usage, "neither --ua nor --path is given", "Give one of them, or --stdin.");
  const { desk, profiles } = await openProfiles(options);
  const line = desk.identifyLine(JSON.stringify({ ua, path, door }), profiles);
  const told: Record<string, unknown> = { ...JSON.parse(line) };
  if (typeof told.error === "string") throw new CliError(exitCodes.usage, told.error);
  if (options.json === true) context.out(line);
  else
    for (const [name, value] of Object.entries(told))
      context.out(`${name.padEnd(9)} ${typeof value === "string" ? printable(value) : "-"}`);
}

// A line without an end must not fill the memory; no request is as long.
const longestLine = 1_000_000;

/** Answers line for line as they come in; a long stream neither waits for its end nor gathers in memory. */
async function identifyStream(options: IdentifyOptions, context: CliContext): Promise<void> {
  const { desk, profiles } = await openProfiles(options);
  const decoder = new TextDecoder();
  let rest = "";
  let isTooLong = false;
  const answer = (line: string) => {
    if (!isTooLong) return desk.identifyLine(line, profiles);
    isTooLong = false;
    return JSON.stringify({ error: `expected at most ${longestLine} characters in a line` });
  };
  for await (const chunk of context.stdin) {
    const lines = (rest + decoder.decode(asBytes(chunk), { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    const answers = lines.map((line) => `${answer(line)}\n`).join("");
    if (rest.length > longestLine) {
      isTooLong = true;
      rest = "";
    }
    if (answers !== "") context.outBytes(Buffer.from(answers));
  }
  rest += decoder.decode();
  if (rest !== "" || isTooLong) context.out(answer(rest));
}

function asBytes(chunk: unknown): Uint8Array {
  return chunk instanceof Uint8Array ? chunk : Buffer.from(String(chunk));
}
