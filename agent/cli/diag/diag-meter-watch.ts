import { appendFileSync, existsSync, statSync } from "node:fs";
import { systemClock } from "../../io/clock.ts";
import { SerialError } from "../../io/serial/serial.ts";
import { decimalText } from "../../meters/exact.ts";
import { judgeRipple, type Judgement, type RippleVerdict } from "../../meters/judge.ts";
import type { TimedReading } from "../../meters/listening.ts";
import { chipOf, loadMeters, type Meter } from "../../meters/meter.ts";
import { flagsOf, modeOf, type Reading } from "../../meters/reading.ts";
import { kindOf, lastRun, summaryOf } from "../../meters/series.ts";
import { watchMeter, type MeterEvent, type PortHealth } from "../../meters/watch-meter.ts";
import { findMeter } from "../../probes/meter.ts";
import { judgeListening } from "../../probes/meter/observe-listening.ts";
import { sparkline } from "../../sparkline.ts";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { ioFor } from "../look.ts";
import { printable } from "../print/print-rows.ts";

export interface WatchFlags {
  readonly watch?: true;
  readonly chart?: true;
  readonly ripple?: true;
  readonly csv?: string;
  readonly seconds?: number;
  readonly json?: true;
}

const chartWidth = 50;
/** Readings that the end is judged by: the last minute and more. */
const mostKept = 5000;

const shownValue = ({ value, unit, overload }: Reading) => {
  if (overload !== "none") return `${overload === "-" ? "-" : ""}OL ${unit}`.trim();
  return value === null ? "no number" : `${decimalText(value)} ${unit}`.trim();
};

/** Watches a meter on a port as the options say, until Ctrl-C or the end that they give. */
export async function watchFromCommand(
  port: string,
  options: WatchFlags & Record<string, unknown>,
  context: CliContext,
): Promise<void> {
  const io = ioFor(context);
  const found = await findOrTell(port, options, context);
  const chip = chipOf(found);
  const { line } = found;
  if (chip === undefined || line === undefined || chip.kind === "hid")
    throw new CliError(exitCodes.unreachable, found.hid ?? `${found.name} is on no serial port`);
  const watch = new Watch(port, found, options, context);
  const lines =
    line.dtr === undefined && line.rts === undefined
      ? {}
      : { lines: { dtr: line.dtr ?? false, rts: line.rts ?? false } };
  const limit = options.seconds === undefined ? [] : [AbortSignal.timeout(options.seconds * 1000)];
  const health = await watchMeter({
    open: () => io.openSerial({ path: port, baudRate: line.baudRate, ...lines }),
    chip,
    meter: found,
    clock: systemClock,
    signal: AbortSignal.any([context.signal, watch.enough, ...limit]),
    onEvent: (event) => watch.take(event),
  });
  watch.finish(health);
}

async function findOrTell(
  port: string,
  options: Record<string, unknown>,
  context: CliContext,
): Promise<Meter> {
  const settings = {
    meter: String(options.meter),
    ask: options.ask === true,
    listen: Number(options.listen),
  };
  try {
    const found = await findMeter(port, settings, ioFor(context), context.signal);
    if (found.kind === "known") return found.meter;
    throw new CliError(exitCodes.unreachable, found.evidence);
  } catch (error) {
    if (error instanceof SerialError) {
      const known = loadMeters().get(settings.meter);
      // A named meter whose port is not there yet can be waited for.
      if (known !== undefined && error.code === "port-missing") return known;
      throw new CliError(exitCodes.unreachable, error.message, `${error.advice}.`);
    }
    throw error;
  }
}

/** What a watch shows and keeps. */
class Watch {
  readonly #port: string;
  readonly #meter: Meter;
  readonly #flags: WatchFlags;
  readonly #context: CliContext;
  readonly #started = { now: systemClock.now(), mono: systemClock.mono() };
  readonly #enough = new AbortController();
  #kept: TimedReading[] = [];
  #said = "";

  constructor(port: string, meter: Meter, flags: WatchFlags, context: CliContext) {
    this.#port = port;
    this.#meter = meter;
    this.#flags = flags;
    this.#context = context;
    if (flags.csv !== undefined) startCsv(flags.csv);
  }

  get enough(): AbortSignal {
    return this.#enough.signal;
  }

  take(event: MeterEvent): void {
    switch (event.event) {
      case "opened":
        this.#say(`${this.#meter.name} on ${this.#port}: listening. Ctrl-C ends it.`);
        break;
      case "reading":
        this.#reading(event.timed);
        break;
      case "lost":
        this.#say(`${event.problem.message}: ${event.problem.advice}. It is tried again.`);
        break;
      case "stale":
      case "trouble":
        this.#say(`${event.sentence}.`);
        break;
    }
  }

  /** A port that stays away is told about once. */
  #say(sentence: string): void {
    if (sentence !== this.#said) this.#context.say(printable(sentence));
    this.#said = sentence;
  }

  #reading(timed: TimedReading): void {
    this.#kept.push(timed);
    if (this.#kept.length > mostKept) this.#kept = this.#kept.slice(-mostKept / 2);
    const { reading } = timed;
    const at = new Date(this.#started.now + timed.at - this.#started.mono).toISOString();
    this.#said = "";
    if (this.#flags.csv !== undefined)
      appendFileSync(this.#flags.csv, csvLine(at, this.#meter.name, reading));
    if (this.#flags.json === true) this.#context.out(JSON.stringify({ at, ...jsonReading(reading) }));
    else if (this.#flags.chart === true) this.#context.progress(this.#chartLine(reading));
    else this.#context.out(readingLine(at, reading));
    if (this.#flags.ripple === true && this.#ripple().verdict !== "no-window") this.#enough.abort();
  }

  #chartLine(reading: Reading): string {
    const values = numbersOf(this.#run());
    const summary = summaryOf(values);
    const range =
      summary === undefined
        ? ""
        : `  ${rounded(summary.min)} … ${rounded(summary.max)}, mean ${rounded(summary.mean)}`;
    return `${shownValue(reading)} ${modeOf(reading)}  ${sparkline(values.slice(-chartWidth), chartWidth)}${range}`;
  }

  #run(): readonly TimedReading[] {
    return lastRun(this.#kept);
  }

  #ripple(): { readonly verdict: RippleVerdict; readonly reasons: readonly string[] } {
    return judgeRipple({ readings: this.#kept, now: systemClock.mono() });
  }

  finish(health: PortHealth): void {
    const run = this.#run();
    const summary = summaryOf(numbersOf(run));
    const lost = health.bytes === 0 ? 0 : health.dropped / health.bytes;
    // The watch ended a moment ago: what came last is judged as of then.
    const last = run.at(-1)?.at ?? systemClock.mono();
    const verdict: { verdict: string; say?: string; reasons: readonly string[] } | Judgement =
      this.#flags.ripple === true ? this.#ripple() : judgeListening(this.#kept, this.#meter, last, lost);
    if (this.#flags.json === true)
      this.#context.out(JSON.stringify({ summary: summary ?? null, ...verdict, health }));
    else for (const line of this.#summaryLines(run, verdict, health)) this.#context.out(line);
    const fine = ["ok", "ripple-ok", "marginal-low", "marginal-high", "no-window"].includes(verdict.verdict);
    if (this.#kept.length === 0) this.#context.end(exitCodes.unreachable);
    else this.#context.end(fine ? exitCodes.done : exitCodes.problemFound);
  }

  #summaryLines(
    run: readonly TimedReading[],
    verdict: { readonly verdict: string; readonly say?: string; readonly reasons: readonly string[] },
    health: PortHealth,
  ): string[] {
    const values = numbersOf(run);
    const summary = summaryOf(values);
    const port = `port     ${health.good} readings, ${health.bad} bad frames, ${health.dropped} of ${health.bytes} bytes dropped, ${health.reconnects} reconnects`;
    if (summary === undefined) return [port];
    return [
      `series   ${sparkline(values, chartWidth)}  min ${rounded(summary.min)}, max ${rounded(summary.max)}, mean ${rounded(summary.mean)} of ${summary.count}`,
      `verdict  ${verdict.verdict}${verdict.say === undefined ? "" : `: ${verdict.say}`}`,
      ...verdict.reasons.map((reason) => `         ${reason}`),
      port,
    ];
  }
}

const rounded = (value: number) => decimalText(Number(value.toPrecision(6)));

const numbersOf = (readings: readonly TimedReading[]) =>
  readings.flatMap(({ reading }) => (reading.value === null || reading.afterResync ? [] : [reading.value]));

function readingLine(at: string, reading: Reading): string {
  const flags = flagsOf(reading).filter((flag) => flag !== "overload");
  const mark = reading.afterResync ? " (after a damaged frame)" : "";
  return `${at.slice(11, 23)}  ${shownValue(reading).padStart(14)}  ${modeOf(reading).padEnd(10)} ${flags.join(", ")}${mark}`.trimEnd();
}

function jsonReading(reading: Reading): Record<string, unknown> {
  return {
    quantity: reading.quantity,
    value: reading.value === null ? null : decimalText(reading.value),
    unit: reading.unit,
    overload: reading.overload,
    mode: modeOf(reading),
    flags: flagsOf(reading),
    kind: kindOf(reading),
    afterResync: reading.afterResync,
  };
}

const csvHead = "time,meter,value,unit,mode,overload,flags,after_resync\n";

function startCsv(file: string): void {
  try {
    if (!existsSync(file) || statSync(file).size === 0) appendFileSync(file, csvHead, { mode: 0o640 });
  } catch (error) {
    throw new CliError(exitCodes.usage, `--csv: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function csvLine(at: string, meter: string, reading: Reading): string {
  const name = /[",\n]/.test(meter) ? `"${meter.replaceAll('"', '""')}"` : meter;
  const value = reading.value === null ? "" : decimalText(reading.value);
  const flags = flagsOf(reading).filter((flag) => flag !== "overload");
  return `${[at, name, value, reading.unit, modeOf(reading), reading.overload, flags.join(" "), reading.afterResync].join(",")}\n`;
}
