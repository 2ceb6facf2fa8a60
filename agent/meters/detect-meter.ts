import type { Clock } from "../io/clock.ts";
import type { ModemLines, SerialLink } from "../io/serial/serial.ts";
import type { PolledChip, StreamingChip } from "./chips/chip.ts";
import { chips } from "./chips/list.ts";
import { scanFrames, startOfStream, type ScanState } from "./chips/scan.ts";
import { LineSplitter } from "./line-splitter.ts";
import { sleepOr } from "./listening.ts";
import type { Meter } from "./meter.ts";
import { readMeter } from "./read-meter.ts";
import type { Reading } from "./reading.ts";

/** A line to try. */
interface Line {
  readonly baudRate: number;
  readonly lines: ModemLines;
}

/** What a port turned out to be. */
export type Detected =
  | { readonly kind: "found"; readonly id: string; readonly alike: readonly string[] }
  | { readonly kind: "ambiguous"; readonly ids: readonly string[] }
  | { readonly kind: "nothing"; readonly bytes: number; readonly sample: Uint8Array };

export interface DetectOptions {
  readonly meters: ReadonlyMap<string, Meter>;
  readonly open: (line: Line) => Promise<SerialLink>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly say: (progress: string) => void;
  /** ms to listen per guess. */
  readonly each: number;
  /** May something be written to a port whose device is not known? */
  readonly ask: boolean;
}

/** The commonest first. */
const bauds = [19_200, 2400, 9600, 1200];
const leastReadings = 3;
const enoughReadings = 5;

const lineOf = ({ line }: Meter): Line | undefined =>
  line === undefined
    ? undefined
    : { baudRate: line.baudRate, lines: { dtr: line.dtr ?? true, rts: line.rts ?? false } };
const lineKey = ({ baudRate, lines }: Line) => `${baudRate} ${lines.dtr} ${lines.rts}`;

interface Guess {
  readonly line: Line;
  readonly chips: readonly StreamingChip[];
}

/** The lines of all meters that talk by themselves, each with the chips that may be heard on it. */
function guesses(meters: ReadonlyMap<string, Meter>): Guess[] {
  const found = new Map<string, { line: Line; names: Set<string> }>();
  for (const meter of meters.values()) {
    const line = lineOf(meter);
    if (line === undefined) continue;
    const guess = found.get(lineKey(line)) ?? { line, names: new Set() };
    guess.names.add(meter.chip);
    found.set(lineKey(line), guess);
  }
  const streaming = chips.filter((chip): chip is StreamingChip => chip.kind === "streaming");
  return [...found.values()]
    .map(({ line, names }) => ({ line, chips: streaming.filter(({ name }) => names.has(name)) }))
    .filter((guess) => guess.chips.length > 0)
    .toSorted((a, b) => rank(a.line) - rank(b.line));
}

const rank = ({ baudRate, lines }: Line) => bauds.indexOf(baudRate) * 2 + (lines.rts ? 1 : 0);

/** What one chip made of what was heard. */
interface Heard {
  readonly chip: StreamingChip;
  state: ScanState;
  readings: Reading[];
  lost: number;
}

/**
 * Finds out what is on a port that a person chose: listens at each speed, without sending one octet; only where `ask`
 * allows it, meters that must be asked are asked.
 * @throws SerialError where the port cannot be opened.
 */
export async function detectMeter(options: DetectOptions): Promise<Detected> {
  let most: { bytes: number; sample: Uint8Array } = { bytes: 0, sample: new Uint8Array(0) };
  let overloads: Detected | undefined;
  for (const guess of guesses(options.meters)) {
    options.signal.throwIfAborted();
    options.say(
      `listening at ${guess.line.baudRate} baud for ${guess.chips.map(({ name }) => name).join(", ")} …`,
    );
    const heard = await listenFor(guess, options);
    if (heard.bytes > most.bytes) most = { bytes: heard.bytes, sample: heard.sample };
    const judged = judge(heard.heard, heard.bytes, options.meters);
    if (judged !== undefined && heard.heard.some((each) => numbers(each) > 0)) return judged;
    // Overloads alone have few checked digits: another speed may say more.
    overloads ??= judged;
  }
  return overloads ?? (options.ask ? await askAround(options) : undefined) ?? { kind: "nothing", ...most };
}

async function listenFor(guess: Guess, options: DetectOptions) {
  await using link = await options.open(guess.line);
  const heard: Heard[] = guess.chips.map((chip) => ({ chip, state: startOfStream, readings: [], lost: 0 }));
  const enough = new AbortController();
  let bytes = 0;
  let sample: Uint8Array = new Uint8Array(0);
  link.listen(
    (chunk) => {
      bytes += chunk.length;
      if (sample.length < 256) sample = Buffer.concat([sample, chunk]).subarray(0, 256);
      for (const each of heard) hear(each, chunk);
      // One that stands alone needs no more; several are told apart by more frames.
      const sure = heard.filter(({ readings }) => readings.length > 0);
      if (sure.length === 1 && (sure[0]?.readings.length ?? 0) >= enoughReadings) enough.abort();
    },
    () => enough.abort(),
  );
  await sleepOr(options.clock, options.each, AbortSignal.any([enough.signal, options.signal]));
  return { heard, bytes, sample };
}

function hear(heard: Heard, chunk: Uint8Array): void {
  const scanned = scanFrames(heard.chip, heard.state, chunk);
  heard.state = scanned.state;
  heard.readings.push(...scanned.readings.filter(({ afterResync }) => !afterResync));
  heard.lost += scanned.dropped + scanned.bad.length * heard.chip.longest;
}

const numbers = ({ readings }: Heard) => readings.filter(({ value }) => value !== null).length;
const lastShown = ({ readings }: Heard) => {
  const last = readings.at(-1);
  return `${last?.quantity} ${last?.value} ${last?.overload}`;
};

/** The chips that read most of what came; two that read different numbers out of the same octets must not be guessed between. */
function judge(
  heard: readonly Heard[],
  bytes: number,
  meters: ReadonlyMap<string, Meter>,
): Detected | undefined {
  const likely = heard.filter(({ readings, lost }) => readings.length >= leastReadings && lost < bytes / 2);
  const best = Math.max(...likely.map(numbers));
  // Frames that are all overloads in one reading, and numbers in the other, are the other.
  const left = likely.filter((each) => numbers(each) * 2 >= best);
  const [first] = left;
  if (first === undefined) return undefined;
  const shown = new Set(left.map(lastShown));
  const ids = left.flatMap(({ chip }) => idsOf(chip.name, meters));
  if (shown.size > 1) return { kind: "ambiguous", ids };
  return found(first.chip.name, meters);
}

/** Meters of a chip, proved ones first. */
function idsOf(chip: string, meters: ReadonlyMap<string, Meter>): string[] {
  return [...meters]
    .filter(([, meter]) => meter.chip === chip && meter.line !== undefined)
    .toSorted(([, a], [, b]) => Number(b.mark === "proved") - Number(a.mark === "proved"))
    .map(([id]) => id);
}

function found(chip: string, meters: ReadonlyMap<string, Meter>): Detected | undefined {
  const ids = idsOf(chip, meters);
  const [id] = ids;
  return id === undefined ? undefined : { kind: "found", id, alike: ids };
}

/** ms for a meter to say who it is. */
const askTime = 1500;

/** Asks who is there: first by name, where the family has one, then by the request of the others. */
async function askAround(options: DetectOptions): Promise<Detected | undefined> {
  const named = await askNames(options);
  if (named !== undefined) return named;
  for (const chip of chips) {
    if (chip.kind !== "requested") continue;
    for (const line of linesOf(chip.name, options.meters)) {
      options.say(`asking a ${chip.name} at ${line.baudRate} baud …`);
      await using link = await options.open(line);
      const { clock, signal } = options;
      const heard = await readMeter(link, chip, {
        clock,
        signal,
        timeout: askTime * 1.5,
        enough: (readings) => readings.length >= 1,
      });
      if (heard.readings.length > 0) return found(chip.name, options.meters);
    }
  }
  return undefined;
}

function linesOf(chip: string, meters: ReadonlyMap<string, Meter>): Line[] {
  const lines = new Map<string, Line>();
  for (const id of idsOf(chip, meters)) {
    const meter = meters.get(id);
    const line = meter === undefined ? undefined : lineOf(meter);
    if (line !== undefined) lines.set(lineKey(line), line);
  }
  return [...lines.values()];
}

async function askNames(options: DetectOptions): Promise<Detected | undefined> {
  const polled = chips.filter(
    (chip): chip is PolledChip => chip.kind === "polled" && chip.identify !== undefined,
  );
  const asked = new Set<string>();
  for (const chip of polled) {
    for (const line of linesOf(chip.name, options.meters)) {
      const key = `${lineKey(line)} ${chip.identify?.command}${chip.terminator}`;
      if (asked.has(key)) continue;
      asked.add(key);
      options.say(`asking ${chip.identify?.command} at ${line.baudRate} baud …`);
      const lines = await askName(chip, line, options);
      const knower = polled.find((each) => lines.some((text) => each.identify?.recognises(text.trim())));
      if (knower !== undefined) return found(knower.name, options.meters);
    }
  }
  return undefined;
}

async function askName(chip: PolledChip, line: Line, options: DetectOptions): Promise<string[]> {
  await using link = await options.open(line);
  const splitter = new LineSplitter();
  const lines: string[] = [];
  const came = new AbortController();
  link.listen(
    (chunk) => {
      lines.push(...splitter.take(chunk));
      if (lines.some((text) => text.length > 4)) came.abort();
    },
    () => came.abort(),
  );
  await link
    .write(Buffer.from(`${chip.identify?.command ?? ""}${chip.terminator}`, "latin1"))
    .catch(() => {});
  await sleepOr(options.clock, askTime, AbortSignal.any([came.signal, options.signal]));
  return lines;
}
