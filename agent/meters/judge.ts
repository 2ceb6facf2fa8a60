import type { TimedReading } from "./listening.ts";
import { modeOf, type Reading } from "./reading.ts";
import { lastRun, median, usualGap } from "./series.ts";

// Judges PoE from readings of a meter on the pairs, phone plugged in. The first rule that matches wins. Nothing is judged
// on one frame, except to say "stop" when the knob is on amps.

export type Verdict =
  | "dangerous-setup"
  | "stale"
  | "no-window"
  | "wrong-mode"
  | "frozen"
  | "range"
  | "power-cycling"
  | "classifying"
  | "detecting"
  | "unstable"
  | "unsteady"
  | "overvoltage"
  | "marginal-high"
  | "ok"
  | "marginal-low"
  | "low"
  | "brown-out"
  | "passive-24"
  | "residual"
  | "no-voltage";

export interface Window {
  /** In order of time, of any mode; those that came after a resync are left out here. */
  readonly readings: readonly TimedReading[];
  /** Now, ms, by the clock of the readings. */
  readonly now: number;
  /** Share of what came that belonged to no good frame, 0–1. */
  readonly lost?: number;
}

export interface Limits {
  /** Volts at the place where it is measured; by default the manual's 44–57 V. */
  readonly low: number;
  readonly high: number;
  /** Of the meter, of direct volts. */
  readonly accuracy: { readonly percent: number; readonly counts: number };
}

export const manualLimits: Limits = { low: 44, high: 57, accuracy: { percent: 0.5, counts: 2 } };

export interface Judgement {
  readonly verdict: Verdict;
  /** One sentence for the person with the leads in hand. */
  readonly say: string;
  /** Median of the amount, outliers dropped; absent where no level was judged. */
  readonly volts?: number;
  readonly spread?: number;
  /** What the verdict rests on, and what is noted besides. */
  readonly reasons: readonly string[];
  /** `reversed`, `doubtful`, `hazard`. */
  readonly notes: readonly string[];
}

const leastReadings = 5;
const leastSpan = 2000;
const mostLost = 0.2;
const mostOutliers = 0.2;

/** What a person is told, by verdict. */
export const says: Record<Verdict, string> = {
  "dangerous-setup": "Stop: leads in the A jack short the pairs. Take them off.",
  stale: "The meter stopped sending: it is asleep, held, or the cable is off.",
  "no-window": "Not enough readings to judge.",
  "wrong-mode": "Turn the knob to V DC.",
  frozen: "Release HOLD, MIN MAX or REL: the number is not the live one.",
  range: "Set the range to auto.",
  "power-cycling":
    "The port gives power and takes it away again: check its power budget, the cable, the class and the phone.",
  classifying: "The source found a device and gave it no power: budget, class, or an overload at the start.",
  detecting:
    "The source is alive and sees no valid phone: no phone, a bad pair, a long or broken cable, or a phone without PoE.",
  unstable: "The voltage moves under load: brown-out is near, by load steps or a corroded contact.",
  unsteady: "The values jump too much to judge: hold the probes still.",
  overvoltage: "Too much voltage: a faulty source or the wrong supply.",
  "marginal-high": "At the upper limit, within what this meter can tell.",
  ok: "Within the limits.",
  "marginal-low": "At the lower limit, within what this meter can tell.",
  low: "Below the limits. At the phone's end a type 1 phone may still run from 37 V, a type 2 phone needs 42.5 V: cable loss or a weak source.",
  "brown-out": "Too low for any standard phone.",
  "passive-24": "A passive 24 V injector: it will not start a standard phone; do not mix it with 48 V gear.",
  residual: "Some other source: backfeed, or a passive supply of 12 or 18 V.",
  "no-voltage":
    "No voltage: the port is off, is not PoE, these are the wrong pairs, or the leads do not touch.",
};

function judged(verdict: Verdict, reasons: readonly string[], more: Partial<Judgement> = {}): Judgement {
  return { verdict, say: says[verdict], reasons, notes: [], ...more };
}

/** @param limits what the voltage is held against. */
export function judgePairs(window: Window, limits: Limits = manualLimits): Judgement {
  const readings = window.readings.filter(({ reading }) => !reading.afterResync);
  const last = readings.at(-1);
  if (last !== undefined && last.reading.quantity === "current")
    return judged("dangerous-setup", ["the meter measures current"]);
  const stale = last === undefined ? undefined : staleness(readings, last.at, window.now);
  if (stale !== undefined) return judged("stale", [stale]);
  const run = lastRun(readings);
  const tooLittle = whyNoWindow(run, readings.length, window.lost ?? 0);
  if (last === undefined || tooLittle !== undefined)
    return judged("no-window", [tooLittle ?? "no reading came"]);
  return judgeMode(run, last.reading) ?? judgeVolts(run, limits);
}

/** Three usual gaps without a frame, and at least two seconds. */
export function staleAfter(readings: readonly TimedReading[]): number {
  return Math.max(leastSpan, 3 * (usualGap(readings.slice(-6)) ?? 0));
}

function staleness(readings: readonly TimedReading[], last: number, now: number): string | undefined {
  const age = now - last;
  return age > staleAfter(readings) ? `the last reading is ${(age / 1000).toFixed(1)} s old` : undefined;
}

function whyNoWindow(run: readonly TimedReading[], all: number, lost: number): string | undefined {
  const span = (run.at(-1)?.at ?? 0) - (run[0]?.at ?? 0);
  if (lost >= mostLost)
    return `${Math.round(lost * 100)} % of what came is damaged: cable, baud rate, light in the window, or a second program on the port`;
  if (run.length < leastReadings)
    return run.length < all
      ? `only ${run.length} readings since the mode changed`
      : `only ${run.length} readings`;
  return span < leastSpan ? `only ${(span / 1000).toFixed(1)} s of readings` : undefined;
}

/** Rules on what the meter is set to: 4 to 6. */
function judgeMode(run: readonly TimedReading[], last: Reading): Judgement | undefined {
  if (last.quantity !== "voltage" || last.coupling === "ac" || last.coupling === "ac+dc")
    return judged("wrong-mode", [`the meter shows ${modeOf(last)}`]);
  const keys = [
    last.hold === true ? "HOLD" : "",
    last.min === true ? "MIN" : "",
    last.max === true ? "MAX" : "",
    last.relative === true ? "REL" : "",
    ...last.modes.map((mode) => mode.toUpperCase()),
  ].filter((key) => key !== "");
  if (keys.length > 0) return judged("frozen", [`on the display: ${keys.join(", ")}`]);
  const over = run.filter(({ reading }) => reading.overload !== "none").length;
  if (over * 2 <= run.length) return undefined;
  return last.auto === true
    ? judged("overvoltage", ["overload with the range on auto"], { notes: ["hazard"] })
    : judged("range", ["overload"]);
}

interface Amount {
  readonly at: number;
  readonly volts: number;
}

function judgeVolts(run: readonly TimedReading[], limits: Limits): Judgement {
  const amounts = run.flatMap(({ at, reading }) =>
    reading.value === null ? [] : [{ at, volts: Math.abs(reading.value) }],
  );
  const resolution = run.at(-1)?.reading.resolution ?? 0;
  const lowBattery = run.some(({ reading }) => reading.lowBattery === true);
  const reversed = (median(run.map(({ reading }) => reading.value ?? 0)) ?? 0) < 0;
  const notes = [...(reversed ? ["reversed"] : []), ...(lowBattery ? ["doubtful"] : [])];
  const noteReasons = [
    ...(reversed ? ["negative: leads or pairs are swapped, which phones accept"] : []),
    ...(lowBattery ? ["the meter's battery is low: its number is doubtful"] : []),
  ];
  const found = judgeSeries(amounts) ?? judgeLevel(amounts, resolution, limits);
  return {
    ...found,
    notes: [...found.notes, ...notes],
    reasons: [...found.reasons, ...noteReasons],
  };
}

const within = (amounts: readonly Amount[], seconds: number): readonly Amount[] => {
  const end = amounts.at(-1)?.at ?? 0;
  return amounts.filter(({ at }) => end - at <= seconds * 1000);
};

/** How often the series goes from one level to another one. */
function passes(
  amounts: readonly Amount[],
  from: (v: number) => boolean,
  to: (v: number) => boolean,
): number {
  let armed = false;
  let count = 0;
  for (const { volts } of amounts) {
    if (from(volts)) armed = true;
    else if (armed && to(volts)) {
      armed = false;
      count += 1;
    }
  }
  return count;
}

/** Rules on the raw series in its order: 7 to 9. */
function judgeSeries(amounts: readonly Amount[]): Judgement | undefined {
  const falls = passes(
    within(amounts, 60),
    (volts) => volts >= 40,
    (volts) => volts < 30,
  );
  if (falls >= 2)
    return judged("power-cycling", [`${falls} falls from 40 V or more to below 30 V within 60 s`]);
  const middle = median(amounts.map(({ volts }) => volts)) ?? 0;
  if (middle >= 30) return undefined;
  const recent = within(amounts, 20);
  const classified = recent.findIndex(({ volts }) => volts >= 14.5 && volts <= 20.5);
  if (classified >= 0 && recent.slice(classified + 1).some(({ volts }) => volts < 12))
    return judged("classifying", [
      `${recent[classified]?.volts.toFixed(1)} V, as while a class is asked, and less than 12 V after it`,
    ]);
  const peak = Math.max(...amounts.map(({ volts }) => volts));
  const rises = passes(
    within(amounts, 10),
    (volts) => volts < 0.5,
    (volts) => volts >= 1,
  );
  if (peak >= 1 && peak <= 12 && rises >= 2)
    return judged("detecting", [`${rises} pulses of up to ${peak.toFixed(1)} V within 10 s`]);
  return undefined;
}

/** Rules on the spread and on the median, outliers dropped: 10 to 21. */
function judgeLevel(amounts: readonly Amount[], resolution: number, limits: Limits): Judgement {
  const all = amounts.map(({ volts }) => volts);
  const middle = median(all) ?? 0;
  const far = Math.max(middle * 0.01, 5 * resolution);
  // A hair's breadth, so that 5 counts are 5 counts in binary fractions too.
  const kept = amounts.filter(({ volts }) => Math.abs(volts - middle) <= far + 1e-9);
  const outliers = amounts.length - kept.length;
  if (outliers > amounts.length * mostOutliers) {
    const inside = all.every((volts) => volts >= limits.low && volts <= limits.high);
    return judged(inside ? "unstable" : "unsteady", [`${outliers} of ${amounts.length} readings jump`]);
  }
  const values = kept.map(({ volts }) => volts);
  const volts = median(values) ?? 0;
  const spread = Math.max(...values) - Math.min(...values);
  const guard = (volts * limits.accuracy.percent) / 100 + limits.accuracy.counts * resolution;
  const gap = usualGap(amounts.map(({ at }) => ({ at }) as TimedReading)) ?? 0;
  const covered = ((amounts.at(-1)?.at ?? 0) - (amounts[0]?.at ?? 0) + gap) / 1000;
  const verdict = verdictOf({ volts, spread, guard, covered }, limits);
  const dropped = outliers === 0 ? [] : [`${outliers} outlier(s) dropped`];
  const why = `median ${volts.toFixed(2)} V of ${kept.length} readings, spread ${spread.toFixed(2)} V, limits ${limits.low}–${limits.high} V ± ${guard.toFixed(2)} V`;
  return judged(verdict, [why, ...dropped], {
    volts,
    spread,
    notes: verdict === "overvoltage" && volts > 60 ? ["hazard"] : [],
  });
}

interface Level {
  readonly volts: number;
  readonly spread: number;
  readonly guard: number;
  /** Seconds that the readings stand for. */
  readonly covered: number;
}

function verdictOf({ volts, spread, guard, covered }: Level, { low, high }: Limits): Verdict {
  if (volts > high + guard) return "overvoltage";
  if (volts >= high - guard) return "marginal-high";
  if (volts >= low - guard && spread > 1) return "unstable";
  if (volts > low + guard) return "ok";
  if (volts >= low - guard) return "marginal-low";
  if (volts >= 37) return "low";
  if (volts >= 30) return "brown-out";
  if (volts >= 21) return spread <= 1 && covered >= 5 ? "passive-24" : "unsteady";
  if (volts >= 0.5) return "residual";
  return covered >= 10 ? "no-voltage" : "no-window";
}

export type RippleVerdict = "ripple-fail" | "ripple-warn" | "ripple-ok" | "no-window" | "wrong-mode";

/** Volts rms of a sine: 0.5 Vpp below 500 Hz, and 0.2 Vpp above, are what a source may have. */
const rippleFail = 0.177;
const rippleWarn = 0.071;

/** The second step, knob on V AC: what a meter can follow of the ripple, rms. */
export function judgeRipple(window: Window): {
  readonly verdict: RippleVerdict;
  readonly reasons: readonly string[];
} {
  const run = lastRun(window.readings.filter(({ reading }) => !reading.afterResync));
  const last = run.at(-1)?.reading;
  const tooLittle = whyNoWindow(run, window.readings.length, window.lost ?? 0);
  if (last === undefined || tooLittle !== undefined)
    return { verdict: "no-window", reasons: [tooLittle ?? "no reading came"] };
  if (last.quantity !== "voltage" || last.coupling !== "ac")
    return { verdict: "wrong-mode", reasons: [`the meter shows ${modeOf(last)}; turn the knob to V AC`] };
  const volts = median(run.map(({ reading }) => Math.abs(reading.value ?? 0))) ?? 0;
  const reasons = [
    `${(volts * 1000).toFixed(1)} mV rms; 177 mV of a sine are 0.5 Vpp, 71 mV are 0.2 Vpp; some sources superpose tens of mV to sense the load`,
  ];
  if (volts > rippleFail) return { verdict: "ripple-fail", reasons };
  return { verdict: volts >= rippleWarn ? "ripple-warn" : "ripple-ok", reasons };
}
