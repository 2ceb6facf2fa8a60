import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { printable, printRows, type RowColumn } from "../print/print-rows.ts";
import { readText } from "../read-text.ts";
import { dataOptions, need, withInventory, type DataOptions, type Inventory } from "../with-inventory.ts";

type Difference = Extract<Awaited<ReturnType<Inventory["diff"]>>, { ok: true }>["value"][number];
type Served = Extract<Awaited<ReturnType<Inventory["diffSinceServed"]>>, { ok: true }>["value"][number];

const columns: readonly RowColumn<Difference>[] = [
  { head: "SETTING", cell: ({ setting }) => setting },
  { head: "OURS", cell: ({ ours }) => ours ?? "-" },
  { head: "THEIRS", cell: ({ theirs }) => theirs ?? "-" },
];

const servedColumns: readonly RowColumn<Difference>[] = [
  { head: "SETTING", cell: ({ setting }) => setting },
  { head: "FETCHED", cell: ({ theirs }) => theirs ?? "-" },
  { head: "NOW", cell: ({ ours }) => ours ?? "-" },
];

/** `offhook phone diff`: what a phone would get now, beside what it last fetched or another config of its vendor. */
export function diffVerb(command: Command, context: CliContext): void {
  dataOptions(command.command("diff <mac>"))
    .description(
      "what differs, by setting, between what the phone would get now and what it last fetched, or another config",
    )
    .option("--against <file>", "a config of the same vendor (`-` is stdin) instead of what it last fetched")
    .addHelpText(
      "after",
      "\nExamples:\n  offhook phone diff 805ec0010001\n  offhook phone diff 805ec0010001 --against old-server/805ec0010001.cfg\n",
    )
    .action(async (mac: string, options: DataOptions & { against?: string }) => {
      const text = options.against === undefined ? undefined : await readText(options.against, context);
      await withInventory(options, context, async (inventory) => {
        if (text === undefined) sinceServed(need(await inventory.diffSinceServed(mac)), options, context);
        else against(need(await inventory.diff(mac, text)), options, context);
      });
    });
}

function against(differences: readonly Difference[], options: DataOptions, context: CliContext): void {
  printRows(differences, columns, options, context);
  if (differences.length > 0) context.end(exitCodes.problemFound);
  else context.say("no setting differs");
}

const states = {
  same: "as it is now",
  changed: "is another now",
  gone: "is not served any more",
} as const;

function sinceServed(files: readonly Served[], options: DataOptions, context: CliContext): void {
  if (options.json === true) for (const file of files) context.out(JSON.stringify(file));
  else
    for (const { name, door, at, state, settings } of files) {
      context.say(
        `${printable(name)}, fetched by ${door} since ${new Date(at).toISOString()}: ${states[state]}`,
      );
      if (settings.length > 0) printRows(settings, servedColumns, options, context);
    }
  if (files.some(({ state }) => state !== "same")) context.end(exitCodes.problemFound);
}
