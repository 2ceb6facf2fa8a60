/** When a request is sent, and when its asker gives up, ms from the first sending. */
export interface StunSchedule {
  readonly sendAt: readonly number[];
  readonly giveUpAt: number;
}

/**
 * RFC 8489 6.2.1: the wait doubles from `rto` on. The RFC sends 7 times and waits 16 × rto after the last one; a probe
 * that expects silence sends 3 times and waits 4.
 */
export function stunSchedule(rto: number, sends: number, lastWaits: number): StunSchedule {
  const sendAt = Array.from({ length: sends }, (_, count) => rto * (2 ** count - 1));
  return { sendAt, giveUpAt: (sendAt.at(-1) ?? 0) + rto * lastWaits };
}
