/** What is known of a lifetime: the longest pause it survived, and the shortest that it did not (absent: none tried). */
export interface LifeBracket {
  readonly alive: number;
  readonly dead?: number;
}

const points = 12;

/** Pauses to try side by side, in seconds: even in ratio, the longest being `most`. */
export function firstPauses(most: number): number[] {
  const least = Math.max(1, most / 36);
  const ratio = (most / least) ** (1 / (points - 1));
  return Array.from({ length: points }, (_, place) => least * ratio ** place);
}

/** New pauses inside the bracket; none where it is narrow enough: 1.2 s, or 5 %. */
export function nextPauses({ alive, dead }: LifeBracket): number[] {
  if (dead === undefined || dead - alive <= Math.max(1.2, 0.05 * alive)) return [];
  const step = (dead - alive) / (points + 1);
  return Array.from({ length: points }, (_, place) => alive + step * (place + 1));
}

/** Narrows the bracket by what came of pauses; where they contradict each other the shortest death counts. */
export function narrow(
  before: LifeBracket,
  tried: readonly { readonly pause: number; readonly alive: boolean }[],
): LifeBracket {
  const deaths = tried.filter((each) => !each.alive).map(({ pause }) => pause);
  const dead = Math.min(before.dead ?? Infinity, ...deaths);
  const lives = tried.filter((each) => each.alive && each.pause < dead).map(({ pause }) => pause);
  const alive = Math.max(before.alive, ...lives);
  return dead === Infinity ? { alive } : { alive, dead };
}

/** The middle of the bracket, s; undefined: it outlived every pause. */
export function lifeOf({ alive, dead }: LifeBracket): number | undefined {
  return dead === undefined ? undefined : Number(((alive + dead) / 2).toFixed(1));
}

/**
 * Whole seconds; undefined: not even one was survived. Never more than was seen to be enough. RFC 5626 4.4.1 has 29 s as
 * the most for UDP; 0.8 leaves room for a lost packet.
 */
export function keepAliveFor(bracket: LifeBracket): number | undefined {
  const pause = Math.floor(Math.min(29, bracket.alive, 0.8 * (lifeOf(bracket) ?? Infinity)));
  return pause < 1 ? undefined : pause;
}
