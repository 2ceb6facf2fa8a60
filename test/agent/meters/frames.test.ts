import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { chips } from "../../../agent/meters/chips/list.ts";
import { decodeRecording } from "../../../agent/meters/decode-recording.ts";
import { decimalText } from "../../../agent/meters/exact.ts";
import type { Flag, Reading } from "../../../agent/meters/reading.ts";

// One file per chip: frames with what they must be read as, and frames that must be refused. Values were agreed upon with
// another implementation on the same octets; where the two differ, the display's own words decide.

interface Source {
  readonly what: string;
  readonly hex?: string;
  readonly answers?: readonly string[];
}
interface Frame extends Source {
  readonly quantity: string;
  readonly value: string | null;
  readonly unit: string;
  readonly overload: string;
  readonly coupling: string;
  readonly flags: readonly string[];
  readonly facts?: Readonly<Record<string, unknown>>;
}
interface Frames {
  readonly chip: string;
  readonly frames: readonly Frame[];
  readonly refused?: readonly Source[];
}

const folder = new URL("frames/", import.meta.url);
const files = readdirSync(folder).map((file) => [
  file,
  JSON.parse(readFileSync(new URL(file, folder), "utf8")),
]);

const octets = (source: Source) =>
  source.hex === undefined
    ? Buffer.from((source.answers ?? []).map((line) => `${line}\r\n`).join(""), "latin1")
    : Buffer.from(source.hex.replaceAll(" ", ""), "hex");

const names = ["auto", "hold", "min", "max", "relative", "lowBattery"] as const;
const flagsOn = (reading: Reading) => names.filter((name) => (reading[name] satisfies Flag) === true);

const read = new Set<string>();
for (const [file, found] of files as [string, Frames][]) {
  const chip = chips.find(({ name }) => name === found.chip);
  assert.ok(chip, `${file} names a chip that is not there`);
  read.add(chip.name);

  describe(`${chip.name} (${file})`, () => {
    for (const frame of found.frames) {
      it(`reads ${frame.what}`, () => {
        const { readings, bad, dropped } = decodeRecording(chip, octets(frame));
        assert.deepEqual(bad, []);
        assert.equal(dropped, 0);
        const [reading] = readings;
        assert.ok(reading);
        assert.equal(readings.length, 1);
        assert.equal(reading.value === null ? null : decimalText(reading.value), frame.value);
        const { quantity, unit, overload, coupling, afterResync } = reading;
        assert.deepEqual(
          { quantity, unit, overload, coupling, afterResync },
          {
            quantity: frame.quantity,
            unit: frame.unit,
            overload: frame.overload,
            coupling: frame.coupling,
            afterResync: false,
          },
        );
        assert.deepEqual(flagsOn(reading).toSorted(), [...frame.flags].toSorted());
        const facts = Object.fromEntries(reading.facts ?? []);
        for (const [key, value] of Object.entries(frame.facts ?? {}))
          assert.deepEqual(facts[key as keyof typeof facts], value, key);
      });
    }

    for (const refused of found.refused ?? []) {
      it(`refuses ${refused.what}`, () => {
        const { readings, bad } = decodeRecording(chip, octets(refused));
        assert.deepEqual(readings, []);
        assert.equal(bad.length, 1);
      });
    }
  });
}

it("every chip has its frames", () => {
  assert.deepEqual(
    chips.map(({ name }) => name).filter((name) => !read.has(name)),
    [],
  );
});
