/**
 * Ports for RTP of a range such as `10000-20000`: every second from its first, both ends among them, and one at random from each
 * of as many equal parts of what lies between, so that a closed part of some size is hit. `random` gives 0 to its argument − 1.
 */
export function samplePorts(range: string, count: number, random: (below: number) => number): number[] {
  const [from = 0, to = 0] = range.split("-").map(Number);
  const first = from + (from % 2);
  const pairs = Math.floor((to - first) / 2);
  if (pairs < 1) return first <= to ? [first] : [];
  const inner = Math.min(count - 2, pairs - 1);
  const places = Array.from({ length: inner }, (_, i) => {
    const [low, high] = [i, i + 1].map((part) => 1 + Math.floor((part * (pairs - 1)) / inner));
    return (low ?? 1) + random(Math.max(1, (high ?? 1) - (low ?? 1)));
  });
  return [0, ...places, pairs].map((place) => first + 2 * place);
}
