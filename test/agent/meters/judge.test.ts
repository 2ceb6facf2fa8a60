import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { judgeCable, loopOhms, voltsAtPhone } from "../../../agent/meters/cable-drop.ts";
import { judgePairs, judgeRipple, manualLimits } from "../../../agent/meters/judge.ts";
import type { TimedReading } from "../../../agent/meters/listening.ts";
import { readingOf, type Reading } from "../../../agent/meters/reading.ts";

const gap = 500;

/** Readings twice a second. */
function series(values: readonly (number | null)[], known: Partial<Reading> = {}): TimedReading[] {
  return values.map((value, index) => ({
    at: index * gap,
    reading: readingOf(known.quantity ?? "voltage", {
      value,
      resolution: 0.01,
      coupling: "dc",
      auto: true,
      ...(value === null ? { overload: "+" as const } : {}),
      ...known,
    }),
  }));
}

function judge(readings: readonly TimedReading[], more: { after?: number; lost?: number } = {}) {
  const now = (readings.at(-1)?.at ?? 0) + (more.after ?? 100);
  return judgePairs({ readings, now, ...(more.lost === undefined ? {} : { lost: more.lost }) });
}

const times = (value: number, count: number) => Array.from({ length: count }, () => value);
const pulse = [0.0, 4.06, 8.01, 0.02, 0.0, 0.0, 4.05, 7.98, 0.01, 0.0];
const classes = [0.0, 4.1, 8.0, 17.6, 0.1, 0.0, 0.0, 4.1, 8.0, 18.1, 0.2, 0.0];

/** The worked series: values, what is known of them, verdict, notes. */
const worked: readonly (readonly [string, readonly TimedReading[], string, readonly string[]])[] = [
  ["a live port", series([53.02, 53.02, 53.01, 53.02, 53.03, 53.02]), "ok", []],
  ["44.1 V", series([44.1, 44.11, 44.1, 44.1, 44.11, 44.1]), "marginal-low", []],
  ["44.3 V", series(times(44.3, 6)), "ok", []],
  ["43.9 V in tenths", series(times(43.9, 6), { resolution: 0.1 }), "marginal-low", []],
  ["43.5 V", series(times(43.5, 6)), "low", []],
  ["56.8 V", series(times(56.8, 6)), "marginal-high", []],
  ["57.4 V", series(times(57.4, 6)), "overvoltage", []],
  ["61.2 V", series(times(61.2, 6)), "overvoltage", ["hazard"]],
  ["swapped leads", series(times(-53.02, 6)), "ok", ["reversed"]],
  ["detection pulses", series(pulse), "detecting", []],
  ["a class is asked, power not given", series(classes), "classifying", []],
  [
    "a passive injector",
    series(Array.from({ length: 12 }, (_, i) => 24.05 + (i % 2) / 100)),
    "passive-24",
    [],
  ],
  ["24 V for too short", series(times(24.06, 6)), "unsteady", []],
  [
    "power that comes and goes",
    series([...times(53, 8), 2.1, 0, 4, ...times(53, 8), 1.9, 0.1, 8, ...times(53, 4)]),
    "power-cycling",
    [],
  ],
  ["load steps", series([53.0, 52.1, 51.4, 53.0, 51.2, 52.8]), "unstable", []],
  ["a lost character", series([53.02, 53.02, 3.02, 53.02, 53.01, 53.02, 53.02]), "ok", []],
  ["a doubled digit", series([15.53, 15.53, 55.33, 15.53, 15.53, 15.53]), "residual", []],
  ["AC by mistake", series(times(53, 6), { coupling: "ac" }), "wrong-mode", []],
  ["hold", series(times(53.02, 6), { hold: true }), "frozen", []],
  ["relative", series(times(53.02, 6), { relative: true }), "frozen", []],
  ["an average", series(times(53.02, 6), { modes: ["average"] }), "frozen", []],
  [
    "overload in a manual range",
    series(
      Array.from({ length: 6 }, () => null),
      { auto: false },
    ),
    "range",
    [],
  ],
  ["overload with auto on", series(Array.from({ length: 6 }, () => null)), "overvoltage", ["hazard"]],
  ["leads in the A jack", series(times(0.12, 6), { quantity: "current" }), "dangerous-setup", []],
  ["36.2 V", series(times(36.2, 6)), "brown-out", []],
  ["nothing on the pairs", series(times(0.001, 20)), "no-voltage", []],
  ["nothing, for too short", series(times(0.001, 8)), "no-window", []],
  ["a low battery", series(times(53.02, 6), { lowBattery: true }), "ok", ["doubtful"]],
  ["ohms", series(times(99, 6), { quantity: "resistance", coupling: "unknown" }), "wrong-mode", []],
  ["a diode test", series(times(0.5, 6), { quantity: "diode" }), "wrong-mode", []],
  ["values that jump", series([53, 45, 33, 53, 36, 53]), "unsteady", []],
  ["too few", series(times(53, 4)), "no-window", []],
];

describe("judgePairs()", () => {
  for (const [what, readings, verdict, notes] of worked) {
    it(`calls ${what} ${verdict}`, () => {
      const found = judge(readings);
      assert.equal(found.verdict, verdict, found.reasons.join("; "));
      assert.deepEqual(found.notes, notes);
      assert.ok(found.reasons.length > 0);
      assert.notEqual(found.say, "");
    });
  }

  it("gives the median in volts, as an amount", () => {
    assert.equal(judge(series([53.02, 53.02, 53.01, 53.02, 53.03, 53.02])).volts, 53.02);
    assert.equal(judge(series(times(-53.02, 6))).volts, 53.02);
  });

  it("calls a meter that stopped sending stale", () => {
    assert.equal(judge(series(times(53, 3)), { after: 4000 }).verdict, "stale");
    const slow = series(times(53, 6)).map(({ reading }, index) => ({ reading, at: index * 5000 }));
    assert.equal(judge(slow, { after: 14_000 }).verdict, "ok");
    assert.equal(judge(slow, { after: 16_000 }).verdict, "stale");
  });

  it("warns of amps on a single reading, whatever came before", () => {
    const amps = readingOf("current", { value: 0.1, coupling: "dc" });
    assert.equal(judge([...series(times(53, 6)), { at: 3000, reading: amps }]).verdict, "dangerous-setup");
  });

  it("splits the window where the mode changes", () => {
    const before = series(times(53, 6));
    const turned = series(times(0.02, 3), { coupling: "ac" }).map(({ at, reading }) => ({
      at: at + 3000,
      reading,
    }));
    assert.equal(judge([...before, ...turned]).verdict, "no-window");
    const back = series(times(52, 6)).map(({ at, reading }) => ({ at: at + 4500, reading }));
    assert.equal(judge([...before, ...turned, ...back]).volts, 52);
  });

  it("leaves out what came after a resync, and does not judge a noisy line", () => {
    const marked = series([53.02, 3.1, 53.02, 5.2, 53.02, 4.4, 53.02, 53.02, 53.02]).map((each) => ({
      ...each,
      reading: { ...each.reading, afterResync: (each.reading.value ?? 0) < 10 },
    }));
    assert.equal(judge(marked).verdict, "ok");
    assert.equal(judge(series(times(53, 6)), { lost: 0.25 }).verdict, "no-window");
    assert.equal(judge([]).verdict, "no-window");
  });

  it("holds the volts against the limits that it is given", () => {
    const readings = series(times(40, 6));
    const phone = { ...manualLimits, low: 37 };
    assert.equal(judgePairs({ readings, now: 2600 }, phone).verdict, "ok");
  });
});

describe("judgeRipple()", () => {
  const ripple = (volts: number) =>
    judgeRipple({ readings: series(times(volts, 6), { coupling: "ac" }), now: 2600 }).verdict;

  it("tells by what a sine of 0.5 and of 0.2 Vpp shows", () => {
    assert.deepEqual([0.02, 0.1, 0.2].map(ripple), ["ripple-ok", "ripple-warn", "ripple-fail"]);
  });

  it("asks for the knob on V AC", () => {
    assert.equal(judgeRipple({ readings: series(times(53, 6)), now: 2600 }).verdict, "wrong-mode");
    assert.equal(judgeRipple({ readings: [], now: 0 }).verdict, "no-window");
  });
});

/** Drop in volts at 53 V and 3.84, 6.49, 12.95, 25.5 W at the phone. */
const drops = [
  ["23", 30, [0.14, 0.25, 0.49, 0.98]],
  ["23", 100, [0.49, 0.83, 1.68, 3.42]],
  ["24", 10, [0.07, 0.12, 0.23, 0.46]],
  ["24", 30, [0.2, 0.35, 0.7, 1.39]],
  ["24", 50, [0.34, 0.58, 1.17, 2.36]],
  ["24", 80, [0.55, 0.94, 1.9, 3.9]],
  ["24", 100, [0.69, 1.17, 2.4, 4.98]],
  ["26", 50, [0.51, 0.87, 1.76, 3.59]],
  ["28", 10, [0.16, 0.27, 0.54, 1.08]],
  ["28", 50, [0.81, 1.38, 2.83, 5.93]],
] as const;

describe("voltsAtPhone()", () => {
  for (const [gauge, meters, expected] of drops) {
    it(`over ${meters} m of ${gauge} AWG`, () => {
      const found = [3.84, 6.49, 12.95, 25.5].map((watts) =>
        Number((53 - (voltsAtPhone(53, loopOhms(gauge, meters), watts) ?? 0)).toFixed(2)),
      );
      for (const [index, drop] of expected.entries())
        assert.ok(Math.abs((found[index] ?? 0) - drop) < 0.011, `${found[index]} for ${drop}`);
    });
  }

  it("says when a load cannot run at all", () => {
    assert.equal(voltsAtPhone(24, 20, 12.95), undefined);
  });
});

describe("judgeCable()", () => {
  const run = { sourceVolts: 53, watts: 12.95, gauge: "24", meters: 100 } as const;
  it("takes 2.4 V over 100 m for what the cable takes, and 6 V for a fault", () => {
    assert.equal(judgeCable({ ...run, phoneVolts: 50.6 }).verdict, "cable-ok");
    assert.equal(judgeCable({ ...run, phoneVolts: 47 }).verdict, "cable-loss");
    assert.equal(
      judgeCable({ ...run, phoneVolts: 20, sourceVolts: 24, meters: 300 }).verdict,
      "cable-impossible",
    );
  });
});
