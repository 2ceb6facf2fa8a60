import type { Command } from "commander";
import { printMacAddress } from "../../../protocol/mac-address.ts";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { printable } from "../print/print-rows.ts";
import { dataOptions, need, withInventory, type DataOptions, type Inventory } from "../with-inventory.ts";

type Problem = Extract<Awaited<ReturnType<Inventory["lint"]>>, { ok: true }>["value"][number];

/** `offhook phone lint`: what is not good about the settings of a phone, or of all. */
export function lintVerb(command: Command, context: CliContext): void {
  dataOptions(command.command("lint [mac]"))
    .description("what is not good about a phone's settings: each with the setting, why, and what to do")
    .option("--all", "all phones")
    .addHelpText("after", "\nExample:\n  offhook phone lint --all\n")
    .action(async (mac: string | undefined, options: DataOptions & { all?: boolean }) => {
      if ((mac === undefined) === (options.all !== true))
        throw new CliError(exitCodes.usage, "which phone?", "Give its MAC, or --all.");
      await withInventory(options, context, async (inventory) => {
        const problems = need(await inventory.lint(mac));
        if (options.json === true) for (const problem of problems) context.out(JSON.stringify(problem));
        else if (options.plain === true)
          for (const { mac: at, rule, setting, why, remedy } of problems)
            context.out([at, rule, setting, why, remedy].map((cell) => printable(cell)).join("\t"));
        else for (const line of problemLines(problems, context)) context.out(line);
        if (problems.length > 0) context.end(exitCodes.problemFound);
        else context.say("nothing to say against it");
      });
    });
}

function problemLines(problems: readonly Problem[], { style }: CliContext): string[] {
  return [...Map.groupBy(problems, (problem) => problem.mac)].flatMap(([mac, own]) => [
    style.strong(printMacAddress(mac)),
    ...own.flatMap(({ setting, rule, why, remedy }) => [
      `  ${printable(`${setting}: ${why}`)} ${style.faint(`(${rule})`)}`,
      `    ${printable(remedy)}`,
    ]),
  ]);
}
