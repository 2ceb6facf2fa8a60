import { mismatchSentence } from "../../../protocol/decoded.ts";
import type { Reading } from "../reading.ts";
import { hexOf, type FrameChip } from "./chip.ts";

/** What bit 7 of the line has shown so far: `checked` carries parity (or a stop bit), `absent` has been stripped on the way. */
export type SeventhBit = "unknown" | "checked" | "absent";

/** What a scanner remembers between chunks. */
export interface ScanState {
  /** Octets not yet used. */
  readonly rest: Uint8Array;
  /** The last octets before them; undefined at the start of the stream. */
  readonly before: readonly number[] | undefined;
  readonly bit7: SeventhBit;
  /** Frames that spoke for `checked` and for `absent`, until it is decided. */
  readonly votes: readonly [number, number];
  /** The frame whose twin may still come, as hex. */
  readonly twin: string | undefined;
}

export interface ScanResult {
  readonly state: ScanState;
  readonly readings: readonly Reading[];
  /** Frames that had the right shape and a content that cannot be, as sentences with their hex. */
  readonly bad: readonly string[];
  /** Octets that belonged to no frame. */
  readonly dropped: number;
}

export const startOfStream: ScanState = {
  rest: new Uint8Array(0),
  before: undefined,
  bit7: "unknown",
  votes: [0, 0],
  twin: undefined,
};

/** So many frames decide whether the line carries parity. */
const votesToDecide = 4;

function join(a: Uint8Array, b: Uint8Array): Uint8Array {
  if (a.length === 0) return b;
  const joined = new Uint8Array(a.length + b.length);
  joined.set(a);
  joined.set(b, a.length);
  return joined;
}

function hasOddParity(byte: number): boolean {
  let folded = byte ^ (byte >> 4);
  folded ^= folded >> 2;
  return ((folded ^ (folded >> 1)) & 1) === 1;
}

/** What bit 7 of a whole frame says; undefined when it says neither, so that a bit was lost. */
function bit7Of(bits: "7O1" | "7N2", raw: Uint8Array): Exclude<SeventhBit, "unknown"> | undefined {
  const right = bits === "7O1" ? hasOddParity : (byte: number) => byte >= 0x80;
  if (raw.every(right)) return "checked";
  return raw.every((byte) => byte < 0x80) ? "absent" : undefined;
}

class Scan {
  readonly #chip: FrameChip;
  readonly #readings: Reading[] = [];
  readonly #bad: string[] = [];
  #dropped = 0;
  #bit7: SeventhBit;
  #votes: readonly [number, number];
  #twin: string | undefined;

  constructor(chip: FrameChip, state: ScanState) {
    this.#chip = chip;
    this.#bit7 = state.bit7;
    this.#votes = state.votes;
    this.#twin = state.twin;
  }

  run(state: ScanState, chunk: Uint8Array): ScanResult {
    const raw = join(state.rest, chunk);
    const stream = this.#chip.bits === "8N1" ? raw : raw.map((byte) => byte & 0x7f);
    let at = 0;
    while (at < stream.length) {
      const length = this.#chip.lengthAt(stream.subarray(at));
      if (length > stream.length - at) break;
      if (length === 0) {
        this.#dropped += 1;
        at += 1;
        continue;
      }
      this.#take(
        stream.subarray(at, at + length),
        raw.subarray(at, at + length),
        this.#marked(state, stream, at),
      );
      at += length;
    }
    const before = at === 0 ? state.before : [...(state.before ?? []), ...stream.subarray(0, at)].slice(-2);
    return {
      state: { rest: raw.slice(at), before, bit7: this.#bit7, votes: this.#votes, twin: this.#twin },
      readings: this.#readings,
      bad: this.#bad,
      dropped: this.#dropped,
    };
  }

  /** A frame that does not start straight after a terminator may be made up of two. */
  #marked(state: ScanState, stream: Uint8Array, at: number): boolean {
    const { terminator } = this.#chip;
    if (terminator.length === 0 || (at === 0 && state.before === undefined)) return false;
    const before = [...(state.before ?? []), ...stream.subarray(Math.max(0, at - terminator.length), at)];
    return !terminator.every((byte, index) => before.at(index - terminator.length) === byte);
  }

  #take(frame: Uint8Array, raw: Uint8Array, afterResync: boolean): void {
    const { bits, sentTwice } = this.#chip;
    const lost = bits === "8N1" ? undefined : this.#checkBit7(bits, raw);
    if (lost !== undefined) {
      this.#bad.push(`${lost} (${hexOf(raw)})`);
      return;
    }
    if (sentTwice === true) {
      const hex = hexOf(frame);
      const isTwin = hex === this.#twin;
      this.#twin = isTwin ? undefined : hex;
      if (isTwin) return;
    }
    const reading = this.#chip.decodeFrame(frame, afterResync);
    if (reading.ok) this.#readings.push(reading.value);
    else this.#bad.push(`${mismatchSentence(reading.why)} (${hexOf(frame)})`);
  }

  #checkBit7(bits: "7O1" | "7N2", raw: Uint8Array): string | undefined {
    const said = bit7Of(bits, raw);
    const what = bits === "7O1" ? "odd parity" : "a stop bit";
    if (said === undefined) return `frame: expected ${what} in every octet, found a bit lost`;
    if (this.#bit7 !== "unknown")
      return said === this.#bit7 ? undefined : `frame: expected ${what} as before, found it ${said}`;
    const [checked, absent] = this.#votes;
    this.#votes = said === "checked" ? [checked + 1, absent] : [checked, absent + 1];
    if (checked + absent + 1 >= votesToDecide)
      this.#bit7 = this.#votes[0] >= this.#votes[1] ? "checked" : "absent";
    return undefined;
  }
}

/**
 * Finds a chip's frames in a stream: search, do not cut. At each position: too short, wait; shape right, take a frame;
 * else drop one octet and count it. Passes half frames, garbage and lost octets. Where the line has seven bits, the
 * eighth is checked here, as serialport would not: a single flipped bit breaks odd parity always.
 */
export function scanFrames(chip: FrameChip, state: ScanState, bytes: Uint8Array): ScanResult {
  return new Scan(chip, state).run(state, bytes);
}
