import type { Answer } from "../../protocol/answer.ts";
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
  /** Called once for every request, refusals included, when the answer is out. */
  readonly record: (request: PhoneRequest, answer: Answer, sent: Sent) => void;
  /** `answer` or `record` threw: a bug of ours. The phone gets a 500 or TFTP error 0. */
  readonly crash: (error: unknown) => void;
  readonly clock?: DoorClock;
}
