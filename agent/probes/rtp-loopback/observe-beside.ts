import type { Observation } from "../../../protocol/observation.ts";
import type { Observe } from "../../../protocol/observe.ts";
import { lossPercent, type MediaFigures } from "./media-figures.ts";
import type { RunResult } from "./run-streams.ts";

type Run = Extract<RunResult, { ok: true }>;

const round = (value: number): number => Number(value.toFixed(3));

// Reports come every 5 s: in a shorter run their absence says nothing.
const longEnoughMs = 8000;

/** What the far end's RTCP said. It stands beside what was counted here, and never in its place. */
export function observeReports(run: Run, figures: MediaFigures, observe: Observe): Observation[] {
  const heard = run.streams.map(({ log }) => log.reporter.heard);
  const count = heard.reduce((sum, each) => sum + each.count, 0);
  const [times] = run.streams.map(({ sentAt }) => sentAt);
  const span = (times?.at(-1) ?? 0) - (times?.[0] ?? 0);
  const tellsNothing = count === 0 && (!run.listens || span < longEnoughMs);
  if (tellsNothing) return [];
  const sent = figures.forward?.sent ?? figures.sent;
  const all = [observe("rtp.rtcp.heard", count)];
  const lost = heard.map(({ report }) => report?.lost);
  const trips = heard.flatMap(({ roundTrip }) => roundTrip ?? []);
  const mos = heard.find((each) => each.mos !== undefined)?.mos;
  if (trips.length > 0) all.push(observe("rtp.rtcp.rtt", round(Math.min(...trips))));
  if (mos !== undefined) all.push(observe("rtp.rtcp.mos", mos / 10));
  if (lost.every((each) => each !== undefined) && sent > 0) {
    const reported =
      (100 *
        Math.max(
          0,
          lost.reduce((a, b) => a + b, 0),
        )) /
      sent;
    const jitter = Math.max(
      ...run.streams.map(({ log, clock }) => ((log.reporter.heard.report?.jitter ?? 0) * 1000) / clock),
    );
    const evidence = "the far end's word; it stands in no other figure";
    all.push(
      observe("rtp.rtcp.loss", round(reported), { evidence }),
      observe("rtp.rtcp.jitter", round(jitter), { evidence }),
    );
    const counted = figures.forward === undefined ? undefined : lossPercent(figures.forward);
    if (counted !== undefined) all.push(observe("rtp.rtcp.contradicts", round(reported - counted)));
  }
  return all;
}

/** What this program did to its own figures, and how the media were protected and marked. */
export function observeOwn({ load, noStamps, streams, farEnds }: Run, observe: Observe): Observation[] {
  const suite = farEnds[0]?.protection?.ours.suite;
  const unreadable = streams.reduce((sum, { log }) => sum + log.unreadable, 0);
  return [
    observe("rtp.srtp", suite ?? "none"),
    ...(suite === undefined ? [] : [observe("rtp.srtp.unreadable", unreadable)]),
    observe("rtp.own.loopDelay", round(load.loopDelayP99)),
    observe("rtp.own.cpu", Math.round(load.cpu)),
    observe("rtp.own.receiveTime", noStamps === undefined ? "kernel" : "program", { evidence: noStamps }),
    ...(load.bufferDrops === undefined ? [] : [observe("rtp.own.drops", load.bufferDrops)]),
  ];
}
