import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { captureVerb } from "./profile-capture.ts";
import { identifyVerb } from "./profile-identify.ts";
import { readVerb } from "./profile-read.ts";
import { printable, printRows, type RowColumn } from "../print/print-rows.ts";
import { type Desk, openProfiles, profileDesk, profileFolder, type ProfileOptions } from "./with-profiles.ts";

/** `offhook profile`: what we know of desk phones. */
export function profile(command: Command, context: CliContext): void {
  listVerb(command, context);
  showVerb(command, context);
  checkVerb(command, context);
  identifyVerb(command, context);
  readVerb(command, context);
  captureVerb(command, context);
}

type Listed = ReturnType<Desk["listModels"]>[number];
type Described = NonNullable<ReturnType<Desk["describeModel"]>>;

const columns: readonly RowColumn<Listed>[] = [
  { head: "VENDOR", cell: ({ vendor }) => vendor },
  { head: "MODEL", cell: ({ model }) => model },
  { head: "MARK", cell: ({ mark }) => mark },
  { head: "KIND", cell: ({ kind }) => kind },
  { head: "LINES", cell: ({ lines }) => String(lines) },
  { head: "KEYS", cell: ({ keys }) => String(keys) },
  { head: "FAMILY", cell: ({ family }) => family },
];

interface ListOptions extends ProfileOptions {
  readonly vendor?: string;
  readonly mark?: string;
}

function listVerb(command: Command, context: CliContext): void {
  profileFolder(command.command("list"))
    .description("every model: vendor, model, and whether an example proves it (golden) or not (listed)")
    .option("--vendor <name>", "only this vendor's")
    .option("--mark <word>", "only golden, or only listed")
    .option("--json", "machine-readable: one JSON object a line")
    .option("--plain", "tab-separated, without words around it")
    .addHelpText("after", "\nExample:\n  offhook profile list --vendor yealink --mark golden\n")
    .action(async (options: ListOptions) => {
      const { desk, profiles } = await openProfiles(options);
      const rows = desk
        .listModels(profiles)
        .filter((row) => options.vendor === undefined || row.vendor === options.vendor.toLowerCase())
        .filter((row) => options.mark === undefined || row.mark === options.mark);
      printRows(rows, columns, options, context);
      if (options.json === true || options.plain === true) return;
      const golden = rows.filter((row) => row.mark === "golden").length;
      const vendors = new Set(rows.map((row) => row.vendor)).size;
      context.say(`${rows.length} models of ${vendors} vendors, ${golden} of them golden`);
    });
}

function showVerb(command: Command, context: CliContext): void {
  profileFolder(command.command("show <vendor> <model>"))
    .description("what is known of a model: facts, files, quirks, what it lacks, and the sources")
    .option("--json", "machine-readable: one JSON object")
    .addHelpText("after", "\nExample:\n  offhook profile show yealink T46U\n")
    .action(async (vendor: string, model: string, options: ProfileOptions) => {
      const { desk, profiles } = await openProfiles(options);
      const found = desk.describeModel(profiles, vendor, model);
      if (found === undefined)
        throw new CliError(
          exitCodes.failed,
          `no profile describes ${printable(vendor)} ${printable(model)}`,
          "`offhook profile list` names those we have.",
        );
      if (options.json === true) context.out(JSON.stringify(found));
      else for (const line of modelLines(found, context)) context.out(line);
    });
}

function checkVerb(command: Command, context: CliContext): void {
  profileFolder(command.command("check"))
    .description(
      "everything wrong in the profiles, each with file, place, what was expected and what stands there",
    )
    .option("--json", "machine-readable: one JSON object a line")
    .addHelpText("after", "\nExample:\n  offhook profile check\n")
    .action(async (options: ProfileOptions) => {
      const desk = await profileDesk();
      const { problems, ...counts } = await desk.checkProfiles(options.profiles ?? desk.ownProfiles);
      for (const problem of problems)
        if (options.json === true) context.out(JSON.stringify(problem));
        else {
          const { file, path, expected, found } = problem;
          context.out(printable(`${file} ${path}: expected ${expected}, found ${found}`));
        }
      const { families, models, examples } = counts;
      const looked = `${families} families, ${models} models, ${examples} examples`;
      context.say(`${looked}: ${problems.length === 0 ? "all is well" : `${problems.length} problems`}`);
      if (problems.length > 0) context.end(exitCodes.problemFound);
    });
}

function screenText(screen: Described["facts"]["screen"]): string {
  if (screen === null) return "none";
  const { width, height, colour, touch, labelLength } = screen;
  return [
    width === undefined || height === undefined ? "size not known" : `${width} × ${height}`,
    colour ? "colour" : "monochrome",
    ...(touch === true ? ["touch"] : []),
    ...(labelLength === undefined ? [] : [`key labels of ${labelLength} characters`]),
  ].join(", ");
}

function factLines({ facts }: Described): string[] {
  const { screen, modules, poe } = facts;
  const about: [string, string | undefined][] = [
    ["kind", facts.kind],
    ["mark", facts.mark],
    ["lines", String(facts.lines)],
    ["keys", String(facts.keys)],
    ["modules", modules && `${modules.most} of ${modules.kinds.join(", ")}, ${modules.keys} keys each`],
    ["codecs", facts.codecs.join(" ")],
    ["screen", screenText(screen)],
    ["PoE", poe && `class ${poe.class}${poe.watts === undefined ? "" : `, at most ${poe.watts} W`}`],
    ["code", facts.fileCode],
    ["firmware", facts.firmwareLine],
    ["hardware", facts.hardware?.join(", ")],
    ["can", facts.capabilities.join(" ")],
    ["also", facts.alsoKnownAs?.join(", ")],
  ];
  return about.flatMap(([name, text]) =>
    text === undefined || text === "" ? [] : [`${name.padEnd(10)}${text}`],
  );
}

function modelLines(found: Described, { style }: CliContext): string[] {
  const part = (head: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ["", style.strong(head), ...lines.map((line) => `  ${line}`)];
  const { auth, clientCertificate, detail } = found.security;
  return [
    style.strong(`${found.vendorName} ${found.facts.model}`),
    ...factLines(found),
    ...part(
      "files, in the order it asks",
      found.files.map(({ name, kind, served, why }) => {
        const said = `${name}  ${kind}${served ? "" : ", not served"}`;
        return why === undefined ? said : `${said}  ${style.faint(why)}`;
      }),
    ),
    ...part(
      "finds its server by",
      found.discovery.map((each) => `${each.way}: ${each.detail}`),
    ),
    ...part("fetches again at", [
      found.resync.event === null ? "nothing we can send" : `NOTIFY ${found.resync.event}`,
      ...(found.resync.detail === undefined ? [] : [found.resync.detail]),
    ]),
    ...part("shows who it is by", [
      `${auth.join(", ") || "nothing"}; client certificate: ${clientCertificate}`,
      ...(detail === undefined ? [] : [detail]),
    ]),
    ...part(
      "quirks",
      found.quirks.map(({ what, why }) => `${what} ${style.faint(why)}`),
    ),
    ...part(
      "unlike its family",
      found.differences.map(({ key, why }) => `${key}: ${why}`),
    ),
    ...part(
      "settings it has no key for",
      Object.entries(found.lacks).map(([setting, why]) => `${setting}: ${why}`),
    ),
    ...part("sources", found.sources),
    ...part("not verified", found.facts.unverified ?? []),
  ];
}
