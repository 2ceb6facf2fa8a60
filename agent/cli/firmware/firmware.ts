import type { Command } from "commander";
import type { Catalogue } from "../../../provisioning-server/main.ts";
import { authorOf } from "../change-options.ts";
import type { CliContext } from "../context.ts";
import { planVerb } from "./firmware-plan.ts";
import { rolloutVerbs } from "./firmware-rollout.ts";
import { printRows, type RowColumn } from "../print/print-rows.ts";
import { withCatalogue } from "./with-firmware.ts";
import { dataOptions, need, type DataOptions } from "../with-inventory.ts";

type Image = Awaited<ReturnType<Catalogue["list"]>>[number];

/** `offhook firmware`: images of phones, and rolling out a version. */
export function firmware(command: Command, context: CliContext): void {
  addVerb(command, context);
  listVerb(command, context);
  showVerb(command, context);
  removeVerb(command, context);
  planVerb(command, context);
  rolloutVerbs(command, context);
}

interface AddOptions extends DataOptions {
  readonly vendor?: string;
  readonly model?: string[];
  // `--version` is the command's own on `offhook` alone.
  readonly version?: string;
  readonly hardware?: string;
  readonly sha256?: string;
  readonly name?: string;
  readonly part?: boolean;
}

function addVerb(command: Command, context: CliContext): void {
  dataOptions(command.command("add <file>"))
    .description("import an image; vendor, models and version are told by its name where vendors do so")
    .option("--vendor <vendor>", "a vendor of `offhook profile list`")
    .option("--model <models...>", "models it is for")
    .option("--version <version>", "its version, as the phone says it")
    .option("--hardware <revision>", "hardware it is for: `2`, or a bound such as `>=4`")
    .option("--sha256 <checksum>", "what the vendor says its SHA-256 is; refused when it is another")
    .option("--name <name>", "the name phones ask for, where the file has another")
    .option("--part", "a further file of a version that its main image names (Cisco .sbn)")
    .addHelpText(
      "after",
      "\nExample:\n  offhook firmware add 'T46U(T43U,T46U,T41U,T48U,T42U,T44U,T44W)-108.87.0.15.rom'\n",
    )
    .action(async (file: string, options: AddOptions) => {
      const { vendor, model, version, hardware, sha256, name, part } = options;
      const draft = {
        file,
        ...(vendor === undefined ? {} : { vendor }),
        ...(model === undefined ? {} : { models: model.flatMap((word) => word.split(",")) }),
        ...(version === undefined ? {} : { version }),
        ...(hardware === undefined ? {} : { hardware }),
        ...(sha256 === undefined ? {} : { sha256 }),
        ...(name === undefined ? {} : { name }),
        ...(part === undefined ? {} : { part }),
        who: authorOf({}).who,
      };
      await withCatalogue(options, context, async (catalogue) => {
        const progress = (octets: number) => context.progress(`${megabytes(octets)} MB read`);
        const image = need(await catalogue.add(draft, progress));
        if (options.json === true) context.out(JSON.stringify(image));
        else
          context.say(
            `${image.name}: ${image.vendor} ${image.version} for ${modelsOf(image)}, ${image.sha256}`,
          );
      });
    });
}

const columns: readonly RowColumn<Image>[] = [
  { head: "IMAGE", cell: ({ sha256 }) => sha256.slice(0, 12) },
  { head: "VENDOR", cell: ({ vendor }) => vendor },
  { head: "VERSION", cell: ({ version }) => version },
  { head: "HARDWARE", cell: ({ hardware }) => (hardware === "" ? "any" : hardware) },
  { head: "MB", cell: ({ size }) => megabytes(size) },
  { head: "NAME", cell: ({ name }) => name },
  { head: "MODELS", cell: modelsOf },
];

const megabytes = (octets: number): string => (octets / 1e6).toFixed(1);

function modelsOf({ models }: Image): string {
  return models.length === 0 ? "no model (a part)" : models.join(" ");
}

function listVerb(command: Command, context: CliContext): void {
  dataOptions(command.command("list"))
    .description("the images that are here")
    .addHelpText("after", "\nExample:\n  offhook firmware list\n")
    .action(async (options: DataOptions) => {
      await withCatalogue(options, context, async (catalogue) =>
        printRows(await catalogue.list(), columns, options, context),
      );
    });
}

function showVerb(command: Command, context: CliContext): void {
  dataOptions(command.command("show <image>"))
    .description("one image, by its name or the beginning of its checksum")
    .addHelpText("after", "\nExample:\n  offhook firmware show 4be1a2c09f77\n")
    .action(async (word: string, options: DataOptions) => {
      await withCatalogue(options, context, async (catalogue) => {
        const image = need(await catalogue.find(word));
        if (options.json === true) return context.out(JSON.stringify(image));
        context.out(`name      ${image.name}`);
        context.out(`vendor    ${image.vendor}`);
        context.out(`version   ${image.version}`);
        context.out(`hardware  ${image.hardware === "" ? "any" : image.hardware}`);
        context.out(`models    ${modelsOf(image)}`);
        context.out(`size      ${image.size}`);
        context.out(`sha256    ${image.sha256}`);
        context.out(`added     ${new Date(image.addedAt).toISOString()} by ${image.addedBy}`);
      });
    });
}

function removeVerb(command: Command, context: CliContext): void {
  dataOptions(command.command("remove <image>"))
    .description("take an image out; refused while a setting or a roll-out names its version")
    .addHelpText("after", "\nExample:\n  offhook firmware remove 4be1a2c09f77\n")
    .action(async (word: string, options: DataOptions) => {
      await withCatalogue(options, context, async (catalogue) => {
        const image = need(await catalogue.remove(word));
        if (options.json === true) context.out(JSON.stringify(image));
        else context.say(`${image.name} ${image.version} is gone`);
      });
    });
}
