import type { Observation } from "../../../protocol/observation.ts";
import type { Observe } from "../../../protocol/observe.ts";
import type { XrBlock } from "../../../protocol/rtp/rtcp-xr.ts";
import type { HeardXr } from "../../../protocol/rtp/xr-reporter.ts";
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
  const trips = heard.flatMap(({ roundTrip, xr }) => [roundTrip ?? [], xr.roundTrip ?? []].flat());
  if (trips.length > 0) all.push(observe("rtp.rtcp.rtt", round(Math.min(...trips))));
  all.push(
    ...observeExtended(
      heard.map(({ xr }) => xr),
      observe,
    ),
  );
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

const blockNames: Readonly<Record<XrBlock["kind"], string>> = {
  "receiver-time": "RRT",
  "since-receiver-time": "DLRR",
  "statistics-summary": "statistics summary",
  "voip-metrics": "VoIP metrics",
  other: "other",
};
/** XR says "unavailable" so. */
const unavailable = 127;

/** Extended reports (RFC 3611); figures of the stream that the far end gives the lowest score. */
function observeExtended(heard: readonly HeardXr[], observe: Observe): Observation[] {
  const blocks = new Set(heard.flatMap((each) => [...each.blocks]));
  if (blocks.size === 0) return [];
  const names = observe(
    "rtp.rtcp.xr",
    [...blocks].map((name) => blockNames[name]),
  );
  const [worst] = heard
    .flatMap(({ metrics }) => (metrics === undefined ? [] : [metrics]))
    .toSorted((a, b) => a.mosConversational - b.mosConversational);
  if (worst === undefined || worst.mosConversational === unavailable) return [names];
  const percent = (octet: number) => ((100 * octet) / 256).toFixed(1);
  const evidence =
    `lost ${percent(worst.lossRate)} %, discarded ${percent(worst.discardRate)} %; in bursts of ${worst.burstDuration} ms ` +
    `${percent(worst.burstDensity)} %, between them ${percent(worst.gapDensity)} %; round trip ${worst.roundTrip} ms, own delay ${worst.endSystemDelay} ms`;
  return [names, observe("rtp.rtcp.mos", worst.mosConversational / 10, { evidence })];
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
