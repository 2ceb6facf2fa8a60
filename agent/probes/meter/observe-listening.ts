import type { Observation, Outcome } from "../../../protocol/observation.ts";
import type { Observe } from "../../../protocol/observe.ts";
import type { SerialCode } from "../../io/serial/serial.ts";
import { judgePairs, manualLimits, type Judgement, type Limits } from "../../meters/judge.ts";
import { lostShare, type Listening, type TimedReading } from "../../meters/listening.ts";
import type { Meter } from "../../meters/meter.ts";
import { lineNoise, noiseSentence } from "../../meters/noise.ts";
import { flagsOf, modeOf, type Reading } from "../../meters/reading.ts";
import { summaryOf, usualGap } from "../../meters/series.ts";

export const outcomeOf: Record<SerialCode, Outcome> = {
  "port-missing": "unreachable",
  "port-unplugged": "unreachable",
  "port-permission": "denied",
  "port-in-use": "refused",
  "not-a-port": "absent",
  "bad-settings": "absent",
  "port-failed": "garbled",
};

/** What a window of readings is judged by: this meter's accuracy. */
export function limitsOf(meter: Meter): Limits {
  return meter.accuracy === undefined ? manualLimits : { ...manualLimits, accuracy: meter.accuracy };
}

export function judgeListening(
  readings: readonly TimedReading[],
  meter: Meter,
  now: number,
  lost: number,
): Judgement {
  return judgePairs({ readings, now, lost }, limitsOf(meter));
}

/** What the readings amount to: the median of those that can be trusted, in the mode of the last one. */
export function observeListening(
  listening: Listening,
  found: Meter,
  mono: number,
  observe: Observe,
  judge: boolean,
): Observation[] {
  const last = listening.readings.at(-1);
  if (last === undefined) return [observe("dmm.volts", null, silence(listening, found))];
  const mode = modeOf(last.reading);
  const age = Number(Math.max(0, (mono - last.at) / 1000).toFixed(2));
  const trusted = listening.readings.filter(
    ({ reading }) => !reading.afterResync && modeOf(reading) === mode,
  );
  const judgement = judge ? judgeListening(listening.readings, found, mono, lostShare(listening)) : undefined;
  return [
    observe("dmm.mode", mode),
    observe("dmm.age", age),
    observe("dmm.flags", flagsOf(last.reading)),
    voltsOf(trusted, mode, listening, observe),
    ...valuesOf(trusted, last.reading, observe),
    ...(listening.bytes === 0 ? [] : [observe("dmm.lost", Math.round(lostShare(listening) * 1000) / 10)]),
    ...(judgement === undefined ? [] : observeJudgement(judgement, observe)),
  ];
}

function voltsOf(
  trusted: readonly TimedReading[],
  mode: string,
  listening: Listening,
  observe: Observe,
): Observation {
  if (mode !== "dc-volts")
    return observe("dmm.volts", null, { outcome: "absent", evidence: `the meter shows ${mode}` });
  const volts = numbersOf(trusted).toSorted((a, b) => a - b);
  const median = volts[Math.floor(volts.length / 2)];
  if (median === undefined)
    return observe("dmm.volts", null, {
      outcome: "garbled",
      evidence:
        trusted.length > 0
          ? "overload: set the range to auto"
          : (lineNoise(listening) ?? "no reading that can be trusted came"),
    });
  const spread = (volts.at(-1) ?? 0) - (volts[0] ?? 0);
  const reversed = median < 0 ? ", leads or pairs reversed" : "";
  const gap = usualGap(listening.readings) ?? 0;
  const slow = gap > 2000 ? `, one reading every ${(gap / 1000).toFixed(1)} s` : "";
  const noise = lineNoise(listening);
  const evidence = `median of ${volts.length} readings, spread ${spread.toFixed(2)} V${reversed}${slow}${noise === undefined ? "" : `; ${noise}`}`;
  return observe("dmm.volts", Math.abs(median), { evidence });
}

const numbersOf = (readings: readonly TimedReading[]) =>
  readings.flatMap(({ reading }) => (reading.value === null ? [] : [reading.value]));

const mostSeries = 200;
const plain = (value: number) => Number(value.toPrecision(10));

function valuesOf(trusted: readonly TimedReading[], last: Reading, observe: Observe): Observation[] {
  const numbers = numbersOf(trusted);
  const summary = summaryOf(numbers);
  return [
    ...(last.value === null ? [] : [observe("dmm.value", last.value)]),
    ...(last.unit === "" ? [] : [observe("dmm.unit", last.unit)]),
    ...(summary === undefined
      ? []
      : [
          observe("dmm.min", summary.min),
          observe("dmm.max", summary.max),
          observe("dmm.mean", plain(summary.mean)),
          observe("dmm.series", numbers.slice(-mostSeries).map(String)),
        ]),
  ];
}

export function observeJudgement(judgement: Judgement, observe: Observe): Observation[] {
  const notes = judgement.notes.map((note) => `note: ${note}`);
  return [
    observe("dmm.verdict", judgement.verdict, { evidence: judgement.say }),
    observe("dmm.reasons", [...judgement.reasons, ...notes]),
  ];
}

export function silence(
  listening: Listening,
  found: Meter,
): { readonly outcome: Outcome; readonly evidence: string } {
  if (listening.closed !== undefined)
    return {
      outcome: outcomeOf[listening.closed.code],
      evidence: `${listening.closed.message}: ${listening.closed.advice}`,
    };
  if (listening.bytes === 0)
    return {
      outcome: "timeout",
      evidence:
        listening.unanswered > 0
          ? `nothing answered ${listening.unanswered} command(s): ${found.howTo}`
          : `nothing came: ${found.howTo}`,
    };
  const noise = noiseSentence(listening, found.name);
  const [bad] = listening.bad;
  return { outcome: "garbled", evidence: bad === undefined ? noise : `${noise}; ${bad}` };
}

/** A UPS: its figures, or why there are none. */
export function observeFacts(listening: Listening, found: Meter, observe: Observe): Observation[] {
  const facts = listening.readings.at(-1)?.reading.facts;
  if (facts === undefined) return [observe("ups.status", null, silence(listening, found))];
  return facts.map(([key, value]) => observe(key, value));
}
