import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  scanFrames,
  startOfStream,
  type ScanState,
  type StreamingChip,
} from "../../../agent/meters/chips/chip.ts";
import { es51922 } from "../../../agent/meters/chips/es51922.ts";
import { chips } from "../../../agent/meters/chips/list.ts";
import { scpi } from "../../../agent/meters/chips/scpi.ts";
import { loadMeters } from "../../../agent/meters/meter.ts";
import { modeOf, type Reading } from "../../../agent/meters/reading.ts";
import { ut61eFrame } from "../../fakes/meter.ts";
import { seededRandom } from "../../fakes/seeded-random.ts";

const bytesOf = (hex: string) => Uint8Array.from(hex.split(" "), (byte) => Number.parseInt(byte, 16));

/** Frames whose values sigrok's driver agrees with: what it is, hex, value, mode, flags that are on. */
const frames: readonly (readonly [string, string, number | null, string, string])[] = [
  ["PoE 53.00 V DC", "32 30 35 33 30 30 3b 30 30 30 3a 30 0d 0a", 53, "dc-volts", "auto"],
  ["reversed leads", "32 30 34 38 31 32 3b 34 30 30 3a 30 0d 0a", -48.12, "dc-volts", "auto"],
  ["overload in the 22 V range", "31 32 32 35 38 30 3b 31 30 30 38 30 0d 0a", null, "dc-volts", "overload+"],
  ["detection pulses", "31 30 38 34 31 33 3b 30 30 30 3a 30 0d 0a", 8.413, "dc-volts", "auto"],
  ["hold", "32 30 32 34 30 36 3b 30 30 30 3a 32 0d 0a", 24.06, "dc-volts", "auto hold"],
  ["low battery", "30 30 30 30 30 30 3b 32 30 30 3a 30 0d 0a", 0, "dc-volts", "auto lowBattery"],
  ["AC ripple in mV", "34 30 31 38 37 34 3b 30 30 30 36 30 0d 0a", 0.01874, "ac-volts", "auto"],
  ["AC by mistake", "32 30 35 33 30 30 3b 30 30 30 34 30 0d 0a", 53, "ac-volts", ""],
  ["max", "32 30 35 35 33 31 3b 30 38 30 3a 30 0d 0a", 55.31, "dc-volts", "auto max"],
  ["min", "32 30 35 32 38 37 3b 30 34 30 3a 30 0d 0a", 52.87, "dc-volts", "auto min"],
  ["relative", "32 30 30 30 34 32 3b 34 32 30 38 30 0d 0a", -0.42, "dc-volts", "relative"],
  ["milliamps", "31 31 32 30 34 30 3f 30 30 30 38 30 0d 0a", 0.1204, "dc-amps", ""],
  ["amps", "30 31 30 30 32 31 30 30 30 30 3a 30 0d 0a", 10.021, "dc-amps", "auto"],
  ["ohms", "30 30 39 39 38 37 33 30 30 30 32 30 0d 0a", 99.87, "ohms", "auto"],
  ["continuity", "30 30 30 34 31 30 35 30 30 30 30 30 0d 0a", 4.1, "continuity", ""],
  ["diode", "30 30 35 35 31 32 31 30 30 30 30 30 0d 0a", 0.5512, "diode", ""],
  ["frequency", "31 30 30 35 30 30 32 30 30 30 32 30 0d 0a", 50, "hertz", "auto"],
  ["duty", "30 30 30 34 39 37 32 38 30 30 32 30 0d 0a", 49.7, "duty", "auto"],
  ["capacitance", "33 30 34 37 30 33 36 30 30 30 32 30 0d 0a", 4.703e-6, "farads", "auto"],
  ["frequency of AC volts", "30 30 36 30 30 32 3b 30 30 30 37 30 0d 0a", 60.02, "hertz", "auto"],
];

const refused: readonly (readonly [string, string])[] = [
  ["DC and AC together", "32 30 35 33 30 30 3b 30 30 30 3c 30 0d 0a"],
  ["a letter among the digits", "32 30 35 3a 30 30 3b 30 30 30 3a 30 0d 0a"],
  ["an unknown function", "32 30 35 33 30 30 37 30 30 30 3a 30 0d 0a"],
  ["range 7 in volts", "37 30 35 33 30 30 3b 30 30 30 3a 30 0d 0a"],
  ["more counts than the display has", "31 35 35 33 33 33 3b 30 30 30 3a 30 0d 0a"],
];

function flagsOf(reading: Reading): string {
  const names = ["auto", "hold", "min", "max", "relative", "lowBattery"] as const;
  const on = names.filter((name) => reading[name] === true).map(String);
  return [...on, ...(reading.overload === "none" ? [] : [`overload${reading.overload}`])].join(" ");
}

describe("es51922", () => {
  for (const [what, hex, value, mode, flags] of frames) {
    it(`decodes ${what}`, () => {
      const reading = es51922.decodeFrame(bytesOf(hex), false);
      assert.ok(reading.ok);
      assert.equal(reading.value.value, value);
      assert.equal(modeOf(reading.value), mode);
      assert.equal(flagsOf(reading.value), flags);
    });
  }

  for (const [what, hex] of refused) {
    it(`refuses ${what}`, () => {
      const scanned = scanFrames(es51922, startOfStream, bytesOf(hex));
      assert.equal(scanned.readings.length, 0);
      assert.equal(scanned.bad.length, 1);
    });
  }

  it("reads the same value with the parity bit in bit 7 (7O1 seen as 8N1)", () => {
    const reading = es51922.decodeFrame(bytesOf("32 b0 b5 b3 b0 b0 3b b0 b0 b0 ba b0 0d 8a"), false);
    assert.ok(reading.ok);
    assert.equal(reading.value.value, 53);
  });
});

describe("scanFrames()", () => {
  const values = (found: readonly Reading[]) => found.map((each) => each.value);

  it("takes frames split anywhere, and many in one chunk", () => {
    const stream = Buffer.concat([ut61eFrame(53), ut61eFrame(52.9), ut61eFrame(-1)]);
    for (let size = 1; size <= stream.length; size += 1) {
      let state: ScanState = startOfStream;
      const readings: Reading[] = [];
      for (let at = 0; at < stream.length; at += size) {
        const scanned = scanFrames(es51922, state, stream.subarray(at, at + size));
        state = scanned.state;
        readings.push(...scanned.readings);
      }
      assert.deepEqual(values(readings), [53, 52.9, -1]);
    }
  });

  it("syncs after garbage, counts what it dropped, and marks the first frame after it", () => {
    const scanned = scanFrames(
      es51922,
      startOfStream,
      Buffer.concat([Buffer.from("Switch> "), ut61eFrame(53), ut61eFrame(54)]),
    );
    assert.equal(scanned.dropped, 8);
    assert.deepEqual(values(scanned.readings), [53, 54]);
    assert.deepEqual(
      scanned.readings.map((each) => each.afterResync),
      [true, false],
    );
  });

  it("a lost byte loses its frame and invents none that is not marked", () => {
    const frame = ut61eFrame(53.02);
    for (let lost = 0; lost < frame.length; lost += 1) {
      const damaged = Buffer.concat([frame.subarray(0, lost), frame.subarray(lost + 1), frame, frame]);
      const scanned = scanFrames(es51922, startOfStream, damaged);
      const clean = scanned.readings.filter((each) => !each.afterResync);
      assert.ok(
        clean.every((each) => each.value === 53.02),
        `byte ${lost}`,
      );
      assert.ok(clean.length >= 1);
    }
  });
});

describe("scpi", () => {
  const table: readonly (readonly [string, string, number | null, string, string])[] = [
    ['"VOLT +1.000000E+02,+1.000000E-04"', "+5.30214500E+01", 53.02145, "dc-volts", ""],
    ['"VOLT +1.000000E+02,+1.000000E-04"', "-4.81200000E+01", -48.12, "dc-volts", ""],
    ['"VOLT +1.000000E+02,+1.000000E-04"', "+9.90000000E+37", null, "dc-volts", "overload+"],
    ['"VOLT +1.000000E+02,+1.000000E-04"', "-9.90000000E+37", null, "dc-volts", "overload-"],
    ['"VOLT:AC +1.000000E-01,+1.000000E-07"', "+1.87400000E-02", 0.01874, "ac-volts", ""],
    ['"CURR +1.000000E+00,+1.000000E-06"', "+1.20400000E-01", 0.1204, "dc-amps", ""],
    ['"RES +1.000000E+02,+1.000000E-04"', "+9.98700000E+01", 99.87, "ohms", ""],
    ['"FREQ +2.000000E+01,+1.000000E-05"', "+4.99980000E+01", 49.998, "hertz", ""],
    ['"DIOD"', "+5.51200000E-01", 0.5512, "diode", ""],
    ['"CONT"', "+4.10000000E+00", 4.1, "continuity", ""],
  ];
  for (const [configuration, answer, value, mode, flags] of table) {
    it(`decodes ${configuration} ${answer}`, () => {
      const reading = scpi.decodeAnswers([configuration, answer]);
      assert.ok(reading.ok);
      assert.equal(reading.value.value, value);
      assert.equal(modeOf(reading.value), mode);
      assert.equal(flagsOf(reading.value), flags);
    });
  }

  it("refuses what is no function and what is no number, and says what it expected", () => {
    const noFunction = scpi.decodeAnswers(["login:", "+1"]);
    assert.ok(!noFunction.ok);
    assert.match(noFunction.why.expected, /VOLT/);
    assert.ok(!scpi.decodeAnswers(['"VOLT 1,1"', "1e5 V"]).ok);
    assert.ok(!scpi.decodeAnswers(['"VOLT 1,1"']).ok);
  });
});

describe("every chip", () => {
  it("survives 100,000 damaged streams without throwing or inventing", (t) => {
    const seed = Number(process.env.OFFHOOK_SEED ?? 20_260_115);
    t.diagnostic(`seed ${seed}`);
    const seeded = seededRandom(seed);
    const random = () => seeded.next();
    const streaming = chips.filter((chip): chip is StreamingChip => chip.kind === "streaming");
    for (let run = 0; run < 100_000; run += 1) {
      const frame = Uint8Array.from(ut61eFrame(random() * 220));
      for (let times = Math.floor(random() * 4); times > 0; times -= 1)
        frame[Math.floor(random() * 14)] = Math.floor(random() * 256);
      for (const chip of streaming) {
        for (const reading of scanFrames(chip, startOfStream, frame).readings) {
          assert.ok(reading.value === null || Number.isFinite(reading.value));
        }
      }
      const text = Buffer.from(frame).toString("latin1");
      scpi.decodeAnswers([run % 2 === 0 ? text : '"VOLT 1,1"', text]);
    }
  });

  it("every meter file loads and names a chip that is there", () => {
    assert.ok(loadMeters().has("uni-t-ut61e"));
    assert.ok(loadMeters().has("agilent-34401a"));
  });
});
