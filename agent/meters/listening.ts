import type { Clock } from "../io/clock.ts";
import type { SerialError } from "../io/serial/serial.ts";
import type { SeventhBit } from "./chips/scan.ts";
import type { Reading } from "./reading.ts";

/** A reading and when it came, ms of the monotonic clock. */
export interface TimedReading {
  readonly reading: Reading;
  readonly at: number;
}

/** What a while of listening gave, good and bad: a cable fault is a finding too. */
export interface Listening {
  readonly readings: readonly TimedReading[];
  readonly bytes: number;
  /** Octets that belonged to no frame, and late or unasked answers. */
  readonly dropped: number;
  /** Octets of frames that were refused. */
  readonly refused: number;
  /** The first sentences on frames that were refused, with their hex. */
  readonly bad: readonly string[];
  readonly badCount: number;
  /** The first octets of all, to tell a console or noise by. */
  readonly sample: Uint8Array;
  readonly bit7?: SeventhBit;
  /** Commands that nothing answered, where the meter is asked. */
  readonly unanswered: number;
  readonly closed?: SerialError;
}

export interface ListenOptions {
  /** Has enough come? Asked after every reading. */
  readonly enough: (readings: readonly TimedReading[]) => boolean;
  /** Until then at the latest, ms. */
  readonly timeout: number;
  /** So many readings must have come within so many ms, or it ends then. */
  readonly least?: { readonly readings: number; readonly within: number };
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Told of each reading as it comes. */
  readonly onReading?: (reading: TimedReading) => void;
  /** Given, at the start, a way to see how it stands while it goes on. */
  readonly live?: (standing: () => Listening) => void;
}

const mostBad = 20;
const mostSample = 256;
/** Readings kept; a watch that runs for days keeps the last of them. */
const mostReadings = 20_000;

/** Collects what comes over a link; every way of reading a meter fills one. */
export class Gathering {
  readonly #options: ListenOptions;
  readonly #enough = new AbortController();
  readonly #readings: TimedReading[] = [];
  readonly #bad: string[] = [];
  #badCount = 0;
  #sample: number[] = [];
  bytes = 0;
  dropped = 0;
  refused = 0;
  unanswered = 0;
  bit7: SeventhBit | undefined;
  closed: SerialError | undefined;

  /** Ends when enough has come, the port closed, or the person wants no more. */
  readonly over: AbortSignal;

  constructor(options: ListenOptions) {
    this.#options = options;
    this.over = AbortSignal.any([this.#enough.signal, options.signal]);
    options.live?.(() => this.result);
  }

  /** Readings so far. */
  get count(): number {
    return this.#readings.length;
  }

  chunk(bytes: Uint8Array): void {
    this.bytes += bytes.length;
    if (this.#sample.length < mostSample) this.#sample.push(...bytes.subarray(0, mostSample));
  }

  reading(reading: Reading): void {
    const timed = { reading, at: this.#options.clock.mono() };
    this.#readings.push(timed);
    if (this.#readings.length > mostReadings) this.#readings.splice(0, mostReadings / 2);
    this.#options.onReading?.(timed);
    if (this.#options.enough(this.#readings)) this.stop();
  }

  bad(sentence: string, octets: number): void {
    this.#badCount += 1;
    this.refused += octets;
    if (this.#bad.length < mostBad) this.#bad.push(sentence);
  }

  close(problem: SerialError): void {
    this.closed = problem;
    this.stop();
  }

  stop(): void {
    this.#enough.abort();
  }

  /** Ends the listening where the least that must come does not. */
  async watchLeast(): Promise<void> {
    const { least, clock } = this.#options;
    if (least === undefined) return;
    const waited = await sleepOr(clock, least.within, this.over);
    if (waited && this.count < least.readings) this.stop();
  }

  get result(): Listening {
    return {
      readings: this.#readings,
      bytes: this.bytes,
      dropped: this.dropped,
      refused: this.refused,
      bad: this.#bad,
      badCount: this.#badCount,
      sample: Uint8Array.from(this.#sample.slice(0, mostSample)),
      unanswered: this.unanswered,
      ...(this.bit7 === undefined ? {} : { bit7: this.bit7 }),
      ...(this.closed === undefined ? {} : { closed: this.closed }),
    };
  }
}

/** Sleeps until then or until the signal ends it. @returns false when it was ended. */
export async function sleepOr(clock: Clock, ms: number, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false;
  try {
    await clock.sleep(ms, signal);
    return true;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

/** Which share of the octets that came belonged to no good frame, 0–1. */
export function lostShare(listening: Listening): number {
  return listening.bytes === 0 ? 0 : Math.min(1, (listening.dropped + listening.refused) / listening.bytes);
}
