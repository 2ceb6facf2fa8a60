import type { Arrival } from "../../../protocol/rtp/arrivals.ts";
import type { Observation } from "../../../protocol/observation.ts";
import type { Observe } from "../../../protocol/observe.ts";
import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import type { RunResult } from "./run-streams.ts";

type Run = Extract<RunResult, { ok: true }>;

/** How each way's packets were marked, and with which DSCP and TTL they arrived. */
export function observeMarks(run: Run, observe: Observe): Observation[] {
  const { dscp, farEnds, streams, noStamps } = run;
  const [farEnd] = farEnds;
  const told = streams.flatMap(({ log }) => log.reporter.heard.arrivals ?? []);
  const untold =
    farEnd?.mirror === true
      ? "the mirror does not tell: it is not Offhook's, its system does not let it see, or no RTCP came back"
      : "the far end does not tell: an `offhook mirror` does";
  const here = noStamps === undefined ? "no packet came back" : noStamps;
  return [
    dscp === undefined
      ? observe("dscp.sent", null, { outcome: "absent", evidence: "this system cannot mark packets" })
      : observe("dscp.sent", dscp),
    ...observeArrivals(told, "dscp.seen", "ttl.seen", untold, observe),
    ...(farEnd?.dscp === undefined ? [] : [observe("dscp.back.sent", farEnd.dscp)]),
    ...observeArrivals(
      streams.flatMap(({ log }) => log.arrivals.all),
      "dscp.back",
      "ttl.back",
      here,
      observe,
    ),
  ];
}

/** The most frequent value; the others stand beside it. */
function observeArrivals(
  arrivals: readonly Arrival[],
  dscp: ObservationKey,
  ttl: ObservationKey,
  why: string,
  observe: Observe,
): Observation[] {
  return (
    [
      [dscp, ({ tos }) => tos >> 2],
      [ttl, (arrival) => arrival.ttl],
    ] satisfies readonly (readonly [ObservationKey, (arrival: Arrival) => number])[]
  ).map(([key, valueOf]) => {
    const counts = new Map<number, number>();
    for (const arrival of arrivals)
      counts.set(valueOf(arrival), (counts.get(valueOf(arrival)) ?? 0) + arrival.packets);
    const all = [...counts].toSorted(([, a], [, b]) => b - a);
    const [most] = all;
    if (most === undefined) return observe(key, null, { outcome: "absent", evidence: why });
    const evidence = all.map(([value, packets]) => `${value} in ${packets} packets`).join(", ");
    return observe(key, most[0], { evidence });
  });
}
