/** RFC 3550 jitter as it stands after some packets; times in ms, `jitter` too. */
export interface JitterState {
  readonly lastSent: number;
  readonly lastReceived: number;
  readonly jitter: number;
}

export function firstJitter(sent: number, received: number): JitterState {
  return { lastSent: sent, lastReceived: received, jitter: 0 };
}

/** One packet more, in arrival order (RFC 3550 6.4.1): J += (|D| − J) / 16. `deviation` is D, ms. */
export function nextJitter(
  state: JitterState,
  sent: number,
  received: number,
): { readonly state: JitterState; readonly deviation: number } {
  const deviation = received - state.lastReceived - (sent - state.lastSent);
  const jitter = state.jitter + (Math.abs(deviation) - state.jitter) / 16;
  return { state: { lastSent: sent, lastReceived: received, jitter }, deviation };
}

/**
 * Turns 32-bit RTP timestamps into ms that never wrap, relative to the first. The step between two neighbours is read as
 * a signed 32-bit number, so that a wrap costs nothing and a reordered packet steps back.
 */
export function timestampsToMs(timestamps: readonly number[], clock: number): number[] {
  let previous = timestamps[0] ?? 0;
  let units = 0;
  return timestamps.map((timestamp) => {
    units += (timestamp - previous) | 0;
    previous = timestamp;
    return (units * 1000) / clock;
  });
}
