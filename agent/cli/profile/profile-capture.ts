import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { printable } from "../print/print-rows.ts";
import { readText } from "../read-text.ts";
import { openProfiles, profileFolder, type ProfileOptions } from "./with-profiles.ts";

interface CaptureOptions extends ProfileOptions {
  readonly shows: string;
}

/** `offhook profile capture`: recorded requests of a phone as a new example, with cleaned data. */
export function captureVerb(command: Command, context: CliContext): void {
  profileFolder(command.command("capture <trace>"))
    .description(
      "recorded requests (JSON lines of `phone trace --json`, `-` is stdin) as a new example folder, cleaned",
    )
    .option("--shows <words>", "what the case shows, for its name", "first-boot")
    .addHelpText(
      "after",
      "\nExample:\n  offhook phone trace 805ec0010001 --json | offhook profile capture - --profiles firmware-profiles\n",
    )
    .action(async (trace: string, options: CaptureOptions) => {
      const { desk, profiles } = await openProfiles(options);
      const captured = desk.captureExample(profiles, await readText(trace, context), options.shows);
      if (!captured.ok) {
        const { place, expected, found } = captured.why;
        throw new CliError(exitCodes.failed, `${place}: expected ${expected}, found ${printable(found)}`);
      }
      const { family, model, name, requests, inventory } = captured.value;
      const folder = join(options.profiles ?? desk.ownProfiles, family, "examples", name);
      writeNew(folder, { "request.json": requests, "device.json": inventory });
      context.out(folder);
      context.say(
        `${requests.requests.length} requests of a ${model}. Next: put the phone's settings into device.json, write`,
      );
      context.say("the expected files with UPDATE_EXAMPLES=1, read them, and mark the model golden.");
    });
}

/** Never over another example: that one is somebody's proof. */
function writeNew(folder: string, files: Readonly<Record<string, unknown>>): void {
  try {
    mkdirSync(join(folder, ".."), { recursive: true });
    mkdirSync(folder);
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : undefined;
    throw new CliError(
      exitCodes.failed,
      code === "EEXIST" ? `${folder} is there already` : `cannot make ${folder} (${String(code)})`,
      "Give the case another name with --shows.",
    );
  }
  for (const [name, content] of Object.entries(files))
    writeFileSync(join(folder, name), `${JSON.stringify(content, null, 2)}\n`);
}
