import { writeFileSync } from "node:fs";
import type { Command } from "commander";
import { authorOf } from "../change-options.ts";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { printable, printRows, type RowColumn } from "../print/print-rows.ts";
import { readInput, settingsFromFile, settingsFromWords } from "../secret-input.ts";
import { dataOptions, flawLine, withInventory, type DataOptions, type Inventory } from "../with-inventory.ts";

type Result = Awaited<ReturnType<Inventory["importPhones"]>>;
type Row = Result["rows"][number];

interface ImportOptions extends DataOptions {
  readonly preset?: string;
  readonly macs?: string;
  readonly set?: string[];
  readonly settings?: string;
  readonly dryRun?: boolean;
  readonly keepGoing?: boolean;
  readonly result?: string;
  readonly reason?: string;
}

const columns: readonly RowColumn<Row>[] = [
  { head: "LINE", cell: (row) => String(row.line) },
  { head: "MAC", cell: (row) => row.mac },
  { head: "RESULT", cell: (row) => row.result },
  { head: "CHANGES", cell: (row) => changesOf(row) },
];

/** What becomes of a phone that is there; all that a new one gets would only repeat the table. */
function changesOf({ result, changes, why }: Row): string {
  if (result !== "changed") return why ?? "";
  return changes
    .map(({ setting, from, to }) => `${setting}: ${from ?? "not set"} → ${to ?? "not set"}`)
    .join("; ");
}

const help = `
The first row names the columns: mac, vendor, model, site, label, ext, password, displayName, server, port, transport …,
or any setting by its path (line2.user, time.zone). An empty cell leaves the setting as it is. Tables of FusionPBX,
FreePBX, Wazo, NetBox, Vodia and Switchvox are known by their header. Nothing is stored when any row is wrong, unless
--keep-going is given.

Examples:
  offhook phone import phones.csv --dry-run
  offhook phone import extensions.csv --macs phones.csv --set model=T46U --result result.csv
`;

/** `offhook phone import`: a table of phones, ours or another system's. */
export function importVerb(command: Command, context: CliContext): void {
  dataOptions(command.command("import <file>"))
    .description("make the phones of a table known (`-` is stdin)")
    .option("--preset <name>", "whose table it is: ours, fusionpbx, freepbx, wazo, netbox, vodia, switchvox")
    .option("--macs <file>", "a table of MACs by extension or device, where the first has none")
    .option(
      "--set <path=value...>",
      "for rows that do not say it: model=T46U, site=berlin, time.zone=Europe/Berlin",
    )
    .option(
      "--settings <file>",
      "the same from a file of PATH=VALUE lines (`-` is stdin): the way for secrets",
    )
    .option("--dry-run", "say what would happen, and store nothing")
    .option("--keep-going", "store the rows that are right although others are not")
    .option("--result <file>", "write what became of each row as a CSV table")
    .option("--reason <text>", "why, for `offhook change list`")
    .addHelpText("after", help)
    .action(async (file: string, options: ImportOptions) => {
      const text = readInput(file);
      const { preset } = options;
      const given = {
        ...(preset === undefined ? {} : { preset }),
        ...(options.macs === undefined ? {} : { macs: readInput(options.macs) }),
        values: [
          ...settingsFromWords(options.set ?? []),
          ...(options.settings === undefined ? [] : settingsFromFile(options.settings)),
        ],
        dryRun: options.dryRun === true,
        keepGoing: options.keepGoing === true,
      };
      const run = async (inventory: Inventory) => {
        const own = inventory.by(authorOf(options));
        const result = await own.importPhones(text, given);
        if (options.result !== undefined) await writeResult(options.result, result);
        show(result, options, context);
        if (result.applied && result.rows.some(({ result: what }) => what === "added" || what === "changed"))
          context.say(`\`offhook change undo ${own.changeId ?? ""}\` takes it back`);
      };
      await withInventory(options, context, run, { makes: options.dryRun !== true });
    });
}

async function writeResult(file: string, result: Result): Promise<void> {
  const { importResultFile } = await import("../../../provisioning-server/main.ts");
  try {
    writeFileSync(file, importResultFile(result), { mode: 0o640 });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError(exitCodes.failed, `cannot write the result: ${why}`);
  }
}

function show(result: Result, options: DataOptions & { dryRun?: boolean }, context: CliContext): void {
  if (result.guessed) context.say(`read as a table of ${result.preset} (--preset says otherwise)`);
  if (result.unused.length > 0) context.say(`not used: ${printable(result.unused.join(", "))}`);
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
