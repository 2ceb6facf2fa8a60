import type { Command } from "commander";
import type { CliContext } from "./context.ts";
import { exitCodes } from "./exit-codes.ts";
import { printRows, type RowColumn } from "./print-rows.ts";
import { readText } from "./read-text.ts";
import { dataOptions, need, withInventory, type DataOptions, type Inventory } from "./with-inventory.ts";

type Difference = Extract<Awaited<ReturnType<Inventory["diff"]>>, { ok: true }>["value"][number];

const columns: readonly RowColumn<Difference>[] = [
  { head: "SETTING", cell: ({ setting }) => setting },
  { head: "OURS", cell: ({ ours }) => ours ?? "-" },
  { head: "THEIRS", cell: ({ theirs }) => theirs ?? "-" },
];

/** `offhook phone diff`: what differs between what a phone gets and another config of its vendor. */
export function diffVerb(command: Command, context: CliContext): void {
  dataOptions(command.command("diff <mac>"))
    .description("what differs, by setting, between what the phone gets and another config; secrets are dots")
    .requiredOption("--against <file>", "a config of the same vendor (`-` is stdin)")
    .addHelpText(
      "after",
      "\nExample:\n  offhook phone diff 805ec0010001 --against old-server/805ec0010001.cfg\n",
    )
    .action(async (mac: string, options: DataOptions & { against: string }) => {
      const text = await readText(options.against, context);
      await withInventory(options, context, async (inventory) => {
        const differences = need(await inventory.diff(mac, text));
        printRows(differences, columns, options, context);
        if (differences.length > 0) context.end(exitCodes.problemFound);
        else context.say("no setting differs");
      });
    });
}
