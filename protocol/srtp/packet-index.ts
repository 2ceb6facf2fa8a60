/** Where a stream stands: how often its 16-bit sequence wrapped, and its highest number since. */
export interface RolloverState {
  readonly rollovers: number;
  readonly highest: number;
}

const half = 0x8000;
const circle = 0x1_0000;

/** RFC 3711 3.3.1: the 48-bit index that this sequence number most likely has. */
export function guessIndex({ rollovers, highest }: RolloverState, sequence: number): number {
  let guess = rollovers;
  if (highest < half && sequence - highest > half) guess -= 1;
  else if (highest >= half && highest - half > sequence) guess += 1;
  // Before the first wrap there is none to go back to.
  return Math.max(0, guess) * circle + sequence;
}

/** The state after a packet with this index was taken. */
export function stepRollover(state: RolloverState, index: number): RolloverState {
  const known = state.rollovers * circle + state.highest;
  return index <= known ? state : { rollovers: Math.floor(index / circle), highest: index % circle };
}
