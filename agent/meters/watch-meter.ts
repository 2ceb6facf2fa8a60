import type { Clock } from "../io/clock.ts";
import { SerialError, type SerialLink } from "../io/serial/serial.ts";
import type { Chip } from "./chips/chip.ts";
import { staleAfter } from "./judge.ts";
import { keepConnected } from "./keep-connected.ts";
import { sleepOr, type Listening, type TimedReading } from "./listening.ts";
import { lineNoise, noiseSentence } from "./noise.ts";
import { readMeter } from "./read-meter.ts";

/** What happens while a meter is watched. */
export type MeterEvent =
  | { readonly event: "opened" }
  | { readonly event: "reading"; readonly timed: TimedReading }
  /** The port is lost, or would not open; it is tried again after so many ms. */
  | { readonly event: "lost"; readonly problem: SerialError; readonly again: number }
  /** Readings came and stopped. */
  | { readonly event: "stale"; readonly sentence: string }
  /** Something is wrong on the line: nothing comes, or no frame, or too many broken ones. */
  | { readonly event: "trouble"; readonly sentence: string };

/** How a port has fared since the watch began. */
export interface PortHealth {
  readonly bytes: number;
  readonly good: number;
  readonly bad: number;
  readonly dropped: number;
  readonly reconnects: number;
}

export interface WatchOptions {
  /** Opens the port; by a name that stays after a replug, looked up anew each time. */
  readonly open: () => Promise<SerialLink>;
  readonly chip: Chip;
  readonly meter: { readonly name: string; readonly howTo: string };
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly onEvent: (event: MeterEvent) => void;
}

const look = 500;
/** ms after which an open port that gave no reading is told about. */
const quiet = 5000;
const forever = 2 ** 31 - 1;

/** Watches a meter until the signal ends it: an unplugged, taken or silent port is told about and tried again, for ever. */
export async function watchMeter(options: WatchOptions): Promise<PortHealth> {
  const health = { bytes: 0, good: 0, bad: 0, dropped: 0 };
  const reconnects = await keepConnected({
    open: options.open,
    clock: options.clock,
    signal: options.signal,
    onLost: (problem, again) => options.onEvent({ event: "lost", problem, again }),
    async use(link) {
      options.onEvent({ event: "opened" });
      let standing: (() => Listening) | undefined;
      try {
        const listening = await readWatched(link, options, (live) => {
          standing = live;
        });
        return listening.closed ?? unanswered(options);
      } finally {
        const listening = standing?.();
        health.bytes += listening?.bytes ?? 0;
        health.good += listening?.readings.length ?? 0;
        health.bad += listening?.badCount ?? 0;
        health.dropped += listening?.dropped ?? 0;
      }
    },
  });
  return { ...health, reconnects };
}

/** A meter that is asked and does not answer: the port is well, and is opened again all the same. */
const unanswered = ({ meter }: WatchOptions) =>
  new SerialError("port-failed", `the ${meter.name} does not answer`, { advice: meter.howTo });

async function readWatched(
  link: SerialLink,
  options: WatchOptions,
  live: (standing: () => Listening) => void,
): Promise<Listening> {
  const over = new AbortController();
  const dog = new WatchDog(options);
  const watching = dog.run(AbortSignal.any([over.signal, options.signal]));
  try {
    return await readMeter(link, options.chip, {
      enough: () => false,
      timeout: forever,
      clock: options.clock,
      signal: options.signal,
      onReading: (timed) => dog.reading(timed),
      live: (standing) => {
        dog.watch(standing);
        live(standing);
      },
    });
  } finally {
    over.abort();
    await watching;
  }
}

/** Looks twice a second whether readings still come, and says once what is wrong. */
class WatchDog {
  readonly #options: WatchOptions;
  readonly #opened: number;
  #recent: TimedReading[] = [];
  #standing: (() => Listening) | undefined;
  #told: string | undefined;
  #seen = { bytes: 0, dropped: 0, refused: 0, at: 0 };

  constructor(options: WatchOptions) {
    this.#options = options;
    this.#opened = options.clock.mono();
    this.#seen.at = this.#opened;
  }

  watch(standing: () => Listening): void {
    this.#standing = standing;
  }

  reading(timed: TimedReading): void {
    this.#recent = [...this.#recent.slice(-9), timed];
    if (this.#told === "stale") this.#told = undefined;
    this.#options.onEvent({ event: "reading", timed });
  }

  async run(signal: AbortSignal): Promise<void> {
    while (await sleepOr(this.#options.clock, look, signal)) this.#look();
  }

  #look(): void {
    const now = this.#options.clock.mono();
    const last = this.#recent.at(-1);
    if (last === undefined) {
      if (now - this.#opened >= quiet) this.#tell("trouble", this.#whyNothing());
      return;
    }
    const age = now - last.at;
    if (age > staleAfter(this.#recent))
      this.#tell(
        "stale",
        `no reading for ${(age / 1000).toFixed(0)} s: the meter is asleep, or the cable is off`,
      );
    else if (now - this.#seen.at >= quiet) this.#lookForNoise(now);
  }

  /** More than a fifth of what came in five seconds is damaged. */
  #lookForNoise(now: number): void {
    const standing = this.#standing?.();
    if (standing === undefined) return;
    const { bytes, dropped, refused } = standing;
    const part = {
      ...standing,
      bytes: bytes - this.#seen.bytes,
      dropped: dropped - this.#seen.dropped,
      refused: refused - this.#seen.refused,
    };
    this.#seen = { bytes, dropped, refused, at: now };
    const sentence = lineNoise(part);
    if (sentence !== undefined) this.#tell("trouble", sentence);
    else if (this.#told === "trouble") this.#told = undefined;
  }

  #whyNothing(): string {
    const { meter } = this.#options;
    const standing = this.#standing?.();
    return standing === undefined || standing.bytes === 0
      ? `nothing comes: ${meter.howTo}`
      : noiseSentence(standing, meter.name);
  }

  #tell(event: "stale" | "trouble", sentence: string): void {
    if (this.#told === event) return;
    this.#told = event;
    this.#options.onEvent({ event, sentence });
  }
}
