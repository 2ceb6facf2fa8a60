import type { Command } from "commander";
import { enrolmentWords as stateWords } from "../../../protocol/enrolment-words.ts";
import { printMacAddress } from "../../../protocol/mac-address.ts";
import { changeOptions, withChange, type ChangeOptions } from "../change-options.ts";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { adoptVerbs } from "./phone-adopt.ts";
import { diffVerb } from "./phone-diff.ts";
import { enrolVerbs } from "./phone-enrol.ts";
import { importVerb } from "./phone-import.ts";
import { lintVerb } from "./phone-lint.ts";
import { previewVerb } from "./phone-preview.ts";
import { resyncVerb } from "./phone-resync.ts";
import { resyncsVerb } from "./phone-resyncs.ts";
import { tokenVerb } from "./phone-token.ts";
import { traceVerb } from "./phone-trace.ts";
import { printable, printRows, type RowColumn } from "../print/print-rows.ts";
import { settingsFromFile, settingsFromWords, settingText, type SettingText } from "../secret-input.ts";
import { leavesOf } from "../setting-lines.ts";
import { dataOptions, need, withInventory, type DataOptions, type Inventory } from "../with-inventory.ts";

/** `offhook phone`: the phones we know, what each would get, and what each asked. */
export function phone(command: Command, context: CliContext): void {
  addVerb(command, context);
  importVerb(command, context);
  listVerb(command, context);
  showVerb(command, context);
  setVerb(command, context);
  previewVerb(command, context);
  lintVerb(command, context);
  diffVerb(command, context);
  traceVerb(command, context);
  adoptVerbs(command, context);
  tokenVerb(command, context);
  enrolVerbs(command, context);
  resyncVerb(command, context);
  resyncsVerb(command, context);
  removeVerb(command, context);
}

/** Options of `add` that are settings by a short name. */
const shortNames = {
  ext: "line1.user",
  displayName: "line1.displayName",
  server: "line1.server.host",
  transport: "line1.server.transport",
} as const;

type AddOptions = ChangeOptions & { readonly [name in keyof typeof shortNames]?: string } & {
  readonly model?: string;
  readonly vendor?: string;
  readonly site?: string;
  readonly label?: string;
  readonly port?: string;
  readonly set?: string[];
  readonly settings?: string;
};

function addVerb(command: Command, context: CliContext): void {
  changeOptions(command.command("add <mac>"))
    .description("make a phone known, or change the one that is there")
    .option("--model <name>", "as printed on it: T46U")
    .option("--vendor <name>", "where MAC and model do not tell")
    .option("--site <id>", "where it stands (the only site, unless told)")
    .option("--label <text>", "for people: room, owner")
    .option("--port <switch/port>", "where it belongs, as the site's agent names it: sw1/7")
    .option("--ext <number>", "SIP user of line 1")
    .option("--display-name <text>", "name that others see")
    .option("--server <host>", "SIP server of line 1")
    .option("--transport <word>", "udp, tcp, tls or dns")
    .option("--set <path=value...>", "any other setting: time.zone=Europe/Berlin")
    .option(
      "--settings <file>",
      "settings from a file of PATH=VALUE lines (`-` is stdin): the way for secrets",
    )
    .addHelpText(
      "after",
      "\nExample:\n  echo line1.password=s3cret | offhook phone add 80:5e:c0:01:00:01 --model T46U --ext 201 --server pbx.example --settings -\n",
    )
    .action(async (mac: string, options: AddOptions) => {
      const settings = settingsOf(options);
      const { model, vendor, site, label, port } = options;
      const draft = {
        mac,
        settings,
        ...(model === undefined ? {} : { model }),
        ...(vendor === undefined ? {} : { vendor }),
        ...(site === undefined ? {} : { site }),
        ...(label === undefined ? {} : { label }),
        ...(port === undefined ? {} : { port }),
      };
      const work = async (inventory: Inventory) => need(await inventory.addPhone(draft));
      await withChange(options, context, work, (plan) => {
        if (options.json === true) context.out(JSON.stringify(plan));
        else
          context.out(
            `${printMacAddress(plan.device.mac)} ${plan.change}: ${plan.device.vendor} ${plan.device.model} at ${plan.device.site}`,
          );
      });
    });
}

function settingsOf(options: AddOptions): SettingText[] {
  const short = Object.entries(shortNames).flatMap(([name, path]) => {
    const text = options[name as keyof typeof shortNames];
    return text === undefined ? [] : [{ path, text }];
  });
  const file = options.settings === undefined ? [] : settingsFromFile(options.settings);
  return [...short, ...settingsFromWords(options.set ?? []), ...file];
}

type Listed = Awaited<ReturnType<Inventory["listPhones"]>>[number];

const columns: readonly RowColumn<Listed>[] = [
  { head: "MAC", cell: ({ device }) => device.mac },
  { head: "VENDOR", cell: ({ device }) => device.vendor },
  { head: "MODEL", cell: ({ device }) => device.model },
  { head: "SITE", cell: ({ device }) => device.site },
  { head: "EXT", cell: ({ device }) => device.lines[0]?.settings.user ?? "-" },
  { head: "STATE", cell: ({ device }) => device.state },
  { head: "LAST SEEN", cell: ({ seen }) => (seen === undefined ? "never" : new Date(seen.at).toISOString()) },
  { head: "LAST ANSWER", cell: ({ seen }) => seen?.outcome ?? "-" },
  { head: "LABEL", cell: ({ device }) => device.label ?? "-" },
];

function listVerb(command: Command, context: CliContext): void {
  dataOptions(command.command("list"))
    .description("all phones, or those of one site")
    .option("--site <id>", "only this site")
    .option("--csv", "as a table that `phone import` reads; without secrets")
    .addHelpText("after", "\nExample:\n  offhook phone list --site berlin\n")
    .action(async (options: DataOptions & { site?: string; csv?: boolean }) => {
      await withInventory(options, context, async (inventory) => {
        if (options.csv === true)
          context.outBytes(Buffer.from(await inventory.exportPhones(options.site), "utf8"));
        else printRows(await inventory.listPhones(options.site), columns, options, context);
      });
    });
}

function showVerb(command: Command, context: CliContext): void {
  dataOptions(command.command("show <mac>"))
    .description("one phone with its settings; secrets are dots")
    .addHelpText("after", "\nExample:\n  offhook phone show 80:5e:c0:01:00:01\n")
    .action(async (mac: string, options: DataOptions) => {
      await withInventory(options, context, async (inventory) => {
        const found = need(await inventory.showPhone(mac));
        const address = need(await inventory.phoneAddress(mac));
        if (options.json === true) context.out(JSON.stringify({ ...found, address }));
        else for (const line of phoneLines(found, address)) context.out(printable(line));
      });
    });
}

function phoneLines({ device, seen }: Listed, address: string): string[] {
  return [
    `${printMacAddress(device.mac)}  ${device.vendor} ${device.model}  ${device.label ?? ""}`.trimEnd(),
    `site      ${device.site}`,
    `address   ${address}`,
    `state     ${device.state}: the phone ${stateWords(device.state)}`,
    ...(device.port === undefined ? [] : [`port      ${device.port}`]),
    seen === undefined
      ? "seen      never"
      : `seen      ${new Date(seen.at).toISOString()} by ${seen.via} from ${seen.address}, ${seen.outcome}`,
    ...(seen?.firmware === undefined ? [] : [`firmware  ${seen.firmware}`]),
    ...device.lines.flatMap((line) =>
      leavesOf(line.settings, `line${line.index}`).map(([path, text]) => `${path} = ${text}`),
    ),
    ...leavesOf(device.settings, "").map(([path, text]) => `${path} = ${text}`),
    ...Object.entries(device.raw).map(([key, text]) => `raw ${key} = ${text}`),
  ];
}

function setVerb(command: Command, context: CliContext): void {
  changeOptions(command.command("set <mac> <path> [value]"))
    .description("set one setting of a phone: line1.user, time.zone …")
    .option("--file <file>", "read the value from a file (`-` is stdin): the way for secrets")
    .option("--unset", "take the setting out: site, model and default then hold")
    .addHelpText(
      "after",
      "\nExamples:\n  offhook phone set 805ec0010001 line1.codecs 'opus g722 pcma'\n  offhook phone set 805ec0010001 line1.password - < password.txt\n",
    )
    .action(
      async (
        mac: string,
        path: string,
        value: string | undefined,
        options: ChangeOptions & { file?: string; unset?: boolean },
      ) => {
        const text = options.unset === true ? undefined : settingText(path, value, options.file);
        const work = async (inventory: Inventory) => need(await inventory.setPhone(mac, path, text));
        await withChange(options, context, work, (plan) => {
          if (options.json === true) context.out(JSON.stringify(plan));
          else
            context.say(
              `${printMacAddress(plan.device.mac)} ${plan.change}: revision ${plan.device.revision}`,
            );
        });
      },
    );
}

function removeVerb(command: Command, context: CliContext): void {
  changeOptions(command.command("remove <mac>"))
    .description("forget a phone; its trace stays, and `offhook change undo` brings it back")
    .option("--yes", "do it without asking")
    .addHelpText("after", "\nExample:\n  offhook phone remove 80:5e:c0:01:00:01 --yes\n")
    .action(async (mac: string, options: ChangeOptions & { yes?: boolean }) => {
      if (options.yes !== true && options.dryRun !== true && options.later !== true)
        throw new CliError(
          exitCodes.usage,
          "a removed phone gets no config any more",
          "Say --yes if that is meant.",
        );
      const work = async (inventory: Inventory) => need(await inventory.removePhone(mac));
      await withChange(options, context, work, (gone) => {
        if (options.json === true) context.out(JSON.stringify({ mac: gone, result: "removed" }));
        else context.say(`${printMacAddress(gone)} removed`);
      });
    });
}
