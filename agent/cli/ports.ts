import type { Command } from "commander";
import { subjectText } from "../../protocol/subject-text.ts";
import { printMacAddress } from "../../protocol/mac-address.ts";
import type { Observation } from "../../protocol/observation.ts";
import { poePorts } from "../probes/poe-ports.ts";
import type { CliContext } from "./context.ts";
import { CliError, exitCodes } from "./exit-codes.ts";
import { openPlaces } from "./diag/kept-places.ts";
import { lookAll, type Look } from "./look.ts";
import { phoneRows, type PhoneRow } from "./phone/phone-rows.ts";
import { printRows } from "./print/print-rows.ts";
import { addSettingsOptions, settingsFrom } from "./settings-options.ts";
import { looksOfSite, readSiteFile } from "./site/site-file.ts";
import { stateFolder } from "./state-folder.ts";

interface PortsFlags {
  readonly switch?: readonly string[];
  readonly site?: string;
  readonly mac?: string;
  readonly json?: boolean;
  readonly plain?: boolean;
}

/** `offhook diag ports`: which phone is on which switch and port, how we know, and how old that knowledge is. */
export function addPorts(diagCommand: Command, context: CliContext): void {
  const verb = diagCommand
    .command("ports")
    .description("where phones are: switch and port of each, with the proof and its age")
    .option("--switch <host...>", "ask these switches")
    .option("--site <file>", "ask the switches of a site file")
    .option("--mac <mac>", "only this phone; at least 4 hex digits of its MAC")
    .option("--json", "one JSON object a line")
    .option("--plain", "tab-separated, heads first");
  addSettingsOptions(verb, poePorts.settings);
  verb.addHelpText("after", "\nExample:\n  offhook diag ports --site site.toml --mac 80:5e:c0:01:00:07\n");
  verb.action(async (flags: PortsFlags & Record<string, unknown>) => showPorts(flags, context));
}

const columns = [
  { head: "PHONE", cell: (row: PhoneRow) => (row.mac === null ? "" : printMacAddress(row.mac)) },
  { head: "MODEL", cell: (row: PhoneRow) => row.model ?? "" },
  { head: "SWITCH", cell: (row: PhoneRow) => row.switch },
  { head: "PORT", cell: (row: PhoneRow) => row.port },
  { head: "KNOWN BY", cell: (row: PhoneRow) => row.by ?? "" },
  { head: "AGE", cell: (row: PhoneRow) => age(row.age) },
  { head: "THERE SINCE", cell: (row: PhoneRow) => (row.since === null ? "" : `${age(row.since)} ago`) },
  { head: "NOTE", cell: (row: PhoneRow) => row.note ?? "" },
];

async function showPorts(flags: PortsFlags & Record<string, unknown>, context: CliContext): Promise<void> {
  const wanted = wantedDigits(flags.mac);
  const looks = looksFor(flags);
  const places = openPlaces(stateFolder(context.environment));
  const observations = await lookAll(looks, context);
  places.keep(context);
  for (const each of silentSwitches(observations)) context.say(each);
  const all = phoneRows(observations, places.before, Date.now());
  const rows = all.filter(({ mac, lost }) => (wanted === "" ? !lost : mac?.includes(wanted) === true));
  if (rows.length > 0 || flags.json === true || flags.plain === true)
    printRows(rows, columns, flags, context);
  const only = rows.length === 1 ? rows[0]?.proof : null;
  if (typeof only === "string" && flags.json !== true && flags.plain !== true)
    context.out(context.style.faint(`Proof: ${only}`));
  if (rows.length === 0)
    context.say(
      wanted === "" ? "No phone is seen." : "This phone is on none of these switches, and never was.",
    );
  context.end(endOf(rows, observations));
}

function endOf(rows: readonly PhoneRow[], observations: readonly Observation[]) {
  const silent = silentSwitches(observations);
  if (rows.some(({ lost }) => !lost)) return silent.length > 0 ? exitCodes.partly : exitCodes.done;
  const heard = observations.some(({ key, outcome }) => key === "switch.snmp" && outcome === "ok");
  return heard ? exitCodes.problemFound : exitCodes.unreachable;
}

function wantedDigits(mac: string | undefined): string {
  const digits = (mac ?? "").replaceAll(/[:\-. ]/g, "").toLowerCase();
  if (mac === undefined || /^[0-9a-f]{4,12}$/.test(digits)) return digits;
  throw new CliError(exitCodes.usage, `--mac ${mac} is no MAC, nor at least 4 hex digits of one`);
}

function looksFor(flags: PortsFlags & Record<string, unknown>): Look[] {
  const targets = flags.switch ?? [];
  if ((targets.length === 0) === (flags.site === undefined))
    throw new CliError(exitCodes.usage, "say which switches: --switch HOST…, or --site FILE");
  if (flags.site !== undefined) {
    const looks = looksOfSite(readSiteFile(flags.site)).filter(({ probe }) => probe === poePorts);
    if (looks.length > 0) return looks;
    throw new CliError(exitCodes.badConfig, `${flags.site} has no plan with the probe ${poePorts.name}`);
  }
  const settings = settingsFrom(poePorts.settings, flags);
  if (targets.length > 1 && settings.id !== undefined)
    throw new CliError(exitCodes.usage, "--id is the name of one switch, and several are asked");
  return targets.map((target) => ({ probe: poePorts, target, settings }));
}

function silentSwitches(observations: readonly Observation[]): string[] {
  return observations
    .filter(({ key, outcome }) => key === "switch.snmp" && outcome !== "ok")
    .map(({ subject, outcome, evidence }) => `${subjectText(subject)}: ${outcome}, ${evidence ?? ""}`);
}

function age(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}
