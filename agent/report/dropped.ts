import type { Dropped } from "../../protocol/health-report.ts";

/** Adds to the list of what was lost: one entry for each reason, counts summed, times spanned. */
export function addDropped(list: readonly Dropped[], more: Dropped): Dropped[] {
  const known = list.find((each) => each.reason === more.reason);
  if (known === undefined) return [...list, more];
  const both = {
    reason: more.reason,
    count: known.count + more.count,
    from: Math.min(known.from, more.from),
    to: Math.max(known.to, more.to),
  };
  return list.map((each) => (each === known ? both : each));
}

/** Takes what was told off the list; what came to the same reason meanwhile stays. */
export function lessDropped(list: readonly Dropped[], told: Dropped): Dropped[] {
  return list.flatMap((each) => {
    if (each.reason !== told.reason) return [each];
    return each.count > told.count ? [{ ...each, count: each.count - told.count }] : [];
  });
}
