import type { Command } from "commander";
import { authorOf } from "./change-options.ts";
import type { CliContext } from "./context.ts";
import { CliError, exitCodes } from "./exit-codes.ts";
import { printFleetChange } from "./print/print-fleet-change.ts";
import { printable, printRows, type RowColumn } from "./print/print-rows.ts";
import { dataOptions, need, withInventory, type DataOptions, type Inventory } from "./with-inventory.ts";

type Listed = Awaited<ReturnType<Inventory["changes"]["list"]>>[number];
type Shown = Extract<Awaited<ReturnType<Inventory["changes"]["show"]>>, { ok: true }>["value"];

/** `offhook change`: what was changed by whom, what it did to phones, and taking it back. */
export function change(command: Command, context: CliContext): void {
  listVerb(command, context);
  showVerb(command, context);
  previewVerb(command, context);
  applyVerb(command, context);
  undoVerb(command, context);
}

const columns: readonly RowColumn<Listed>[] = [
  { head: "CHANGE", cell: ({ id }) => id },
  { head: "AT", cell: ({ at }) => new Date(at).toISOString() },
  { head: "WHO", cell: ({ who }) => who },
  { head: "STATE", cell: ({ state }) => state },
  { head: "THINGS", cell: ({ entries }) => String(entries) },
  { head: "REASON", cell: ({ reason }) => reason ?? "-" },
];

function listVerb(command: Command, context: CliContext): void {
  dataOptions(command.command("list"))
    .description("the changes of phones and sites, newest first")
    .option("--limit <n>", "at most so many", "50")
    .addHelpText("after", "\nExample:\n  offhook change list --limit 10\n")
    .action(async (options: DataOptions & { limit: string }) => {
      const limit = Number(options.limit);
      if (!Number.isInteger(limit) || limit < 1)
        throw new CliError(exitCodes.usage, `--limit: expected a number from 1, found ${options.limit}`);
      await withInventory(options, context, async (inventory) => {
        printRows(await inventory.changes.list(limit), columns, options, context);
      });
    });
}

function showVerb(command: Command, context: CliContext): void {
  dataOptions(command.command("show <id>"))
    .description("one change, setting by setting; secrets are dots")
    .addHelpText("after", "\nExample:\n  offhook change show 9d2c71aa04f1\n")
    .action(async (id: string, options: DataOptions) => {
      await withInventory(options, context, async (inventory) => {
        const shown = need(await inventory.changes.show(id));
        if (options.json === true) context.out(JSON.stringify(shown));
        else for (const line of changeLines(shown)) context.out(printable(line));
      });
    });
}

function changeLines(shown: Shown): string[] {
  const { id, at, who, reason, state, undoes, undoneBy, entries } = shown;
  return [
    `change  ${id}`,
    `at      ${new Date(at).toISOString()} by ${who}`,
    ...(reason === undefined ? [] : [`reason  ${reason}`]),
    `state   ${state}${undoneBy === undefined ? "" : ` by ${undoneBy}`}`,
    ...(undoes === undefined ? [] : [`undoes  ${undoes}`]),
    ...entries.flatMap(({ holder, name, change: what, settings }) => [
      `${holder === "device" ? "phone" : holder} ${name} ${what}`,
      ...settings.map(({ setting, from, to }) => `  ${setting}: ${from ?? "not set"} → ${to ?? "not set"}`),
    ]),
  ];
}

function previewVerb(command: Command, context: CliContext): void {
  dataOptions(command.command("preview <id>"))
    .description("what a change does to the files of phones, those that change alike together")
    .addHelpText("after", "\nExample:\n  offhook change preview 9d2c71aa04f1\n")
    .action(async (id: string, options: DataOptions) => {
      await withInventory(options, context, async (inventory) => {
        const progress = (done: number) => context.progress(`${done} phones rendered`);
        printFleetChange(need(await inventory.changes.previewOf(id, progress)).fleet, options, context);
      });
    });
}

function applyVerb(command: Command, context: CliContext): void {
  dataOptions(command.command("apply <id>"))
    .description("make a planned change, or one that was taken back")
    .option("--force", "also where settings are no longer as the change found them")
    .addHelpText("after", "\nExample:\n  offhook change apply 9d2c71aa04f1\n")
    .action(async (id: string, options: DataOptions & { force?: boolean }) => {
      await withInventory(options, context, async (inventory) => {
        const applied = need(await inventory.changes.apply(id, options.force === true));
        if (options.json === true) context.out(JSON.stringify(applied));
        else context.say(`change ${applied.id} is made`);
      });
    });
}

function undoVerb(command: Command, context: CliContext): void {
  dataOptions(command.command("undo <id>"))
    .description("take a change back: what it touched is as before, what others changed since stays")
    .option("--force", "also where settings were changed again since")
    .option("--reason <text>", "why")
    .addHelpText("after", "\nExample:\n  offhook change undo 9d2c71aa04f1\n")
    .action(async (id: string, options: DataOptions & { force?: boolean; reason?: string }) => {
      await withInventory(options, context, async (inventory) => {
        const undone = need(await inventory.changes.undo(id, authorOf(options), options.force === true));
        if (options.json === true) context.out(JSON.stringify(undone));
        else context.say(`taken back, by change ${undone.id}`);
      });
    });
}
