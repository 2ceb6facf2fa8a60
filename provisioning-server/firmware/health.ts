import type { PhoneHealth, SiteHealth } from "./rollout.ts";

// What counts as worse than before. Figures are wide: a roll-out is stopped by a bad image, not by a busy hour.

/** Power may grow with a brighter screen, not by half and two watts; and a phone that runs draws something. */
const moreWatts = { factor: 1.5, plus: 2 } as const;
const leastWatts = 0.3;
/** An upgrade restarts a phone once or twice for each version it goes through. */
const bootsPerStep = 3;
const slower = { factor: 2, plus: 50 } as const;
const moreLoss = 2;
const lessMos = 0.3;

/** What is wrong with a phone, in words; none where it is as well as before, or nobody knows. */
export function phoneTrouble(before: PhoneHealth | undefined, now: PhoneHealth, steps: number): string[] {
  const words: string[] = [];
  if (now.registered === false && before?.registered !== false) words.push("it is not registered");
  if (now.fault !== undefined && before?.fault === undefined)
    words.push(`its port has the fault ${now.fault}`);
  const [was, is] = [before?.watts, now.watts];
  if (was !== undefined && is !== undefined && was >= leastWatts) {
    const most = was * moreWatts.factor + moreWatts.plus;
    if (is > most || is < leastWatts) words.push(`it draws ${is} W, and drew ${was} W before`);
  }
  return [...words, ...bootTrouble(before, now, steps)];
}

/** Told before the end of the soak, too: a phone that starts again and again never comes to it. */
export function bootTrouble(before: PhoneHealth | undefined, now: PhoneHealth, steps: number): string[] {
  const most = (before?.boots ?? 0) + bootsPerStep * Math.max(1, steps);
  return now.boots !== undefined && now.boots > most ? [`it started ${now.boots} times within an hour`] : [];
}

/** What is worse at a site towards its PBX, in words. */
export function siteTrouble(before: SiteHealth, now: SiteHealth): string[] {
  const words: string[] = [];
  if (before.optionsAnswered === true && now.optionsAnswered === false)
    words.push("its SIP server no longer answers OPTIONS");
  if (isMore(before.optionsRtt, now.optionsRtt, (was) => was * slower.factor + slower.plus))
    words.push(`OPTIONS takes ${now.optionsRtt} ms, and took ${before.optionsRtt} ms before`);
  if (isMore(before.loss, now.loss, (was) => was + moreLoss))
    words.push(`RTP loses ${now.loss} %, and lost ${before.loss} % before`);
  if (before.mos !== undefined && now.mos !== undefined && now.mos < before.mos - lessMos)
    words.push(`RTP scores ${now.mos}, and scored ${before.mos} before`);
  return words;
}

function isMore(was: number | undefined, is: number | undefined, most: (was: number) => number): boolean {
  return was !== undefined && is !== undefined && is > most(was);
}
