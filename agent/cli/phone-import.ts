import type { Command } from "commander";
import type { CliContext } from "./context.ts";
import { exitCodes } from "./exit-codes.ts";
import { printRows, type RowColumn } from "./print-rows.ts";
import { readInput } from "./secret-input.ts";
import { dataOptions, flawLine, withInventory, type DataOptions, type Inventory } from "./with-inventory.ts";

type Result = Awaited<ReturnType<Inventory["importPhones"]>>;

const columns: readonly RowColumn<Result["rows"][number]>[] = [
  { head: "LINE", cell: (row) => String(row.line) },
  { head: "MAC", cell: (row) => row.mac },
  { head: "RESULT", cell: (row) => row.result },
];

const help = `
The first row names the columns: mac, vendor, model, site, label, ext, password, displayName, server, port, transport …,
or any setting by its path (line2.user, time.zone). An empty cell leaves the setting as it is. Nothing is stored when
any row is wrong, unless --keep-going is given.

Example:
  offhook phone import phones.csv --dry-run
`;

/** `offhook phone import`: a CSV table of phones. */
export function importVerb(command: Command, context: CliContext): void {
  dataOptions(command.command("import <file>"))
    .description("make the phones of a CSV file known (`-` is stdin)")
    .option("--dry-run", "say what would happen, and store nothing")
    .option("--keep-going", "store the rows that are right although others are not")
    .addHelpText("after", help)
    .action(async (file: string, options: DataOptions & { dryRun?: boolean; keepGoing?: boolean }) => {
      const text = readInput(file);
      await withInventory(options, context, async (inventory) => {
        const result = await inventory.importPhones(text, {
          dryRun: options.dryRun === true,
          keepGoing: options.keepGoing === true,
        });
        show(result, options, context);
      });
    });
}

function show(result: Result, options: DataOptions & { dryRun?: boolean }, context: CliContext): void {
  if (options.json === true) for (const row of jsonRows(result)) context.out(JSON.stringify(row));
  else printRows(result.rows, columns, options, context);
  for (const flaw of result.flaws) {
    context.say(flawLine(flaw));
    if (flaw.remedy !== undefined) context.say(`  ${flaw.remedy}`);
  }
  const counts = new Map<string, number>();
  for (const row of result.rows) counts.set(row.result, (counts.get(row.result) ?? 0) + 1);
  const words = [...counts].map(([word, count]) => `${count} ${word}`).join(", ") || "no rows";
  context.say(
    result.applied ? words : `nothing stored: ${options.dryRun === true ? "dry run: " : ""}${words}`,
  );
  if (result.flaws.length === 0) return;
  if (options.dryRun === true) context.end(exitCodes.problemFound);
  else context.end(result.applied ? exitCodes.partly : exitCodes.failed);
}

/** Each row with what is wrong in it; what is wrong with the table as a whole comes first, as a row without a result. */
function jsonRows({ rows, flaws }: Result): unknown[] {
  const lines = new Set(rows.map((row) => row.line));
  const whole = flaws.filter(({ line }) => line === undefined || !lines.has(line));
  const own = rows.map((row) => {
    const problems = flaws.filter(({ line }) => line === row.line);
    return problems.length === 0 ? row : { ...row, problems };
  });
  return whole.length === 0 ? own : [{ problems: whole }, ...own];
}
