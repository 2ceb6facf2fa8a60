import type { CliContext } from "../context.ts";
import { printable } from "./print-rows.ts";
import type { Inventory } from "../with-inventory.ts";

export type FleetChange = Awaited<ReturnType<Inventory["rehearse"]>>["preview"]["fleet"];
type Group = FleetChange["groups"][number];
type File = Group["files"][number];

/** So many phones of a group are named, and so many lines of a file are shown; `--json` has all. */
const mostNamed = 5;
const mostLines = 40;

/** Prints what becomes of phones' files: those that change alike together, the largest group first. */
export function printFleetChange(
  fleet: FleetChange,
  options: { readonly json?: boolean; readonly plain?: boolean },
  context: CliContext,
): void {
  if (options.json === true) for (const group of fleet.groups) context.out(JSON.stringify(group));
  else if (options.plain === true) for (const group of fleet.groups) context.out(plainLine(group));
  else for (const group of fleet.groups) printGroup(group, context);
  const touched = fleet.phones - fleet.unchanged;
  const reboots = count(fleet, "yes");
  const unknown = count(fleet, "unknown");
  const words = [
    `${touched} of ${fleet.phones} phones`,
    ...(touched === 0
      ? ["no file changes"]
      : [`${fleet.groups.length} ${fleet.groups.length === 1 ? "kind" : "kinds"} of change`]),
    ...(reboots === 0 ? [] : [`${reboots} restart`]),
    ...(unknown === 0 ? [] : [`${unknown} of which we do not know whether they restart`]),
  ];
  context.say(words.join(", "));
}

function count(fleet: FleetChange, word: Group["reboots"]): number {
  return fleet.groups.reduce((sum, group) => sum + (group.reboots === word ? group.phones.length : 0), 0);
}

function plainLine({ change, phones, models, reboots, files }: Group): string {
  return [change, phones.length, models.join(" "), reboots, files.map(({ name }) => name).join(" ")].join(
    "\t",
  );
}

const restarts = { yes: "they restart", no: "no restart", unknown: "restart: not known" } as const;

function printGroup(group: Group, context: CliContext): void {
  const { phones, models, change, files, reboots, rebootsBy } = group;
  const named = phones.slice(0, mostNamed).join(" ") + (phones.length > mostNamed ? " …" : "");
  const by = rebootsBy.length === 0 ? "" : ` by ${rebootsBy.join(", ")}`;
  const restart = change === "changed" ? `, ${restarts[reboots]}${by}` : "";
  const head = `── ${phones.length} ${phones.length === 1 ? "phone" : "phones"} ${change}: ${models.join(", ")}${restart}`;
  context.out(context.style.strong(head));
  context.out(context.style.faint(`   ${named}`));
  for (const file of files) for (const line of fileLines(file)) context.out(line);
}

function fileLines({ name, change, removed, added }: File): string[] {
  const lines = [
    ...removed.map((line) => `   - ${printable(line)}`),
    ...added.map((line) => `   + ${printable(line)}`),
  ];
  const more = lines.length - mostLines;
  const head = change === "changed" ? `   ${printable(name)}` : `   ${printable(name)} (${change})`;
  return [
    head,
    ...lines.slice(0, mostLines),
    ...(more > 0 ? [`   … ${more} more lines (--json has them)`] : []),
  ];
}
