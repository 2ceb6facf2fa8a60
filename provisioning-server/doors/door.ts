import type { Answer } from "../../protocol/answer.ts";
import { type Mismatch, mismatchSentence } from "../../protocol/decoded.ts";
import type { PhoneRequest } from "../../protocol/phone-request.ts";

/** What went over the wire. */
export interface Sent {
  /** HTTP status; over TFTP the nearest: 200 acknowledged to the end, 404 error 1, 408 given up, 499 ended by the phone. */
  readonly status: number;
  /** Octets of the body that were sent (HTTP) or acknowledged (TFTP). */
  readonly bytes: number;
  /** From the request's arrival to the end of the answer. */
  readonly ms: number;
}

export interface DoorClock {
  /** Wall clock, ms since 1970. */
  now(): number;
  /** Monotonic, ms. */
  mono(): number;
}

export const systemDoorClock: DoorClock = { now: () => Date.now(), mono: () => performance.now() };

/** What every door is handed: who decides, who writes down, and who hears of our own bugs. */
export interface DoorOptions {
  readonly answer: (request: PhoneRequest) => Promise<Answer>;
  /** Called once for every request that got an answer, refusals included, when it is out. */
  readonly record: (request: PhoneRequest, answer: Answer, sent: Sent) => void;
  /** `answer` or `record` threw: a bug of ours. The phone gets a 500 or TFTP error 0. */
  readonly crash: (error: unknown) => void;
  readonly clock?: DoorClock;
}

/** The answer to a request whose path is no path: the same from outside as any other refusal. */
function refuseMalformed(why: Mismatch): Answer {
  return {
    outcome: "unknown-device",
    identity: { file: "unknown" },
    reason: `The request is malformed: ${mismatchSentence(why)}`,
    remedy: "No phone asks like this: look at the address it came from.",
    malformed: true,
  };
}

/** Asks who decides; undefined where that crashed. */
export async function askAnswer(
  options: DoorOptions,
  request: PhoneRequest,
  malformed?: Mismatch,
): Promise<Answer | undefined> {
  if (malformed !== undefined) return refuseMalformed(malformed);
  try {
    return await options.answer(request);
  } catch (error) {
    options.crash(error);
    return undefined;
  }
}

export function recordAnswer(options: DoorOptions, request: PhoneRequest, answer: Answer, sent: Sent): void {
  try {
    options.record(request, answer, sent);
  } catch (error) {
    options.crash(error);
  }
}
