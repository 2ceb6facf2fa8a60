import type { Observation } from "../../../protocol/observation.ts";
import type { Observe } from "../../../protocol/observe.ts";
import { percentile } from "../../../protocol/rtp/percentile.ts";
import type { LoadLog, LoadSecond } from "./load-log.ts";
import type { LoadRun } from "./run-load.ts";

/** What a run shows besides its log. */
interface Beside {
  /** Answers that came twice: their request was late, not lost. */
  readonly twice: number;
  /** Datagrams that our own socket had no room for; absent where the system does not tell. */
  readonly ownDrops?: number | undefined;
  /** What was asked for, requests a second. */
  readonly rate: number;
}

/** Fewer requests than these tell nothing by their silence. */
const fewest = 10;

export function observeLoad(
  { log, ending, sent, took }: LoadRun,
  beside: Beside,
  observe: Observe,
): Observation[] {
  const { seconds } = log;
  const sum = (pick: (second: LoadSecond) => number) =>
    seconds.reduce((all, second) => all + pick(second), 0);
  const [ended, repeated, lost] = [
    sum((each) => each.sent),
    sum((each) => each.repeated),
    sum((each) => each.lost),
  ];
  const late = Math.min(repeated, beside.twice);
  const [lossFrom, silentFrom] = [lossBegins(seconds, late < repeated), silenceBegins(seconds)];
  return [
    observe("sip.load.rate", round(took === 0 ? 0 : sent / took), {
      evidence: `${beside.rate} a second asked for, over ${took.toFixed(1)} s; ended: ${ending}`,
    }),
    observe("sip.load.sent", ended),
    observe("sip.load.answered", log.answered),
    observe("sip.load.repeated", repeated),
    observe("sip.load.late", late),
    observe("sip.load.lost", lost),
    observe("sip.load.loss", percent(repeated - late + lost, ended)),
    ...(lossFrom === undefined ? [] : [observe("sip.load.lossFrom", lossFrom)]),
    ...(silentFrom === undefined ? [] : [observe("sip.load.silentFrom", silentFrom)]),
    observe(
      "sip.load.series",
      seconds.map(({ sent: all, atOnce }) => String(percent(all - atOnce, all))).slice(0, 60),
    ),
    ...observeAnswers(log, observe),
    ...(beside.ownDrops === undefined ? [] : [observe("sip.load.own.drops", beside.ownDrops)]),
  ];
}

function observeAnswers(log: LoadLog, observe: Observe): Observation[] {
  const busy = log.codes.reduce((all, [said, count]) => (said.startsWith("503") ? all + count : all), 0);
  const times = log.roundTrips();
  const at = (p: number) => round(percentile(times, p) ?? 0);
  return [
    observe(
      "sip.load.codes",
      log.codes.slice(0, 20).map(([said, count]) => `${count} × ${said}`.slice(0, 200)),
    ),
    ...(log.answered === 0 ? [] : [observe("sip.load.busy", percent(busy, log.answered))]),
    ...(times.length === 0
      ? []
      : [
          observe("sip.load.rtt.p50", at(50)),
          observe("sip.load.rtt.p95", at(95)),
          observe("sip.load.rtt.p99", at(99)),
          observe("sip.load.rtt.max", at(100)),
        ]),
  ];
}

/** The first second with a loss, from 1; a repeat counts as one where not all of them were mere lateness. */
function lossBegins(seconds: readonly LoadSecond[], repeatsCount: boolean): number | undefined {
  const index = seconds.findIndex(({ repeated, lost }) => lost > 0 || (repeatsCount && repeated > 0));
  return index === -1 ? undefined : index + 1;
}

/** The second from which nothing was answered to the end, from 1; something was before. */
function silenceBegins(seconds: readonly LoadSecond[]): number | undefined {
  const last = seconds.findLastIndex(({ sent, lost }) => lost < sent);
  const after = seconds.slice(last + 1).reduce((all, { sent }) => all + sent, 0);
  return last === -1 || after < fewest ? undefined : last + 2;
}

const percent = (part: number, all: number): number =>
  all === 0 ? 0 : Number(((100 * part) / all).toFixed(2));

const round = (value: number): number => Number(value.toFixed(1));
