import { Option, type Command } from "commander";
import type { Site } from "../../../protocol/site.ts";
import { changeOptions, withChange, type ChangeOptions } from "../change-options.ts";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { printable, printRows, type RowColumn } from "../print/print-rows.ts";
import { settingText } from "../secret-input.ts";
import { leavesOf } from "../setting-lines.ts";
import { dataOptions, need, withInventory, type DataOptions, type Inventory } from "../with-inventory.ts";
import { pbxVerb } from "./site-pbx.ts";
import { phonebookVerb } from "./site-phonebook.ts";
import { looksOfSite, readSiteFile, thresholdsOfSite } from "./site-file.ts";

/** `offhook site`: places with phones, their networks, the window in which phones may enrol, settings of all phones. */
export function site(command: Command, context: CliContext): void {
  addVerb(command, context);
  listVerbs(command, context);
  setVerb(command, context);
  windowVerb(command, context);
  phonebookVerb(command, context);
  watchVerb(command, context);
  pbxVerb(command, context);
}

function addVerb(command: Command, context: CliContext): void {
  changeOptions(command.command("add <id>"))
    .description("make a site, or change its name and networks")
    .option("--name <text>", "name for people")
    .option("--network <cidr...>", "networks of the site's phones, as the server sees them")
    .addOption(
      new Option(
        "--clear-doors <extent>",
        "what TFTP carries: only the way to the HTTPS door, or whole configs, passwords included",
      ).choices(["bootstrap", "full"]),
    )
    .addOption(
      new Option(
        "--location <extent>",
        "let known phones in that the agent sees on their planned port, or on any of the site's switches",
      ).choices(["off", "port", "switches"]),
    )
    .addHelpText(
      "after",
      "\nExample:\n  offhook site add berlin --name 'Berlin office' --network 10.1.2.0/24\n",
    )
    .action(async (id: string, options: SiteAddOptions) => {
      const draft = {
        id,
        ...(options.name === undefined ? {} : { name: options.name }),
        ...(options.network === undefined ? {} : { networks: options.network }),
        ...(options.clearDoors === undefined ? {} : { clearDoors: options.clearDoors }),
        ...(options.location === undefined ? {} : { location: options.location }),
      };
      const work = async (inventory: Inventory) => need(await inventory.addSite(draft));
      await withChange(options, context, work, (stored) => {
        if (options.json === true) context.out(JSON.stringify(stored));
        else context.out(`site ${stored.id}: ${stored.networks.join(", ") || "no networks yet"}`);
      });
    });
}

interface SiteAddOptions extends ChangeOptions {
  readonly name?: string;
  readonly network?: string[];
  readonly clearDoors?: "bootstrap" | "full";
  readonly location?: "off" | "port" | "switches";
}

const columns: readonly RowColumn<Site>[] = [
  { head: "SITE", cell: (row) => row.id },
  { head: "NAME", cell: (row) => row.name },
  { head: "NETWORKS", cell: (row) => row.networks.join(" ") },
  { head: "WINDOW", cell: (row) => windowWords(row, Date.now()) },
];

function windowWords(row: Site, now: number): string {
  if (row.windowUntil === undefined || row.windowUntil <= now) return "closed";
  return `open until ${new Date(row.windowUntil).toISOString()}`;
}

function listVerbs(command: Command, context: CliContext): void {
  dataOptions(command.command("list"))
    .description("all sites")
    .addHelpText("after", "\nExample:\n  offhook site list\n")
    .action(async (options: DataOptions) => {
      await withInventory(options, context, async (inventory) => {
        printRows(await inventory.listSites(), columns, options, context);
      });
    });
  dataOptions(command.command("show <id>"))
    .description("one site with its settings; secrets are dots")
    .addHelpText("after", "\nExample:\n  offhook site show berlin\n")
    .action(async (id: string, options: DataOptions) => {
      await withInventory(options, context, async (inventory) => {
        const found = need(await inventory.showSite(id));
        if (options.json === true) context.out(JSON.stringify(found));
        else for (const line of siteLines(found)) context.out(printable(line));
      });
    });
}

function watchVerb(command: Command, context: CliContext): void {
  dataOptions(command.command("watch <id> <file>"))
    .description("give the site's agent what it shall watch: a site file in TOML or JSON")
    .addHelpText(
      "after",
      "\nExample:\n  offhook site watch berlin berlin.toml\n\ndocs/site-file.md shows a whole file.\n",
    )
    .action(async (id: string, file: string, options: DataOptions) => {
      const config = readSiteFile(file);
      const looks = looksOfSite(config);
      thresholdsOfSite(config);
      const { putSiteConfig } = await import("../../../provisioning-server/main.ts");
      await withInventory(options, context, async (inventory) => {
        need(await inventory.showSite(id));
        const version = await putSiteConfig(inventory, id, { ...config, site: id });
        if (options.json === true) context.out(JSON.stringify({ site: id, version, probes: looks.length }));
        else
          context.say(
            `site ${id}: version ${version} with ${looks.length} probe(s); its agent fetches it within a minute`,
          );
      });
    });
}

const locationWords = {
  off: "where the agent sees a phone lets nobody in",
  port: "lets known phones in on the port planned for them",
  switches: "lets known phones in on the port planned for them, or on any where none is planned",
} as const;

function siteLines(found: Site): string[] {
  return [
    `${found.id}  ${found.name}`,
    `networks  ${found.networks.join(" ") || "none"}`,
    `window    ${windowWords(found, Date.now())}`,
    `location  ${locationWords[found.location ?? "off"]}`,
    `TFTP      ${found.clearDoors === "full" ? "carries whole configs, passwords included" : "carries only the way to the HTTPS door"}`,
    ...leavesOf(found.settings, "").map(([path, text]) => `${path} = ${text}`),
  ];
}

function setVerb(command: Command, context: CliContext): void {
  changeOptions(command.command("set <id> <path> [value]"))
    .description("set one setting of all phones of a site")
    .option("--file <file>", "read the value from a file (`-` is stdin): the way for secrets")
    .option("--unset", "take the setting out: the built-in default then holds")
    .addHelpText(
      "after",
      "\nExamples:\n  offhook site set berlin line.server.host pbx.example\n  offhook site set berlin access.adminPassword - < password.txt\n",
    )
    .action(
      async (
        id: string,
        path: string,
        value: string | undefined,
        options: ChangeOptions & { file?: string; unset?: boolean },
      ) => {
        const text = options.unset === true ? undefined : settingText(path, value, options.file);
        const work = async (inventory: Inventory) => need(await inventory.setSite(id, path, text));
        await withChange(options, context, work, (stored) => {
          if (options.json === true) context.out(JSON.stringify(stored));
          else context.say(`site ${id}: ${path} ${text === undefined ? "taken out" : "set"}`);
        });
      },
    );
}

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function untilOf(options: {
  readonly for?: string;
  readonly until?: string;
  readonly close?: boolean;
}): number | undefined {
  if (options.close === true) return undefined;
  if (options.until !== undefined) {
    const at = Date.parse(options.until);
    if (Number.isNaN(at))
      throw new CliError(
        exitCodes.usage,
        `--until: expected a time such as 2026-03-01T12:00:00Z, found ${options.until}`,
      );
    return at;
  }
  const text = options.for ?? "2h";
  const [, count, unit = ""] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  if (count === undefined)
    throw new CliError(exitCodes.usage, `--for: expected a time such as 30m, 2h or 1d, found ${text}`);
  return Date.now() + Number(count) * (unitMs[unit] ?? 0);
}

function windowVerb(command: Command, context: CliContext): void {
  dataOptions(command.command("window <id>"))
    .description("let known phones claim their config from the site's networks, for a while")
    .option("--for <time>", "how long: 30m, 2h, 1d (2h unless told)")
    .option("--until <time>", "until when (ISO 8601)")
    .option("--close", "close it now")
    .addHelpText("after", "\nExample:\n  offhook site window berlin --for 4h\n")
    .action(async (id: string, options: DataOptions & { for?: string; until?: string; close?: boolean }) => {
      const until = untilOf(options);
      await withInventory(options, context, async (inventory) => {
        const stored = need(await inventory.openWindow(id, until));
        if (options.json === true) context.out(JSON.stringify(stored));
        else context.say(`site ${id}: window ${windowWords(stored, Date.now())}`);
      });
    });
}
