import type { Decoded } from "../../../protocol/decoded.ts";
import type { Reading } from "../reading.ts";

/** What a meter's file says beyond its chip. */
export interface ModelFacts {
  /** Largest number its display can show. */
  readonly counts?: number | undefined;
  /** What the chip's free bits mean on this model. */
  readonly userBits?: Readonly<Record<string, UserBit>> | undefined;
}
export type UserBit = "celsius" | "fahrenheit" | "min" | "max";

/** A chip whose answers are frames of octets; the scanner (scan.ts) slides over the stream in search of one. */
export interface FrameChip {
  readonly name: string;
  /**
   * How the eighth bit is to be taken. 7O1 and 7N2 are read as 8N1, both are ten bit times: the parity bit (or the first
   * stop bit) arrives as bit 7. Octets come to the decoder without it.
   */
  readonly bits: "8N1" | "7O1" | "7N2";
  /** Octets of its longest frame. */
  readonly longest: number;
  /** Octets of the frame that begins here by its fixed nibbles and terminators; 0: none begins here; more than there are: wait. */
  lengthAt(bytes: Uint8Array): number;
  /** What every frame ends with; empty where each octet has its number, so that a frame cannot be made up of two. */
  readonly terminator: readonly number[];
  /** Every frame comes twice in a row. */
  readonly sentTwice?: boolean;
  /** @param bytes exactly one frame, without bit 7 where the line has seven bits. */
  decodeFrame(bytes: Uint8Array, afterResync: boolean): Decoded<Reading>;
}

/** A chip that talks by itself. */
export interface StreamingChip extends FrameChip {
  readonly kind: "streaming";
  /** The same chip in a meter that differs. */
  forModel?(model: ModelFacts): StreamingChip;
}

/** A chip that answers a request of octets with one frame. */
export interface RequestedChip extends FrameChip {
  readonly kind: "requested";
  readonly request: Uint8Array;
  /** ms to wait for an answer, and to leave the meter alone between two requests: flooding breaks some. */
  readonly timeout: number;
  readonly pause: number;
  /** Modem lines to set, in order, ms apart, before the first request. */
  readonly wake?: { readonly every: number; readonly rts: readonly boolean[] };
}

/** A chip whose cable is a HID device and no serial port: its frames can be decoded, not read. */
export interface HidChip extends FrameChip {
  readonly kind: "hid";
}

/** What a line that came while a command waits for its answer is. */
export type ReplyLine =
  | "answer"
  /** An echo, a prompt, an acknowledgement that the answer follows: go on waiting. */
  | "skip"
  /** Not understood, or busy: say the command again. */
  | "again"
  /** Understood, and there is no reading now. */
  | "nothing";

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
  /** ms between two readings; some meters answer faster than they measure. */
  readonly pause?: number;
  /** What a line is, where not every line is an answer. @param command undefined when an old recording is read. */
  classify?(line: string, command: string | undefined): ReplyLine;
  /** What it says are the figures of a device that is no multimeter (`Reading.facts`). */
  readonly givesFacts?: true;
  /** Commands that some meters of the family do not answer; an empty answer stands for it then. */
  readonly optional?: readonly string[];
  /** How it says who it is: asked only where a person allowed it. */
  readonly identify?: { readonly command: string; recognises(answer: string): boolean };
  /** @param answers one per command of `poll`, without line ends. */
  decodeAnswers(answers: readonly string[]): Decoded<Reading>;
}

export type Chip = StreamingChip | RequestedChip | PolledChip | HidChip;

export const hexOf = (bytes: Uint8Array) =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");

/** Is this bit set? */
export const bit = (value: number | undefined, place: number): boolean => ((value ?? 0) & (1 << place)) !== 0;

/** `lengthAt` of a chip whose frames all have one length. */
export function fixedLength(
  length: number,
  looksLikeFrame: (bytes: Uint8Array) => boolean,
): (bytes: Uint8Array) => number {
  return (bytes) => (bytes.length < length || looksLikeFrame(bytes) ? length : 0);
}

/** Which of several bits is set, and how many are: two units at once are no frame of a meter. */
export function onlyOne<T>(choices: readonly (readonly [boolean, T])[]): { count: number; value?: T } {
  const set = choices.filter(([on]) => on);
  const [first] = set;
  return { count: set.length, ...(first === undefined ? {} : { value: first[1] }) };
}
