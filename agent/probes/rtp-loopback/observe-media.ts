import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import type { Observation } from "../../../protocol/observation.ts";
import type { Observe } from "../../../protocol/observe.ts";
import { headerValues } from "../../../protocol/sip/message.ts";
import type { SipTransport } from "../../../protocol/sip/request.ts";
import type { SecondFigures } from "../../../protocol/rtp/per-second.ts";
import { measureBurstGap } from "../../../protocol/rtp/burst-gap.ts";
import { readKeys } from "../../../protocol/rtp/telephone-event.ts";
import { printHostPort } from "../../../protocol/sip/uri.ts";
import { lossPercent, measureMedia, rateMedia, type MediaFigures, type WayFigures } from "./media-figures.ts";
import { observeFailure } from "../sip-options/observe-options.ts";
import { observeOwn, observeReports } from "./observe-beside.ts";
import { observeMarks } from "./observe-marks.ts";
import type { NoMedia } from "./open-stream.ts";
import type { RunParts } from "./run-parts.ts";
import type { RunResult } from "./run-streams.ts";

// A list of an observation holds no more.
const mostSeconds = 200;

const round = (value: number): number => Number(value.toFixed(3));

/** What a run that had media says. */
export function observeMedia(
  run: Extract<RunResult, { ok: true }>,
  parts: RunParts,
  observe: Observe,
): Observation[] {
  const figures = measureMedia(run.streams, parts.packetTime);
  const where = run.farEnds.map(({ address, port }) => printHostPort(address, port)).join(", ");
  const icmp = [...run.icmp].map(([code, n]) => `${code} ${n} times`).join(", ");
  return [
    observe("rtp.codec", parts.codec.toUpperCase()),
    observe("rtp.streams", run.streams.length),
    observe("rtp.farEnd", figures.mode, {
      evidence: `${run.server ?? "no Server header"}; media at ${where}`,
    }),
    observe("rtp.fwd.sent", figures.forward?.sent ?? figures.sent, {
      evidence: icmp === "" ? undefined : `ICMP: ${icmp}`,
    }),
    ...observeForward(figures, observe),
    ...observeReverse(figures, observe),
    ...observeRound(figures, observe),
    ...observeBursts(figures, parts, observe),
    ...observeSeries(figures, observe),
    ...observeOrder(figures, observe),
    ...observeTiming(figures, run.pace, observe),
    ...observeScore(figures, parts, observe),
    ...observeSpan(figures, parts, observe),
    ...observeOneWay(figures, observe),
    ...observePorts(figures, observe),
    ...observeAgreement(run, figures, parts, observe),
    ...observeKeys(run, observe),
    ...observeReports(run, figures, observe),
    ...observeMarks(run, observe),
    ...observeOwn(run, observe),
  ];
}

const exactness = (way: WayFigures): string =>
  way.exact
    ? "by the far end's own totals"
    : "from the numbers that came back; loss after the last of them is not seen and counts as loss there";

function observeForward({ forward }: MediaFigures, observe: Observe): Observation[] {
  if (forward === undefined) return [];
  const evidence = exactness(forward);
  const loss = lossPercent(forward);
  return [
    observe("rtp.fwd.recv", forward.received, { evidence }),
    ...(loss === undefined ? [] : [observe("rtp.fwd.loss", round(loss), { evidence })]),
  ];
}

function observeReverse(figures: MediaFigures, observe: Observe): Observation[] {
  const { reverse, heard } = figures;
  const loss = lossPercent(reverse);
  const evidence = reverse.exact
    ? exactness(reverse)
    : "gaps in the numbers of what came back: a lower bound, loss after the last packet is not seen";
  const came = observe("rtp.rev.recv", heard, { evidence: sourceNote(figures) });
  if (loss === undefined) return [came];
  return [
    came,
    observe("rtp.rev.sent", reverse.sent, { evidence }),
    observe("rtp.rev.loss", round(loss), { evidence }),
  ];
}

function sourceNote({ openers, otherSources }: MediaFigures): string | undefined {
  if (openers > 0)
    return "none of our packets: the far end sent these to open the way, before it heard anything";
  if (otherSources.length > 0) return `from ${otherSources.join(", ")}, which the far end did not announce`;
  return undefined;
}

function observeRound({ round: both }: MediaFigures, observe: Observe): Observation[] {
  const loss = both === undefined ? undefined : lossPercent(both);
  if (loss === undefined) return [];
  const evidence =
    "the far end is a plain echo: this is the loss of both ways together, and nobody can say which";
  return [observe("rtp.loss", round(loss), { evidence })];
}

/** Each way's bursts and gaps, as a person reads them. */
function observeBursts(figures: MediaFigures, { packetTime }: RunParts, observe: Observe): Observation[] {
  const ways = [
    ["rtp.fwd.bursts", figures.forward],
    ["rtp.rev.bursts", figures.round === undefined ? figures.reverse : undefined],
    ["rtp.bursts", figures.round],
  ] as const;
  return ways.flatMap(([key, way]) => {
    if (way === undefined || way.inTime.length === 0) return [];
    const { burst, gap, burstRatio } = measureBurstGap(way.inTime);
    if (burstRatio === undefined) return [observe(key, 0)];
    const length = burst.count === 0 ? 0 : (packetTime * burst.packets) / burst.count;
    const inside =
      burst.count === 0
        ? ""
        : `, ${length.toFixed(0)} ms each on average with ${(100 * burst.density).toFixed(0)} % lost inside`;
    const evidence = `${burst.count} bursts${inside}; ${(100 * gap.density).toFixed(2)} % lost outside of them; burst ratio ${burstRatio.toFixed(2)}`;
    return [observe(key, burst.count, { evidence })];
  });
}

/** What a chart is drawn from: a number for each second. */
function observeSeries(figures: MediaFigures, observe: Observe): Observation[] {
  const { forward, reverse, round: both } = figures;
  const list = (
    key: ObservationKey,
    way: readonly SecondFigures[],
    figure: (second: SecondFigures) => number,
  ): Observation[] =>
    way.length === 0
      ? []
      : [
          observe(
            key,
            way.slice(0, mostSeconds).map((each) => String(round(figure(each)))),
          ),
        ];
  const loss = ({ packets, lost }: SecondFigures) => (packets === 0 ? 0 : (100 * lost) / packets);
  const jitter = (second: SecondFigures) => second.jitter ?? 0;
  return [
    ...list("rtp.fwd.loss.series", forward?.perSecond ?? [], loss),
    ...list("rtp.rev.loss.series", both === undefined ? reverse.perSecond : [], loss),
    ...list("rtp.loss.series", both?.perSecond ?? [], loss),
    ...list(
      "rtp.jitter.fwd.series",
      figures.jitterForward === undefined ? [] : (forward?.perSecond ?? []),
      jitter,
    ),
    ...list("rtp.jitter.rev.series", figures.jitterReverse === undefined ? [] : reverse.perSecond, jitter),
  ];
}

function observeOrder(figures: MediaFigures, observe: Observe): Observation[] {
  if (figures.heard === 0) return [];
  const ways = [figures.forward, figures.reverse].flatMap((way) =>
    way === undefined || way.sent === 0 ? [] : [(100 * way.late) / way.sent],
  );
  return [
    observe("rtp.reorder", figures.reordered),
    observe("rtp.dup", figures.duplicates),
    observe("rtp.late", round(Math.max(0, ...ways)), {
      evidence: "of the worse way, behind its quickest packet",
    }),
  ];
}

// Above this p99 the jitter measured is our own (sip-rtp timing table).
const badPaceMs = 5;

function observeTiming(
  { jitterForward, jitterReverse, roundTripMedian, roundTripP95, mode }: MediaFigures,
  pace: Extract<RunResult, { ok: true }>["pace"],
  observe: Observe,
): Observation[] {
  const own = `own packets left late by ${pace.p50.toFixed(2)} ms (p50), ${pace.p99.toFixed(2)} (p99), ${pace.max.toFixed(2)} (max); send errors ${pace.errors}`;
  const evidence = pace.p99 > badPaceMs ? `not trustworthy, this host is too busy: ${own}` : own;
  const observations = [observe("rtp.sendLate", round(pace.p99), { evidence: own })];
  if (jitterForward !== undefined) {
    const against = `against the actual send times; ${evidence}`;
    observations.push(observe("rtp.jitter.fwd", round(jitterForward), { evidence: against }));
  }
  if (jitterReverse !== undefined)
    observations.push(observe("rtp.jitter.rev", round(jitterReverse), { evidence }));
  if (roundTripMedian !== undefined) {
    const what = mode === "echo" ? "with the far end's own buffer in it" : "without the mirror's own time";
    observations.push(observe("rtp.rtt", round(roundTripMedian), { evidence: `median, ${what}` }));
    if (roundTripP95 !== undefined) observations.push(observe("rtp.rtt.p95", round(roundTripP95)));
  }
  return observations;
}

function observeScore(figures: MediaFigures, parts: RunParts, observe: Observe): Observation[] {
  const rated = rateMedia(figures, parts);
  const [worst] = rated.toSorted((a, b) => a.rating.r - b.rating.r);
  if (worst === undefined) return [];
  const { rating, basis, burst, grounded } = worst;
  const mos = (value: number) => Number(value.toFixed(2));
  return [
    ...(burst.burstRatio === undefined ? [] : [observe("rtp.burst", round(burst.burstRatio))]),
    ...(burst.burst.count === 0
      ? []
      : [
          observe("rtp.burst.density", round(100 * burst.burst.density)),
          observe("rtp.burst.length", round((parts.packetTime * burst.burst.packets) / burst.burst.count)),
        ]),
    observe("rtp.gap.density", round(100 * burst.gap.density)),
    observe("rtp.r", Number(rating.r.toFixed(1)), { evidence: basis }),
    observe("rtp.mos", mos(rating.mos), { evidence: basis }),
    ...rated.flatMap((each) =>
      each.way === "round"
        ? []
        : [observe(`rtp.mos.${each.way}`, mos(each.rating.mos), { evidence: each.basis })],
    ),
    observe("rtp.mos.basis", basis),
    observe("rtp.grounded", grounded),
  ];
}

/** When audio began and ended within the run: silence at its start or end is another fault than loss. */
function observeSpan(
  { missingAtStart, stoppedAt, driftPpm }: MediaFigures,
  parts: RunParts,
  observe: Observe,
) {
  const all: Observation[] = [];
  if (missingAtStart !== undefined) all.push(observe("rtp.start.missing", missingAtStart));
  if (stoppedAt !== undefined)
    all.push(
      observe("rtp.stopped", round(stoppedAt / 1000), {
        evidence: `of ${parts.seconds} s of media that were sent`,
      }),
    );
  if (driftPpm !== undefined)
    all.push(
      observe("rtp.drift", Math.round(driftPpm), {
        evidence: "the far end's clock against ours; above 0 it runs fast",
      }),
    );
  return all;
}

// A way that takes less than nothing shows clocks that disagree; so much is the grain of the timestamps.
const grainMs = 0.5;

/** Each way's delay by the clocks of both hosts: told where these can be right. */
function observeOneWay({ oneWay }: MediaFigures, observe: Observe): Observation[] {
  if (oneWay === undefined) return [];
  const { forward, reverse } = oneWay;
  const apart = Math.max(-forward, -reverse);
  if (apart > grainMs) {
    const evidence = `the clocks of the two hosts are at least ${apart.toFixed(1)} ms apart`;
    return [observe("rtp.delay.fwd", null, { outcome: "garbled", evidence })];
  }
  const evidence = "by the mirror's sender reports and the wall clocks of both hosts, which nobody compared";
  return [
    observe("rtp.delay.fwd", round(Math.max(0, forward)), { evidence }),
    observe("rtp.delay.rev", round(Math.max(0, reverse)), { evidence }),
  ];
}

/** Which pairs of ports had audio back: with several calls, part of a range that is closed shows. */
function observePorts({ ports }: MediaFigures, observe: Observe): Observation[] {
  if (ports.length < 2) return [];
  const names = (heard: boolean) =>
    ports.filter((each) => each.heard === heard).map(({ port, farPort }) => `${port} to ${farPort}`);
  return [observe("rtp.ports.good", names(true)), observe("rtp.ports.bad", names(false))];
}

/** What the two sides agreed on, and whether the far end keeps to it. */
function observeAgreement(
  run: Extract<RunResult, { ok: true }>,
  { pace }: MediaFigures,
  parts: RunParts,
  observe: Observe,
): Observation[] {
  const [farEnd] = run.farEnds;
  const [stream] = run.streams;
  if (farEnd === undefined || stream === undefined) return [];
  return [
    observe("rtp.dtmf", farEnd.eventType !== undefined),
    observe("rtp.maps.differ", farEnd.mapsDiffer.slice(0, mostSeconds)),
    observe("rtp.ptime.sent", parts.packetTime),
    observe("rtp.clock.agreed", stream.clock),
    ...(pace === undefined ? [] : [observe("rtp.ptime", pace.packetTime), observe("rtp.clock", pace.clock)]),
  ];
}

/** Keys of the stream that lost most of them. A far end that only echoes audio need not send keys back. */
function observeKeys({ streams }: Extract<RunResult, { ok: true }>, observe: Observe): Observation[] {
  const pressed = streams.filter(({ keys }) => keys.keys !== "");
  const [worst] = pressed
    .map(({ keys, log, mode }) => ({ sent: keys.keys, back: readKeys(log.events), mode }))
    .toSorted((a, b) => Number(a.back === a.sent) - Number(b.back === b.sent));
  if (worst === undefined) return [];
  const evidence = worst.mode === "echo" ? "a plain echo need not send keys back" : undefined;
  return [observe("rtp.dtmf.sent", worst.sent), observe("rtp.dtmf.back", worst.back, { evidence })];
}

/** What a run without media says: how SIP ended, under the SIP subject, and that nothing was sent. */
export function observeNoMedia(
  { why, up }: Extract<RunResult, { ok: false }>,
  transport: SipTransport,
  observeSip: Observe,
  observe: Observe,
): Observation[] {
  const sip = observeEnd(why, transport, observeSip);
  const code = sip.find(({ key }) => key === "sip.code");
  const evidence = `no call, so no media: ${code?.evidence ?? "nothing was heard"}`;
  const denied = code?.value === 401 || code?.value === 403 || code?.value === 407;
  const outcome = code?.outcome !== "ok" ? (code?.outcome ?? "timeout") : denied ? "denied" : "absent";
  // The transport goes with it, as in a look by OPTIONS: the rules of reach tell a closed port by it.
  return [
    observeSip("sip.transport", transport),
    ...sip,
    observe("rtp.fwd.sent", null, { outcome, evidence }),
    ...(up === 0 ? [] : [observe("rtp.calls.up", up, { evidence: code?.evidence })]),
  ];
}

function observeEnd(why: NoMedia, transport: SipTransport, observeSip: Observe): Observation[] {
  if (why.kind === "connect") return observeFailure(why.error, { transport, note: "" }, observeSip);
  if (why.kind === "answer") {
    const evidence = `the answer cannot be used: ${why.why}`;
    return [observeSip("sip.code", why.response.code, { evidence })];
  }
  const { end } = why;
  if (end.kind === "failed") return observeFailure(end.error, { transport, note: "" }, observeSip);
  if (end.kind === "timeout") {
    return [observeSip("sip.code", null, { outcome: "timeout", evidence: "INVITE got no final answer" })];
  }
  const { code, reason } = end.response;
  const warning = headerValues(end.response, "Warning").join(", ");
  const evidence = `INVITE was answered ${code} ${reason}${warning === "" ? "" : `, ${warning}`}`;
  return [
    observeSip("sip.code", code, { evidence }),
    observeSip("sip.reason", reason),
    ...(warning === "" ? [] : [observeSip("sip.warning", warning)]),
  ];
}
