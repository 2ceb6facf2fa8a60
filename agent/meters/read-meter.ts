import type { SerialLink } from "../io/serial/serial.ts";
import { mismatchSentence } from "../../protocol/decoded.ts";
import type { Chip, FrameChip, PolledChip, RequestedChip, StreamingChip } from "./chips/chip.ts";
import { scanFrames, startOfStream, type ScanState } from "./chips/scan.ts";
import { Conversation } from "./conversation.ts";
import { Gathering, sleepOr, type Listening, type ListenOptions } from "./listening.ts";

/** ms for one try of a text command; a bench meter takes a second for alternating volts. */
const commandTime = 2000;
/** ms for a line whose answers do not fit to come to rest. */
const restTime = 250;

/**
 * Reads a meter over an open link until enough has come, the time is over, or the port closes. A meter that talks by
 * itself is only listened to: not one octet is written.
 * @throws the signal's reason when a person ends it.
 */
export async function readMeter(link: SerialLink, chip: Chip, options: ListenOptions): Promise<Listening> {
  const gathering = new Gathering(options);
  const least = gathering.watchLeast();
  await readBy(link, chip, gathering, options);
  gathering.stop();
  await least;
  options.signal.throwIfAborted();
  return gathering.result;
}

async function readBy(
  link: SerialLink,
  chip: Chip,
  gathering: Gathering,
  options: ListenOptions,
): Promise<void> {
  switch (chip.kind) {
    case "streaming":
      await listen(link, chip, gathering, options);
      break;
    case "requested":
      await request(link, chip, gathering, options);
      break;
    case "polled":
      await ask(link, chip, gathering, options);
      break;
    case "hid":
      throw new Error(`${chip.name} is on no serial port`);
  }
}

/** Feeds a scanner with what comes and files what it finds. */
function scanner(chip: FrameChip, gathering: Gathering): { take(chunk: Uint8Array): void; restart(): void } {
  let state: ScanState = startOfStream;
  return {
    take(chunk) {
      const scanned = scanFrames(chip, state, chunk);
      state = scanned.state;
      gathering.dropped += scanned.dropped;
      if (chip.bits !== "8N1") gathering.bit7 = state.bit7;
      for (const sentence of scanned.bad) gathering.bad(sentence, chip.longest);
      for (const reading of scanned.readings) gathering.reading(reading);
    },
    restart() {
      gathering.dropped += state.rest.length;
      state = { ...state, rest: startOfStream.rest, before: undefined };
    },
  };
}

async function listen(
  link: SerialLink,
  chip: StreamingChip,
  gathering: Gathering,
  options: ListenOptions,
): Promise<void> {
  const frames = scanner(chip, gathering);
  link.listen(
    (chunk) => {
      gathering.chunk(chunk);
      frames.take(chunk);
    },
    (problem) => gathering.close(problem),
  );
  await sleepOr(options.clock, options.timeout, gathering.over);
}

async function request(
  link: SerialLink,
  chip: RequestedChip,
  gathering: Gathering,
  options: ListenOptions,
): Promise<void> {
  const frames = scanner(chip, gathering);
  let came = new AbortController();
  link.listen(
    (chunk) => {
      gathering.chunk(chunk);
      const before = gathering.count;
      frames.take(chunk);
      if (gathering.count > before) came.abort();
    },
    (problem) => gathering.close(problem),
  );
  await wake(link, chip, options);
  const end = options.clock.mono() + options.timeout;
  while (!gathering.over.aborted && options.clock.mono() < end) {
    // What is left of a late answer must not be the beginning of the next one.
    frames.restart();
    came = new AbortController();
    await link.write(chip.request).catch(() => {});
    const wait = Math.min(chip.timeout, end - options.clock.mono());
    if (await sleepOr(options.clock, wait, AbortSignal.any([came.signal, gathering.over])))
      gathering.unanswered += 1;
    await sleepOr(options.clock, chip.pause, gathering.over);
  }
}

async function wake(link: SerialLink, chip: RequestedChip, options: ListenOptions): Promise<void> {
  for (const rts of chip.wake?.rts ?? []) {
    await sleepOr(options.clock, chip.wake?.every ?? 0, options.signal);
    await link.setLines({ dtr: true, rts });
  }
  if (chip.wake !== undefined) await sleepOr(options.clock, chip.wake.every, options.signal);
}

/** Asks a meter that answers commands, and leaves it as it was found, also after an error. */
async function ask(
  link: SerialLink,
  chip: PolledChip,
  gathering: Gathering,
  options: ListenOptions,
): Promise<void> {
  const talk = new Conversation(link, chip, gathering, options.clock);
  const end = options.clock.mono() + options.timeout;
  let silent = false;
  try {
    for (const command of chip.setUp) await talk.say(command);
    while (!gathering.over.aborted && options.clock.mono() < end && !silent) {
      const answers = await answersOf(talk, chip, end - options.clock.mono());
      silent = answers === "silence";
      if (typeof answers === "object") await file(answers, chip, talk, gathering);
      const pause = Math.min(chip.pause ?? 0, end - options.clock.mono());
      if (pause > 0) await sleepOr(options.clock, pause, gathering.over);
    }
  } catch (error) {
    // A write fails when the port is lost; that it is lost has been filed.
    if (gathering.closed === undefined) throw error;
  } finally {
    for (const command of chip.tearDown) await talk.say(command).catch(() => {});
  }
}

async function file(
  answers: readonly string[],
  chip: PolledChip,
  talk: Conversation,
  gathering: Gathering,
): Promise<void> {
  const reading = chip.decodeAnswers(answers);
  if (reading.ok) {
    gathering.reading(reading.value);
    return;
  }
  gathering.bad(mismatchSentence(reading.why), answers.join("").length);
  // Answers that do not fit may be shifted by one: let the line come to rest.
  await talk.settle(restTime);
}

async function answersOf(
  talk: Conversation,
  chip: PolledChip,
  left: number,
): Promise<string[] | "silence" | "nothing"> {
  const answers: string[] = [];
  for (const command of chip.poll) {
    const asked = await talk.ask(command, Math.max(50, Math.min(commandTime, left / 4)));
    if (asked.kind === "answer") answers.push(asked.line);
    else if (chip.optional?.includes(command) === true) answers.push("");
    else return asked.kind;
  }
  return answers;
}
