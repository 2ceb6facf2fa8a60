import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { readingOf, scaled, type Quantity, type Reading, type Unit } from "../reading.ts";
import { bit, fixedLength, onlyOne, type ModelFacts, type StreamingChip } from "./chip.ts";
import { decodeLcd, type LcdNumber } from "./lcd-digits.ts";

// Fortune FS9721: 14 octets, the high nibble is the octet's number 1–e, the low one four segments of the display:
//
//   0 AC DC AUTO RS232   1–8 minus, points and digits   9 µ n k diode   10 m % M beep   11 F Ω REL HOLD   12 A V Hz battery
//   13 user bits, which every model uses in its own way
//
// No check sum: the low nibbles are unprotected.

const digits: Readonly<Record<number, string>> = {
  0x7d: "0",
  0x05: "1",
  0x5b: "2",
  0x1f: "3",
  0x27: "4",
  0x3e: "5",
  0x7e: "6",
  0x15: "7",
  0x7f: "8",
  0x3f: "9",
  0x68: "L",
  0x00: " ",
};

/** The bits of an LCD chip's frame, by meaning, wherever they stand in it. */
export interface LcdFrame {
  readonly symbols: readonly (string | undefined)[];
  readonly points: readonly boolean[];
  readonly negative: boolean;
  readonly ac: boolean;
  readonly dc: boolean;
  readonly micro: boolean;
  readonly nano: boolean;
  readonly milli: boolean;
  readonly kilo: boolean;
  readonly mega: boolean;
  readonly volt: boolean;
  readonly ampere: boolean;
  readonly ohm: boolean;
  readonly hertz: boolean;
  readonly farad: boolean;
  readonly percent: boolean;
  readonly celsius: boolean;
  readonly fahrenheit: boolean;
  readonly diode: boolean;
  readonly beep: boolean;
  readonly counts: number;
  readonly flags: Partial<Reading>;
}

/** What an FS9721 or a DTM0660 shows: exactly one unit, at most one prefix, not AC and DC together, no number above its display. */
export function decodeLcdFrame(frame: LcdFrame): Decoded<Reading> {
  if (frame.ac && frame.dc) return mismatch("AC and DC", "one of them", "both");
  const prefix = onlyOne([
    [frame.nano, -9],
    [frame.micro, -6],
    [frame.milli, -3],
    [frame.kilo, 3],
    [frame.mega, 6],
  ]);
  if (prefix.count > 1) return mismatch("prefix", "one at most", "more");
  const quantity = quantityOf(frame);
  if (!quantity.ok) return quantity;
  const lcd = decodeLcd(frame.symbols, frame.points);
  if (!lcd.ok) return lcd;
  const shown = shownOf(lcd.value, frame, prefix.value ?? 0);
  const limited = quantity.value.quantity !== "frequency" && quantity.value.quantity !== "duty";
  if (limited && lcd.value !== "overload" && lcd.value.digits > frame.counts)
    return mismatch("digits", `at most ${frame.counts} counts`, String(lcd.value.digits));
  const coupling = frame.dc ? "dc" : frame.ac ? "ac" : undefined;
  return decoded(
    readingOf(quantity.value.quantity, {
      ...(quantity.value.unit === undefined ? {} : { unit: quantity.value.unit }),
      ...(coupling === undefined ? {} : { coupling }),
      ...shown,
      ...frame.flags,
    }),
  );
}

function shownOf(lcd: LcdNumber | "overload", frame: LcdFrame, prefix: number): Partial<Reading> {
  if (lcd === "overload") return { overload: frame.negative ? "-" : "+" };
  const exponent = prefix - lcd.places;
  return {
    value: scaled((frame.negative ? -1 : 1) * lcd.digits, exponent),
    resolution: scaled(1, exponent),
  };
}

function quantityOf(frame: LcdFrame): Decoded<{ quantity: Quantity; unit?: Unit }> {
  const found = onlyOne<{ quantity: Quantity; unit?: Unit }>([
    [frame.volt, { quantity: frame.diode ? "diode" : "voltage" }],
    [frame.ampere, { quantity: "current" }],
    [frame.ohm, { quantity: frame.beep ? "continuity" : "resistance" }],
    [frame.hertz, { quantity: "frequency" }],
    [frame.farad, { quantity: "capacitance" }],
    [frame.percent, { quantity: "duty" }],
    [frame.celsius, { quantity: "temperature" }],
    [frame.fahrenheit, { quantity: "temperature", unit: "F_deg" }],
  ]);
  if (found.count > 1) return mismatch("unit", "one", "more");
  if (found.value !== undefined) return decoded(found.value);
  if (frame.diode) return decoded({ quantity: "diode" });
  return mismatch("unit", "one", "none");
}

const looksLikeFrame = (bytes: Uint8Array) => {
  for (let place = 0; place < 14; place += 1) if ((bytes[place] ?? 0) >> 4 !== place + 1) return false;
  return true;
};

function decodeFrame(bytes: Uint8Array, model: ModelFacts): Decoded<Reading> {
  const nibble = (place: number) => (bytes[place] ?? 0) & 0x0f;
  if (!bit(nibble(0), 0)) return mismatch("byte 0", "the RS232 bit", "none");
  const user = userBitsOf(nibble(13), model);
  const hasUnit =
    [3, 2].some((place) => bit(nibble(11), place) || bit(nibble(12), place)) || bit(nibble(12), 1);
  const pairs = [1, 3, 5, 7];
  return decodeLcdFrame({
    symbols: pairs.map((place) => digits[((nibble(place) & 7) << 4) | nibble(place + 1)]),
    points: pairs.map((place) => place > 1 && bit(nibble(place), 3)),
    negative: bit(nibble(1), 3),
    ac: bit(nibble(0), 3),
    dc: bit(nibble(0), 2),
    micro: bit(nibble(9), 3),
    nano: bit(nibble(9), 2),
    kilo: bit(nibble(9), 1),
    diode: bit(nibble(9), 0),
    milli: bit(nibble(10), 3),
    percent: bit(nibble(10), 2),
    mega: bit(nibble(10), 1),
    beep: bit(nibble(10), 0),
    farad: bit(nibble(11), 3),
    ohm: bit(nibble(11), 2),
    ampere: bit(nibble(12), 3),
    volt: bit(nibble(12), 2),
    hertz: bit(nibble(12), 1),
    celsius: user.celsius ?? (model.userBits === undefined && !hasUnit && onlyCelsius(nibble(13))),
    fahrenheit: user.fahrenheit ?? false,
    counts: model.counts ?? 4000,
    flags: {
      auto: bit(nibble(0), 1),
      relative: bit(nibble(11), 1),
      hold: bit(nibble(11), 0),
      lowBattery: bit(nibble(12), 0),
      min: user.min,
      max: user.max,
    },
  });
}

function userBitsOf(nibble: number, model: ModelFacts): Partial<Record<string, boolean>> {
  const entries = Object.entries(model.userBits ?? {});
  return Object.fromEntries(entries.map(([place, meaning]) => [meaning, bit(nibble, Number(place))]));
}

/** Without a model: bits 0 and 2 mean Celsius wherever they mean a unit; bit 1 is Celsius here and Fahrenheit there. */
const onlyCelsius = (nibble: number) => nibble === 1 || nibble === 4;

function chipFor(model: ModelFacts): StreamingChip {
  return {
    kind: "streaming",
    name: "fs9721",
    bits: "8N1",
    longest: 14,
    lengthAt: fixedLength(14, looksLikeFrame),
    // Every octet has its number: a frame cannot be made up of two.
    terminator: [],
    decodeFrame: (bytes) => decodeFrame(bytes, model),
    forModel: chipFor,
  };
}

export const fs9721 = chipFor({});
