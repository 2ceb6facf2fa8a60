import type { Command } from "commander";
import type { TSchema } from "typebox";
import type { Probe } from "../../../protocol/probe.ts";
import type { AgentIo } from "../../io/io.ts";
import { probes } from "../../probes/list.ts";
import { notify } from "../../probes/notify.ts";
import { sipLoad } from "../../probes/sip-load.ts";
import { sipOptions } from "../../probes/sip-options.ts";
import type { CliContext } from "../context.ts";
import { addCaptureVerb } from "./diag-capture.ts";
import { lookWithEvidence } from "./diag-capture-evidence.ts";
import { addCapacity } from "./diag-capacity.ts";
import { addConsole } from "./diag-console.ts";
import { extendMeterVerb, type Addition } from "./diag-meter.ts";
import { addIdentity } from "./diag-identity.ts";
import { addNotify } from "./diag-notify.ts";
import { addQuality } from "./diag-quality.ts";
import { extendPoeVerb } from "./diag-poe.ts";
import { extendSipVerb } from "./diag-sip.ts";
import { fitLine } from "../print/fit-line.ts";
import { exitCodeOf, judge } from "../look.ts";
import { addPorts } from "../ports.ts";
import { printFindings, printObservation } from "../print/print-findings.ts";
import { printVerdict } from "../print/print-verdict.ts";
import { addSettingsOptions, settingsFrom } from "../settings-options.ts";

/** `offhook diag …`: one verb per probe of the list, its options from the probe's own settings schema. */
export function diag(command: Command, context: CliContext): void {
  command.configureHelp({ sortSubcommands: true });
  command.addHelpText(
    "after",
    "\nExamples:\n  offhook diag sip pbx.example                       does the PBX answer\n  offhook diag rtp mirror.example --streams 5        what the line does to calls\n  offhook diag registered 1001@pbx.example           is this phone logged in\n",
  );
  for (const probe of probes) addProbe(command, probe, context);
  extendMeterVerb(command, context, runProbe);
  addCaptureVerb(command, context);
  addConsole(command, context);
  extendSipVerb(command, context, {
    runOnce: (target, options) => runProbe(sipOptions, target, options, context),
    runLoad: (target, options) => runProbe(sipLoad, target, options, context),
  });
  extendPoeVerb(command, context);
  addPorts(command, context);
  addCapacity(command, context);
  addQuality(command, context);
  addIdentity(command, context);
  addNotify(command, context, (target, options) => runProbe(notify, target, options, context));
}

function addProbe(diagCommand: Command, probe: Probe<TSchema, AgentIo>, context: CliContext): void {
  const optional = probe.target.startsWith("[");
  const argument = probe.target.replace(/^\[(.*)\]$/, "$1");
  const verb = diagCommand
    .command(probe.verb)
    .description(probe.about)
    .argument(probe.several === true ? "[target...]" : optional ? "[target]" : "<target>", argument)
    .option("--json", "one JSON object on stdout: observations and findings")
    .option("-v, --verbose", "every observation, not only the table");
  if (!optional) verb.option("--evidence <file>", "keep the packets of this look in a pcap, secrets masked");
  addSettingsOptions(verb, probe.settings);
  verb.addHelpText("after", `\nExample:\n  ${probe.example}\n`);
  verb.action(async (target: string | undefined, options: Record<string, unknown>) => {
    await runProbe(probe, target ?? "", options, context);
  });
}

/** One look for a person: the table or every observation, then what is wrong. */
async function runProbe(
  probe: Probe<TSchema, AgentIo>,
  target: string,
  options: Record<string, unknown>,
  context: CliContext,
  add?: Addition,
): Promise<void> {
  const settings = settingsFrom(probe.settings, options);
  const observations = await lookWithEvidence({ probe, target, settings }, options.evidence, context);
  const { findings } = judge(observations);
  const added = add?.(observations);
  if (options.json === true)
    context.out(JSON.stringify({ probe: probe.name, target, observations, findings, ...added?.json }));
  else {
    const table = options.verbose === true ? undefined : probe.show?.(observations);
    const lines = [...(table ?? observations.map(printObservation)), ...(added?.lines ?? [])];
    if (findings.length > 0) lines.push("");
    lines.push(...printFindings(context.style, findings, context.width));
    lines.push(...printVerdict(context.style, findings, observations, table?.[0]));
    for (const line of lines) for (const each of fitLine(line, context.width)) context.out(each);
  }
  context.end(exitCodeOf(findings, observations));
}
