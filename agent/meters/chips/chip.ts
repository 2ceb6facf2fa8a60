import type { Decoded } from "../../../protocol/decoded.ts";
import type { Reading } from "../reading.ts";

/** What a scanner remembers between chunks: bytes not yet used, and whether the next frame starts where one ended. */
export interface ScanState {
  readonly rest: Uint8Array;
  readonly inStep: boolean;
}

export interface ScanResult {
  readonly state: ScanState;
  readonly readings: readonly Reading[];
  /** Frames that had the right shape and a content that cannot be, as sentences with their hex. */
  readonly bad: readonly string[];
  /** Bytes that belonged to no frame. */
  readonly dropped: number;
}

/** A chip that talks by itself. */
export interface StreamingChip {
  readonly kind: "streaming";
  readonly name: string;
  /** Octets of a frame; the scanner slides over the stream in search of one. */
  readonly frameLength: number;
  /** Is this a frame's shape (fixed nibbles, terminators)? */
  looksLikeFrame(bytes: Uint8Array): boolean;
  /** @param bytes exactly one frame. */
  decodeFrame(bytes: Uint8Array, afterResync: boolean): Decoded<Reading>;
}

/** A meter that answers text commands; one command is in flight at a time. */
export interface PolledChip {
  readonly kind: "polled";
  readonly name: string;
  readonly setUp: readonly string[];
  /** Asked for each reading, in this order; each is answered by one line. */
  readonly poll: readonly string[];
  /** Always sent at the end: a bench meter left in remote locks its keys. */
  readonly tearDown: readonly string[];
  readonly terminator: string;
  /** @param answers one per command of `poll`, without line ends. */
  decodeAnswers(answers: readonly string[]): Decoded<Reading>;
}

export type Chip = StreamingChip | PolledChip;

export const startOfStream: ScanState = { rest: new Uint8Array(0), inStep: true };

const join = (a: Uint8Array, b: Uint8Array) => {
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
};

export const hexOf = (bytes: Uint8Array) =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");

/**
 * Finds a streaming chip's frames in a stream: search, do not cut. At each position: too short, wait; shape right, take
 * a frame; else drop one byte and count it. Passes half frames, garbage and lost bytes.
 */
export function scanFrames(chip: StreamingChip, state: ScanState, bytes: Uint8Array): ScanResult {
  const stream = join(state.rest, bytes);
  const readings: Reading[] = [];
  const bad: string[] = [];
  let { inStep } = state;
  let dropped = 0;
  let at = 0;
  while (stream.length - at >= chip.frameLength) {
    const frame = stream.subarray(at, at + chip.frameLength);
    if (!chip.looksLikeFrame(frame)) {
      at += 1;
      dropped += 1;
      inStep = false;
      continue;
    }
    const reading = chip.decodeFrame(frame, !inStep);
    if (reading.ok) readings.push(reading.value);
    else
      bad.push(
        `${reading.why.place}: expected ${reading.why.expected}, found ${reading.why.found} (${hexOf(frame)})`,
      );
    at += chip.frameLength;
    inStep = true;
  }
  return { state: { rest: stream.slice(at), inStep }, readings, bad, dropped };
}
