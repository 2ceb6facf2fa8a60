import type { Command } from "commander";
import type { Observation } from "../../../protocol/observation.ts";
import { decodeRange, discoverSwitches } from "../../probes/discover-switches.ts";
import { poePorts } from "../../probes/poe-ports.ts";
import type { SwitchSettings } from "../../probes/poe-ports/switch-settings.ts";
import { bouncePortFromCommand, type BounceFlags } from "./bounce.ts";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes, type ExitCode } from "../exit-codes.ts";
import { openPlaces } from "./kept-places.ts";
import { exitCodeOf, ioFor, judge, lookAll } from "../look.ts";
import { printFindings, printObservation } from "../print/print-findings.ts";
import { printVerdict } from "../print/print-verdict.ts";
import { settingsFrom } from "../settings-options.ts";
import { stateFolder } from "../state-folder.ts";

interface PoeFlags extends BounceFlags {
  readonly json?: boolean;
  readonly verbose?: boolean;
  readonly discover?: readonly string[];
  readonly bounce?: string;
}

/** What `offhook diag poe` has beyond its probe: several switches, those of a network, and the restart of a port. */
export function extendPoeVerb(diagCommand: Command, context: CliContext): void {
  const verb = diagCommand.commands.find((each) => each.name() === poePorts.verb);
  if (verb === undefined) return;
  verb
    .option("--discover <range...>", "find the switches of an IPv4 network first, such as 192.0.2.0/28")
    .option("--bounce <port>", "restart what this port powers: PoE off, on, and wait for it")
    .option("--yes", "with it: do not ask first")
    .option("--force", "with it: an uplink, or a port that powers nothing, too")
    .option("--wait <n>", "with it: seconds for the phone to come back", Number, 180);
  verb.addHelpText(
    "after",
    "\nSeveral switches, those of a network, one port:\n  offhook diag poe 192.0.2.10 192.0.2.11\n  offhook diag poe --discover 192.0.2.0/28\n  offhook diag poe 192.0.2.10 --bounce Gi1/0/7 --write-from file:writers\n",
  );
  verb.action(async (targets: readonly string[], flags: PoeFlags & Record<string, unknown>) => {
    const settings = settingsFrom(poePorts.settings, flags);
    if (flags.bounce === undefined) {
      await lookAtSwitches(targets, settings, flags, context);
      return;
    }
    const [target, ...others] = targets;
    if (target === undefined || others.length > 0 || flags.discover !== undefined)
      throw new CliError(exitCodes.usage, "--bounce is for one port of one switch");
    await bouncePortFromCommand({ target, port: flags.bounce, settings }, flags, context);
  });
}

async function lookAtSwitches(
  named: readonly string[],
  settings: Record<string, unknown>,
  flags: PoeFlags,
  context: CliContext,
): Promise<void> {
  const targets = [...new Set([...named, ...(await found(flags.discover ?? [], settings, context))])];
  if (targets.length === 0 && flags.discover === undefined)
    throw new CliError(exitCodes.usage, "no switch is named", "offhook diag poe HOST, or --discover RANGE");
  if (targets.length > 1 && settings.id !== undefined)
    throw new CliError(exitCodes.usage, "--id is the name of one switch, and several are looked at");
  const places = openPlaces(stateFolder(context.environment));
  const observations = await lookAll(
    targets.map((target) => ({ probe: poePorts, target, settings })),
    context,
  );
  places.keep(context);
  const { findings } = judge(observations);
  if (flags.json === true) {
    const which = targets.length === 1 ? { target: targets[0] } : { targets };
    context.out(JSON.stringify({ probe: poePorts.name, ...which, observations, findings }));
  } else {
    for (const line of linesOf(observations, flags)) context.out(line);
    if (findings.length > 0) context.out("");
    for (const line of printFindings(context.style, findings, context.width)) context.out(line);
    for (const line of printVerdict(context.style, findings, observations)) context.out(line);
  }
  context.end(endOf(findings, observations));
}

async function found(
  ranges: readonly string[],
  settings: Record<string, unknown>,
  context: CliContext,
): Promise<string[]> {
  const targets: string[] = [];
  for (const text of ranges) {
    const range = decodeRange(text);
    if (!range.ok)
      throw new CliError(
        exitCodes.usage,
        `--discover ${text}: expected ${range.why.expected}, found ${range.why.found}`,
      );
    // Checked against this very schema by settingsFrom.
    const asked = settings as SwitchSettings;
    const devices = await discoverSwitches(range.value, asked, ioFor(context), context.signal);
    const switches = devices.filter(({ isSwitch }) => isSwitch);
    const others = devices.length - switches.length;
    const more = others === 0 ? "" : `, and ${others} that answer and are none`;
    context.say(`${text}: ${switches.length} switch${switches.length === 1 ? "" : "es"}${more}`);
    for (const { target, name, about } of switches)
      context.say(`  ${[target, name, about?.slice(0, 60)].filter((part) => part !== undefined).join("  ")}`);
    targets.push(...switches.map(({ target }) => target));
  }
  return targets;
}

const switchOf = (subject: string) => subject.slice(subject.indexOf(":") + 1).split("/")[0] ?? "";

/** A face per switch, in the order in which they were named. */
function linesOf(observations: readonly Observation[], { verbose }: PoeFlags): string[] {
  if (verbose === true) return observations.map(printObservation);
  const own = observations.filter(({ subject }) => /^(switch|port):/.test(subject));
  const faces = [...Map.groupBy(own, ({ subject }) => switchOf(subject)).values()];
  return faces.flatMap((face, at) => [...(at === 0 ? [] : [""]), ...(poePorts.show?.(face) ?? [])]);
}

/** Some switches answered and some did not: partly done, unless something is wrong besides. */
function endOf(findings: Parameters<typeof exitCodeOf>[0], observations: readonly Observation[]): ExitCode {
  const code = exitCodeOf(findings, observations);
  const silent = observations.some(({ key, outcome }) => key === "switch.snmp" && outcome !== "ok");
  return code === exitCodes.done && silent ? exitCodes.partly : code;
}
