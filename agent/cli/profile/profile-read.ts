import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { printable } from "../print/print-rows.ts";
import { readText } from "../read-text.ts";
import { type Desk, openProfiles, profileFolder, type ProfileOptions } from "./with-profiles.ts";

interface ReadOptions extends ProfileOptions {
  readonly vendor: string;
  readonly model?: string;
  readonly secrets?: boolean;
}

/** `offhook profile read`: a vendor's config file in neutral settings. */
export function readVerb(command: Command, context: CliContext): void {
  profileFolder(command.command("read <file>"))
    .description(
      "a vendor's config file (of a phone, or of another server) in our settings, and the keys we do not know",
    )
    .requiredOption("--vendor <name>", "whose file it is")
    .option("--model <name>", "of which model; else the one whose keys fit best")
    .option("--secrets", "write secrets out; without it they are dots")
    .option("--json", "machine-readable: one JSON object")
    .addHelpText("after", "\nExample:\n  offhook profile read --vendor snom export.xml\n")
    .action(async (file: string, options: ReadOptions) => {
      const { desk, profiles } = await openProfiles(options);
      const { vendor, model } = options;
      const text = await readText(file, context);
      const read = desk.readConfig(profiles, text, { vendor, ...(model === undefined ? {} : { model }) });
      if (!read.ok) {
        const { place, expected, found } = read.why;
        throw new CliError(exitCodes.failed, `${place}: expected ${expected}, found ${printable(found)}`);
      }
      show(desk, read.value, options, context);
    });
}

type Read = Extract<ReturnType<Desk["readConfig"]>, { ok: true }>["value"];

function show(desk: Desk, read: Read, options: ReadOptions, context: CliContext): void {
  const config = options.secrets === true ? read : desk.maskConfig(read);
  if (options.json === true) context.out(JSON.stringify(config));
  else
    for (const { setting, value } of desk.settingRows(config))
      context.out(printable(`${setting} = ${value}`));
  const raw = Object.keys(read.raw).length;
  context.say(`read as a ${read.vendor} ${read.model}; ${raw} keys have no setting`);
  for (const line of read.skipped) context.say(`left out: ${printable(line.slice(0, 100))}`);
}
