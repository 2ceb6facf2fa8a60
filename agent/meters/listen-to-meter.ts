import type { Clock } from "../io/clock.ts";
import type { SerialError, SerialLink } from "../io/serial.ts";
import { scanFrames, startOfStream, type PolledChip, type StreamingChip } from "./chips/chip.ts";
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
  readonly dropped: number;
  readonly bad: readonly string[];
  readonly closed?: SerialError;
}

export interface ListenOptions {
  /** Enough readings. */
  readonly readings: number;
  /** Until then at the latest, ms. */
  readonly timeout: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Listens to a meter that talks by itself. Nothing is ever written: what is on the port may not be a meter. */
export async function listenToMeter(
  link: SerialLink,
  chip: StreamingChip,
  options: ListenOptions,
): Promise<Listening> {
  const readings: TimedReading[] = [];
  const bad: string[] = [];
  let state = startOfStream;
  let bytes = 0;
  let dropped = 0;
  let closed: SerialError | undefined;
  const enough = new AbortController();
  link.listen(
    (chunk) => {
      const at = options.clock.mono();
      const scanned = scanFrames(chip, state, chunk);
      state = scanned.state;
      bytes += chunk.length;
      dropped += scanned.dropped;
      bad.push(...scanned.bad.slice(0, 20 - bad.length));
      readings.push(...scanned.readings.map((reading) => ({ reading, at })));
      if (readings.length >= options.readings) enough.abort();
    },
    (problem) => {
      closed = problem;
      enough.abort();
    },
  );
  await waitUntil(enough.signal, options);
  return { readings, bytes, dropped, bad, ...(closed === undefined ? {} : { closed }) };
}

async function waitUntil(enough: AbortSignal, options: ListenOptions): Promise<void> {
  try {
    await options.clock.sleep(options.timeout, AbortSignal.any([enough, options.signal]));
  } catch (error) {
    if (options.signal.aborted) throw error;
  }
}

/** Lines of a polled meter, each matched with the one command in flight; what comes unasked is dropped. */
class Conversation {
  readonly #link: SerialLink;
  readonly #terminator: string;
  #text = "";
  #waiting: ((line: string) => void) | undefined;
  bytes = 0;
  dropped = 0;
  closed: SerialError | undefined;

  constructor(link: SerialLink, terminator: string) {
    this.#link = link;
    this.#terminator = terminator;
    link.listen(
      (chunk) => this.#take(chunk),
      (problem) => {
        this.closed = problem;
      },
    );
  }

  #take(chunk: Uint8Array): void {
    this.bytes += chunk.length;
    this.#text = (this.#text + Buffer.from(chunk).toString("latin1")).slice(-4096);
    for (let end = this.#text.search(/[\r\n]/); end >= 0; end = this.#text.search(/[\r\n]/)) {
      const line = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 1);
      // CR LF and LF CR make an empty second line.
      if (line !== "") this.#hand(line);
    }
  }

  #hand(line: string): void {
    if (this.#waiting === undefined) this.dropped += line.length;
    this.#waiting?.(line);
    this.#waiting = undefined;
  }

  async say(command: string): Promise<void> {
    await this.#link.write(Buffer.from(command + this.#terminator, "latin1"));
  }

  async ask(command: string, options: ListenOptions): Promise<string | undefined> {
    // A reply that comes after its time-out must not answer the next command.
    this.dropped += this.#text.length;
    this.#text = "";
    const came = new AbortController();
    let answer: string | undefined;
    this.#waiting = (line) => {
      answer = line;
      came.abort();
    };
    await this.say(command);
    await waitUntil(came.signal, { ...options, timeout: Math.min(options.timeout, 2000) });
    this.#waiting = undefined;
    return answer;
  }
}

/** Asks a meter that answers commands, and leaves it as it was found, also after an error. */
export async function askMeter(
  link: SerialLink,
  chip: PolledChip,
  options: ListenOptions,
): Promise<Listening> {
  const talk = new Conversation(link, chip.terminator);
  const readings: TimedReading[] = [];
  const bad: string[] = [];
  const end = options.clock.mono() + options.timeout;
  try {
    for (const command of chip.setUp) await talk.say(command);
    while (readings.length < options.readings && options.clock.mono() < end && talk.closed === undefined) {
      const answers = await answersOf(talk, chip, options);
      if (answers === undefined) break;
      const reading = chip.decodeAnswers(answers);
      if (reading.ok) readings.push({ reading: reading.value, at: options.clock.mono() });
      else bad.push(`${reading.why.place}: expected ${reading.why.expected}, found ${reading.why.found}`);
      if (bad.length > 3) break;
    }
  } finally {
    for (const command of chip.tearDown) await talk.say(command).catch(() => {});
  }
  return {
    readings,
    bytes: talk.bytes,
    dropped: talk.dropped,
    bad,
    ...(talk.closed === undefined ? {} : { closed: talk.closed }),
  };
}

async function answersOf(
  talk: Conversation,
  chip: PolledChip,
  options: ListenOptions,
): Promise<string[] | undefined> {
  const answers: string[] = [];
  for (const command of chip.poll) {
    const answer = await talk.ask(command, options);
    if (answer === undefined) return undefined;
    answers.push(answer);
  }
  return answers;
}
