// RFC 3611 section 4.7.2: a burst starts and ends with a lost packet and holds no run of Gmin or more good ones; a lone
// loss with Gmin good ones on both sides belongs to the gap. Worked out from the loss map and not from the appendix's
// transition counters, so that it is exact. Both ends of the session count as good.

export interface Period {
  /** Packets in all bursts (or all gaps). */
  readonly packets: number;
  readonly lost: number;
  /** Lost share, 0–1. */
  readonly density: number;
  /** How many bursts (or gaps). */
  readonly count: number;
}

export interface BurstGap {
  readonly burst: Period;
  readonly gap: Period;
  /** Markov burst ratio of G.107: 1 for random loss, more for loss in bursts; undefined without loss. */
  readonly burstRatio: number | undefined;
}

const usualGmin = 16;

/** Bursts and gaps of a loss map: true where the packet came in time. */
export function measureBurstGap(inTime: readonly boolean[], gmin = usualGmin): BurstGap {
  const bursts = findBursts(inTime, gmin);
  const lostAll = inTime.filter((good) => !good).length;
  const packets = sum(bursts.map((burst) => burst.length));
  const lost = sum(bursts.map((burst) => burst.lost));
  return {
    burst: period(packets, lost, bursts.length),
    gap: period(inTime.length - packets, lostAll - lost, countGaps(bursts, inTime.length)),
    burstRatio: burstRatio(inTime),
  };
}

/** The 8-bit density of the RTCP XR VoIP metrics block: floor(256 × share), at most 255. */
export function densityOctet(period: Period): number {
  return Math.min(255, Math.floor(256 * period.density));
}

interface Burst {
  readonly start: number;
  readonly length: number;
  readonly lost: number;
}

function findBursts(inTime: readonly boolean[], gmin: number): Burst[] {
  const losses = inTime.flatMap((good, index) => (good ? [] : [index]));
  const groups: number[][] = [];
  for (const index of losses) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    if (group !== undefined && last !== undefined && index - last <= gmin) group.push(index);
    else groups.push([index]);
  }
  return groups
    .filter((group) => group.length > 1)
    .map((group) => {
      const start = group[0] ?? 0;
      return { start, length: (group.at(-1) ?? start) - start + 1, lost: group.length };
    });
}

function countGaps(bursts: readonly Burst[], length: number): number {
  let at = 0;
  let gaps = 0;
  for (const burst of bursts) {
    if (burst.start > at) gaps += 1;
    at = burst.start + burst.length;
  }
  return at < length ? gaps + 1 : gaps;
}

function period(packets: number, lost: number, count: number): Period {
  return { packets, lost, count, density: packets === 0 ? 0 : lost / packets };
}

/** BurstR = 1 / (p + q), p = P(lost | previous came), q = P(came | previous lost). */
function burstRatio(inTime: readonly boolean[]): number | undefined {
  let [good, goodToLost, lost, lostToGood] = [0, 0, 0, 0];
  for (let i = 1; i < inTime.length; i += 1) {
    if (inTime[i - 1]) {
      good += 1;
      if (!inTime[i]) goodToLost += 1;
    } else {
      lost += 1;
      if (inTime[i]) lostToGood += 1;
    }
  }
  if (good === 0 || lost === 0 || goodToLost + lostToGood === 0) return undefined;
  return 1 / (goodToLost / good + lostToGood / lost);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
