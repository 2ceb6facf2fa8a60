import type { Command } from "commander";
import { settingCatalogue } from "../../../protocol/phone-settings.ts";
import type { Provenance } from "../../../protocol/answer.ts";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { printable } from "../print/print-rows.ts";
import { dataOptions, need, withInventory, type DataOptions, type Inventory } from "../with-inventory.ts";

type File = Extract<Awaited<ReturnType<Inventory["preview"]>>, { ok: true }>["value"][number];

interface PreviewOptions extends DataOptions {
  readonly file?: string;
  readonly why?: boolean;
  readonly raw?: string;
}

/** `offhook phone preview`: the files a phone would get, and where each line comes from. */
export function previewVerb(command: Command, context: CliContext): void {
  dataOptions(command.command("preview <mac>"))
    .description("every file the phone would get; secrets are stars")
    .option("--file <name>", "only this file")
    .option("--why", "beside each line: its setting, the layer it comes from, and what it won over")
    .option("--raw <name>", "one file's exact bytes on stdout, secrets included")
    .addHelpText("after", "\nExample:\n  offhook phone preview 805ec0010001 --why\n")
    .action(async (mac: string, options: PreviewOptions) => {
      await withInventory(options, context, async (inventory) => {
        const secrets = options.raw === undefined ? "masked" : "written";
        const files = need(await inventory.preview(mac, { secrets }));
        const wanted = options.raw ?? options.file;
        const chosen = wanted === undefined ? files : [pick(files, wanted)];
        for (const file of chosen)
          if (options.raw !== undefined) context.outBytes(file.body);
          else if (options.json === true) context.out(JSON.stringify(asJson(file)));
          else show(file, options.why === true, context);
      });
    });
}

function pick(files: readonly File[], name: string): File {
  const found = files.find((file) => file.name === name || file.fileId === name);
  if (found !== undefined) return found;
  throw new CliError(
    exitCodes.usage,
    `the phone gets no file ${name}`,
    `It gets ${files.map((file) => file.name).join(", ")}.`,
  );
}

function asJson(file: File) {
  const { body, provenance, ...rest } = file;
  return {
    ...rest,
    text: Buffer.from(body).toString("utf8"),
    provenance: provenance.map((each) => masked(each)),
  };
}

/** Values that lost may be secrets as well. */
function masked(line: Provenance): Provenance {
  const path = line.setting.replace(/^line\d+\./, "line.");
  if (settingCatalogue.get(path)?.secret !== true) return line;
  return { ...line, losers: line.losers.map(({ layer }) => ({ layer, value: "••••" })) };
}

function show(file: File, why: boolean, context: CliContext): void {
  const { style } = context;
  context.out(style.strong(`── ${file.name} (${file.body.length} bytes, ${file.contentType})`));
  const lines = Buffer.from(file.body)
    .toString("utf8")
    .replace(/\r?\n$/, "")
    .split(/\r?\n/);
  const sources = Map.groupBy(file.provenance, (each) => each.line);
  const width = Math.min(70, Math.max(...lines.map((line) => line.length)));
  for (const [index, line] of lines.entries()) {
    const text = line.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}]/gu, (letter) => (letter === "\t" ? "  " : "�"));
    const source = why
      ? (sources.get(index + 1) ?? []).map((each) => sourceWords(masked(each))).join("; ")
      : "";
    context.out(source === "" ? text : `${text.padEnd(width)}  ${style.faint(`← ${printable(source)}`)}`);
  }
  for (const note of file.notes) context.say(`${file.name}: ${printable(note.sentence)}`);
}

function sourceWords(source: Provenance): string {
  const losers = source.losers.map(({ layer, value }) => `${layer}: ${value}`).join(", ");
  const over = losers === "" ? "" : `, over ${losers}`;
  const because = source.why === undefined ? "" : ` (${source.why})`;
  return `${source.setting}, ${source.layer}${over}${because}`;
}
