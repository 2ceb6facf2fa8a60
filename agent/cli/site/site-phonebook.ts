import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { printRows, type RowColumn } from "../print/print-rows.ts";
import { readText } from "../read-text.ts";
import { dataOptions, need, withInventory, type DataOptions, type Inventory } from "../with-inventory.ts";

type Book = NonNullable<Extract<Awaited<ReturnType<Inventory["phonebook"]>>, { ok: true }>["value"]>;
type Entry = Book["entries"][number];

const columns: readonly RowColumn<Entry>[] = [
  { head: "NAME", cell: ({ name }) => name },
  {
    head: "NUMBERS",
    cell: ({ numbers }) => numbers.map(({ kind, number }) => `${kind} ${number}`).join("  "),
  },
];

/** `offhook site phonebook`: the list of names that a site's phones fetch. */
export function phonebookVerb(command: Command, context: CliContext): void {
  dataOptions(command.command("phonebook <site> [file]"))
    .description("show a site's phonebook, or store it from a CSV table with name, work, mobile, home, other")
    .option("--remove", "take the phonebook out")
    .addHelpText("after", "\nExample:\n  offhook site phonebook berlin people.csv\n")
    .action(async (site: string, file: string | undefined, options: DataOptions & { remove?: boolean }) => {
      const table = file === undefined ? undefined : await readText(file, context);
      await withInventory(options, context, async (inventory) => {
        if (options.remove === true || table !== undefined) {
          const book = need(await inventory.putPhonebook(site, table));
          context.say(
            book === undefined ? `site ${site} has no phonebook` : `${book.entries.length} entries stored`,
          );
          return;
        }
        const book = need(await inventory.phonebook(site));
        printRows(book?.entries ?? [], columns, options, context);
      });
    });
}
