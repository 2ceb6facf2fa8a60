import { chips } from "./chips/list.ts";
import { decodeRecording } from "./decode-recording.ts";
import { exactOf, numberOf, prefixOf } from "./exact.ts";
import type { Reading } from "./reading.ts";

/** How the meter is to be set for one recording. */
export interface CaptureStep {
  readonly what: string;
}

/** What a meter sent while its display showed something. */
export interface Capture {
  readonly what: string;
  /** As the owner typed it, such as `-48.12 V`. */
  readonly display: string;
  readonly hex: string;
  /** ms since the start of the recording and octets, chunk by chunk. */
  readonly times: readonly (readonly [number, number])[];
  /** What the chips that are known make of it. */
  readonly read: readonly { readonly chip: string; readonly value: number | null; readonly same: boolean }[];
}

/** A case file: with a chip, a test of that chip; without one, what a new decoder can be written from. */
export interface MeterCase {
  readonly name: string;
  readonly line: { readonly baudRate: number; readonly dtr: boolean; readonly rts: boolean };
  readonly chip?: string;
  readonly captures: readonly Capture[];
}

const unitForm =
  /^([+-]?[\d.]+(?:e[+-]?\d+)?|[+-]?\.?0?\.?O?L\.?) *([numkKM]?)(?:V|A|Ohm|Ω|F|Hz|C|°C|%|S|s|W)?$/i;

/** The number a display shows, in base units; null for an overload, undefined where it cannot be told. */
export function displayedNumber(display: string): number | null | undefined {
  const text = display
    .trim()
    .replaceAll("µ", "u")
    .replace(/ *(AC|DC)$/i, "");
  const found = unitForm.exec(text);
  if (found === null) return undefined;
  const [, number = "", prefix = ""] = found;
  if (/L/i.test(number)) return null;
  const exact = exactOf(number);
  const power = prefixOf(prefix);
  return exact === undefined || power === undefined ? undefined : numberOf(exact, power);
}

const matches = (reading: Reading, shown: number | null | undefined) =>
  shown === null ? reading.overload !== "none" : reading.value === shown;

export function captureOf(
  what: string,
  display: string,
  bytes: Uint8Array,
  times: readonly (readonly [number, number])[],
): Capture {
  const shown = displayedNumber(display);
  const read = chips.flatMap((chip) => {
    const { readings } = decodeRecording(chip, bytes);
    const last = readings.at(-1);
    if (last === undefined) return [];
    return [
      { chip: chip.name, value: last.value, same: readings.some((reading) => matches(reading, shown)) },
    ];
  });
  return { what, display, hex: Buffer.from(bytes).toString("hex"), times, read };
}

/** A case of all captures; its chip is the one that reads every display as it was typed. */
export function captureCase(name: string, line: MeterCase["line"], captures: readonly Capture[]): MeterCase {
  const candidates = chips.map((chip) => chip.name);
  const chip = candidates.find(
    (each) =>
      captures.length > 0 &&
      captures.every(({ read }) => read.some((found) => found.chip === each && found.same)),
  );
  return { name, line, ...(chip === undefined ? {} : { chip }), captures };
}
