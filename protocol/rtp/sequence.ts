/** Where a stream's 16-bit sequence numbers stand (RFC 3550 appendix A.1), as numbers that keep rising. */
export interface SequenceState {
  /** The lowest and highest number seen, on the scale that never wraps. */
  readonly base: number;
  readonly max: number;
  /** The 16-bit number that `max` had on the wire. */
  readonly top: number;
  /** The 16-bit number that would confirm a restart. */
  readonly restartAt?: number;
  readonly restarts: number;
  /** Packets whose number fits neither the stream nor a confirmed restart. */
  readonly strays: number;
}

export interface SequenceStep {
  readonly state: SequenceState;
  /** The packet's number on the scale that never wraps; undefined for a stray. */
  readonly extended: number | undefined;
}

// RFC 3550 A.1's usual values: a bigger step forward, or further back, is no longer loss or reordering.
const maxDropout = 3000;
const maxMisorder = 100;
const circle = 0x10000;

/** The state after a stream's first packet, whose extended number is the one on the wire. */
export function firstSequence(sequence: number): SequenceState {
  return { base: sequence, max: sequence, top: sequence, restarts: 0, strays: 0 };
}

/**
 * One more sequence number. A far jump is believed only when the next number follows it (a restarted sender);
 * the numbering then goes on without a gap, as nobody knows what was lost in between. Like A.1, the packet that
 * jumped stays uncounted.
 */
export function nextSequence(state: SequenceState, sequence: number): SequenceStep {
  const { restartAt, ...settled } = state;
  const step = (sequence - state.top + circle) % circle;
  if (step < maxDropout) {
    const max = state.max + step;
    return { state: { ...settled, max, top: sequence }, extended: max };
  }
  if (step >= circle - maxMisorder) {
    const extended = state.max + step - circle;
    return { state: { ...state, base: Math.min(state.base, extended) }, extended };
  }
  if (restartAt === sequence) {
    const max = state.max + 1;
    const strays = state.strays - 1;
    return { state: { ...settled, max, top: sequence, restarts: state.restarts + 1, strays }, extended: max };
  }
  const strays = state.strays + 1;
  return { state: { ...settled, strays, restartAt: (sequence + 1) % circle }, extended: undefined };
}
