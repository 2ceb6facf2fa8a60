import type { Command } from "commander";
import { Option } from "commander";
import type { TSchema } from "typebox";
import type { Observation } from "../../../protocol/observation.ts";
import type { Probe } from "../../../protocol/probe.ts";
import type { AgentIo } from "../../io/io.ts";
import { judgeCable, wireOhms, type WireGauge } from "../../meters/cable-drop.ts";
import { meter } from "../../probes/meter.ts";
import { choosePort } from "./choose-port.ts";
import type { CliContext } from "../context.ts";
import { addCapture } from "./diag-meter-capture.ts";
import { addDecode } from "./diag-meter-decode.ts";
import { watchFromCommand, type WatchFlags } from "./diag-meter-watch.ts";
import { CliError, exitCodes } from "../exit-codes.ts";

/** What a verb adds to what its probe gives. */
export type Addition = (observations: readonly Observation[]) => {
  readonly lines: readonly string[];
  readonly json: Readonly<Record<string, unknown>>;
};

type RunProbe = (
  probe: Probe<TSchema, AgentIo>,
  target: string,
  options: Record<string, unknown>,
  context: CliContext,
  add?: Addition,
) => Promise<void>;

interface MeterFlags extends WatchFlags {
  readonly sourceVolts?: number;
  readonly watts?: number;
  readonly length?: number;
  readonly gauge: WireGauge;
}

/** What `offhook diag meter` has beyond its probe: the port and the meter found, a watch, a recording, the cable, and two verbs. */
export function extendMeterVerb(diag: Command, context: CliContext, runProbe: RunProbe): void {
  const verb = diag.commands.find((command) => command.name() === meter.verb);
  if (verb === undefined) throw new Error(`no verb ${meter.verb}`);
  verb
    .option("--watch", "go on until Ctrl-C: a line per reading, and what happens to the port")
    .option("--chart", "with it, a chart of the readings on the terminal")
    .option("--seconds <n>", "end the watch after so many seconds", Number)
    .option("--csv <file>", "watch, and write every reading to this file")
    .option("--ripple", "with the knob on V AC: watch until the ripple can be judged")
    .option("--source-volts <n>", "volts at the switch, to judge what the cable takes", Number)
    .option("--watts <n>", "what the phone draws, for that", Number)
    .option("--length <n>", "metres of cable, for that", Number)
    .addOption(
      new Option("--gauge <awg>", "its wire, for that").choices(Object.keys(wireOhms)).default("24"),
    );
  addDecode(verb, context);
  addCapture(verb, context);
  verb.action(async (target: string | undefined, flags: MeterFlags & Record<string, unknown>) => {
    const port = target ?? (await choosePort());
    const options = withAuto(verb, flags);
    if ([flags.watch, flags.chart, flags.csv, flags.ripple].some((flag) => flag !== undefined))
      await watchFromCommand(port, options as WatchFlags & Record<string, unknown>, context);
    else await runProbe(meter, port, options, context, cableAddition(flags));
  });
}

/** A person who names no meter wants it found; the default stands for callers that write it down. */
function withAuto(verb: Command, flags: Record<string, unknown>): Record<string, unknown> {
  const named = verb.getOptionValueSource("meter") !== "default";
  const timed = verb.getOptionValueSource("timeout") !== "default";
  const heard = verb.getOptionValueSource("listen") !== "default";
  const listen = timed && !heard ? Math.min(Number(flags.listen), Number(flags.timeout)) : flags.listen;
  return { ...flags, listen, meter: named ? flags.meter : "auto" };
}

/** Does the cable take what it should? Only where a person says what the other end has. */
function cableAddition(flags: MeterFlags): Addition {
  const { sourceVolts, watts, length: meters, gauge } = flags;
  if (sourceVolts === undefined) return () => ({ lines: [], json: {} });
  if (watts === undefined || meters === undefined)
    throw new CliError(exitCodes.usage, "--source-volts needs --watts and --length as well");
  return (observations) => {
    const volts = observations.find(({ key }) => key === "dmm.volts")?.value;
    if (typeof volts !== "number") return { lines: [], json: {} };
    const cable = judgeCable({ sourceVolts, phoneVolts: volts, watts, meters, gauge });
    return { lines: [`cable    ${cable.verdict}: ${cable.reason}`], json: { cable } };
  };
}
