// A sender's clock that runs fast or slow makes the receiver's buffer slip now and then. Packets are only ever delayed, so
// that the quickest of each stretch of time lie on the line of the two clocks; a straight line through those is the drift.

const stretches = 20;
/** Below this a line through the noise says nothing: 20 ppm are 0.1 ms in 5 s. */
const shortest = 5000;

/** How much faster the sender's clock runs than ours, ppm; undefined for less than 5 s of packets. Times in ms. */
export function clockDrift(sent: readonly number[], received: readonly number[]): number | undefined {
  const start = received[0] ?? 0;
  const span = (received.at(-1) ?? 0) - start;
  if (sent.length < 2 * stretches || span < shortest) return undefined;
  const quickest = new Map<number, { readonly x: number; readonly y: number }>();
  for (const [i, at] of received.entries()) {
    const left = sent[i] ?? 0;
    const stretch = Math.min(stretches - 1, Math.floor(((at - start) / span) * stretches));
    const y = at - left;
    const best = quickest.get(stretch);
    if (best === undefined || y < best.y) quickest.set(stretch, { x: at - start, y });
  }
  // Delay that grows: the sender's time passes slower than ours.
  return -slope([...quickest.values()]) * 1e6;
}

function slope(points: readonly { readonly x: number; readonly y: number }[]): number {
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / points.length;
  let [above, below] = [0, 0];
  for (const { x, y } of points) {
    above += (x - meanX) * (y - meanY);
    below += (x - meanX) ** 2;
  }
  return below === 0 ? 0 : above / below;
}
