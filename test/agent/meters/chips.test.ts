import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Chip, FrameChip } from "../../../agent/meters/chips/chip.ts";
import { chips } from "../../../agent/meters/chips/list.ts";
import { scanFrames, startOfStream, type ScanState } from "../../../agent/meters/chips/scan.ts";
import { decodeRecording } from "../../../agent/meters/decode-recording.ts";
import type { Reading } from "../../../agent/meters/reading.ts";
import { meterFamilies, metexFrame, type MeterFamily } from "../../fakes/meters/frames.ts";
import { seededRandom } from "../../fakes/seeded-random.ts";

function framesOf(name: string): FrameChip {
  const chip = chips.find((each) => each.name === name);
  assert.ok(chip !== undefined && chip.kind !== "polled", name);
  return chip;
}

const metex: MeterFamily = {
  chip: "metex14",
  meter: "metex-m3640d",
  gap: 500,
  step: 0.01,
  frame: metexFrame,
};
const families = [...meterFamilies, metex];
/** Displays whose damage turns into another plausible one. */
const displays = [15.5, 24.1, 40.1, 53];

function readAll(chip: FrameChip, chunks: readonly Uint8Array[]) {
  let state: ScanState = startOfStream;
  const readings: Reading[] = [];
  const bad: string[] = [];
  let dropped = 0;
  for (const chunk of chunks) {
    const scanned = scanFrames(chip, state, chunk);
    state = scanned.state;
    readings.push(...scanned.readings);
    bad.push(...scanned.bad);
    dropped += scanned.dropped;
  }
  return { readings, bad, dropped, state };
}

const values = (readings: readonly Reading[]) => readings.map(({ value }) => value);

for (const family of families) {
  const chip = framesOf(family.chip);
  const frame = (volts: number) => family.frame({ volts });
  const stream = [53, 52.9, -1, 48.1].map(frame);
  const expected = [53, 52.9, -1, 48.1];

  describe(`scanFrames() on ${family.chip}`, () => {
    it("takes frames octet by octet, in any pieces, and many in one chunk", () => {
      const whole = Buffer.concat(stream);
      for (let size = 1; size <= whole.length; size += 1) {
        const pieces: Uint8Array[] = [];
        for (let at = 0; at < whole.length; at += size) pieces.push(whole.subarray(at, at + size));
        const { readings, dropped, bad } = readAll(chip, pieces);
        assert.deepEqual(values(readings), expected);
        assert.deepEqual([dropped, bad], [0, []]);
        assert.ok(readings.every(({ afterResync }) => !afterResync));
      }
    });

    it("syncs within two frames after 200 octets of garbage, and counts what it dropped", () => {
      const garbage = seededRandom(7).bytes(200);
      const { readings, dropped } = readAll(chip, [garbage, ...stream, ...stream]);
      assert.deepEqual(values(readings).slice(-7), [...expected, ...expected].slice(-7));
      assert.ok(dropped >= 200 - chip.longest, String(dropped));
    });

    it("loses no reading and invents none with garbage between the frames", () => {
      const random = seededRandom(11);
      const chunks = stream.flatMap((each) => [random.bytes(1 + random.below(20)), each]);
      assert.deepEqual(values(readAll(chip, chunks).readings), expected);
    });

    it("gives no reading for half a frame, and the next one right", () => {
      const half = frame(15.5).subarray(0, 7);
      const { readings } = readAll(chip, [half, ...stream]);
      assert.deepEqual(values(readings), expected);
    });

    it("a lost octet costs its frame and invents nothing that is not marked", () => {
      for (const volts of displays) {
        const good = frame(volts);
        for (let lost = 0; lost < good.length; lost += 1) {
          const damaged = Buffer.concat([good.subarray(0, lost), good.subarray(lost + 1)]);
          const { readings } = readAll(chip, [good, damaged, good, good]);
          for (const reading of readings)
            assert.ok(
              reading.value === volts || reading.afterResync,
              `${volts}, octet ${lost}: ${reading.value}`,
            );
          assert.ok(readings.length >= 2, `${volts}, octet ${lost}`);
        }
      }
    });

    it("a doubled octet invents nothing that is not marked", () => {
      for (const volts of displays) {
        const good = frame(volts);
        for (let twice = 0; twice < good.length; twice += 1) {
          const damaged = Buffer.concat([good.subarray(0, twice + 1), good.subarray(twice)]);
          const { readings } = readAll(chip, [good, damaged, good, good]);
          for (const reading of readings)
            assert.ok(
              reading.value === volts || reading.afterResync,
              `${volts}, octet ${twice}: ${reading.value}`,
            );
          assert.ok(readings.filter(({ value }) => value === volts).length >= 3);
        }
      }
    });

    it("never holds more than one frame of octets", () => {
      const { state } = readAll(
        chip,
        Array.from({ length: 100 }, (_, seed) => seededRandom(seed).bytes(97)),
      );
      assert.ok(state.rest.length < chip.longest);
    });

    if (chip.bits !== "8N1") {
      it("refuses every single flipped bit where the line carries its eighth bit", () => {
        for (const volts of displays) {
          const good = frame(volts);
          for (let flipped = 0; flipped < good.length * 8; flipped += 1) {
            const damaged = Uint8Array.from(good);
            damaged[flipped >> 3] = (damaged[flipped >> 3] ?? 0) ^ (1 << (flipped & 7));
            const { readings } = readAll(chip, [good, damaged, good]);
            // Odd parity breaks always; of a stop bit only the eighth can be checked.
            const seen = chip.bits === "7O1" || (flipped & 7) === 7;
            if (seen)
              assert.ok(
                values(readings).every((value) => value === volts),
                `bit ${flipped}`,
              );
          }
        }
      });

      it("reads a line whose eighth bit was stripped on the way, and says so", () => {
        const stripped = Array.from({ length: 5 }, () => frame(53).map((byte) => byte & 0x7f));
        const { readings, state } = readAll(chip, stripped);
        assert.deepEqual(values(readings), [53, 53, 53, 53, 53]);
        assert.equal(state.bit7, "absent");
        assert.equal(readAll(chip, [frame(53), ...stream]).state.bit7, "checked");
      });
    }
  });
}

describe("es51986", () => {
  const chip = framesOf("es51986");
  const block = (hex: string) => Buffer.from(hex.replaceAll(" ", ""), "hex");
  const a = block("31 35 33 30 30 3b 30 30 3a 0d 0a");
  const b = block("31 35 33 30 31 3b 30 30 3a 0d 0a");

  it("gives one reading for each block that is sent twice", () => {
    assert.deepEqual(values(readAll(chip, [a, a, a, a, b, b]).readings), [53, 53, 53.01]);
  });

  it("gives a block whose twin was lost once", () => {
    assert.deepEqual(values(readAll(chip, [a, b, b, a, a]).readings), [53, 53.01, 53]);
  });
});

/** Something like what each chip's meter sends, to be damaged: it helps the fuzzer past fixed nibbles and counts. */
function seedsOf(chip: Chip): Uint8Array[] {
  const family = families.find((each) => each.chip === chip.name);
  if (family !== undefined)
    return displays
      .map((volts) => family.frame({ volts }))
      .map((frame) =>
        chip.kind === "streaming" && chip.bits !== "8N1" ? frame.map((byte) => byte & 0x7f) : frame,
      );
  const texts: Readonly<Record<string, string>> = {
    fluke28x:
      "0\rV_DC,NONE,AUTO,VDC,500,0,ON,0.000,1,HOLD,2,LIVE,53.021,VDC,0,3,5,NORMAL,NONE,1.250,PRIMARY,53.021,VDC,0,3,5,NORMAL,NONE,1.250\r",
    fluke18x: "0\rQM,+18.74 mV AC\r",
    fluke45: "VDC\r\n=>\r\n+53.021E+0\r\n=>\r\n4\r\n=>\r\n",
    scpi: '"VOLT +1.000000E+02,+1.000000E-04"\n+5.30214500E+01\n',
    "scpi-xdm": '"VOLT AC"\r\n5.302100E+01\r\n',
    "scpi-gdm": "01\n\r+5.3021E+1\n\r",
    "agilent-u12xx": '"MV,1,AC"\r\n+1.87400000E+01\r\n',
    megatec: "(229.8 229.8 230.1 012 50.0 27.4 31.0 00001000\r",
    apc: "SM\r\n229.8\r\n230.1\r\n27.40\r\n012.5\r\n100.0\r\n031.2\r\n0042:\r\n08\r\n",
    vc96: "DC  53.00V \r\n",
    metex4x14: "DC 053.00V   \rAC  012.1mV  \rFR0.05998KHz \rTE   0022C   \r",
  };
  const frames: Readonly<Record<string, string>> = {
    es51986: "31353330303b30303a0d0a",
    es51911: "31353330303b30313a0d0a",
    es51967: "31353330303b30303a0d0a",
    es51962: "31323430363b3030380d0a",
    bm85x: "1002000f060000002035332e30323120452b30431003",
    bm86x: "001100007cf8bfdaa1000000000000008686868600000000",
  };
  const text = texts[chip.name];
  return [
    text === undefined
      ? Buffer.from((frames[chip.name] ?? "").replaceAll(" ", ""), "hex")
      : Buffer.from(text, "latin1"),
  ];
}

describe("every chip", () => {
  it("survives 100,000 damaged streams without throwing, hanging or inventing", (t) => {
    const seed = Number(process.env.OFFHOOK_SEED ?? 20_260_115);
    t.diagnostic(`seed ${seed}`);
    const random = seededRandom(seed);
    const seeds = chips.map((chip) => ({ chip, seeds: seedsOf(chip) }));
    let taken = 0;
    for (let run = 0; run < 100_000; run += 1) {
      const { chip, seeds: own } = seeds[run % seeds.length] ?? assert.fail();
      const stream = Uint8Array.from(own[random.below(own.length)] ?? []);
      for (let times = random.below(4); times > 0; times -= 1)
        stream[random.below(stream.length)] = random.below(256);
      const cut = random.below(3) === 0 ? random.below(stream.length) : 0;
      const { readings } = decodeRecording(chip, stream.subarray(cut));
      taken += readings.length;
      for (const reading of readings) {
        assert.ok(reading.value === null || Number.isFinite(reading.value), `${chip.name} ${run}`);
        assert.ok(reading.overload === "none" || reading.value === null);
        assert.ok(!Object.is(reading.value, -0));
      }
    }
    assert.ok(taken > 20_000, `only ${taken} readings: the fuzzer does not get in`);
  });

  it("survives random octets", () => {
    const random = seededRandom(3);
    for (const chip of chips)
      for (let run = 0; run < 300; run += 1) decodeRecording(chip, random.bytes(random.below(200)));
  });
});
