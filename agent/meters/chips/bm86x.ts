import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { readingOf, scaled, type Quantity, type Reading, type Unit } from "../reading.ts";
import { bit, fixedLength, type HidChip } from "./chip.ts";
import { decodeLcd } from "./lcd-digits.ts";

// Brymen BM867, BM869: 24 octets, 16–19 all 86, through a HID cable, which is no serial port: decoded here, not read.
//
//   1 AVG MIN MAX DC HOLD – – AUTO   2 minus … AC   3–8 main digits, segments in bits 7–1, the point of a digit in bit 0 of
//   the next   9 battery … second display   10–13 second digits   14 A n F S …   15 % k M Ω µ m dB Hz

const digits: Readonly<Record<number, string>> = {
  0xbe: "0",
  0xa0: "1",
  0xda: "2",
  0xf8: "3",
  0xe4: "4",
  0x7c: "5",
  0x7e: "6",
  0xa8: "7",
  0xfe: "8",
  0xfc: "9",
  0x16: "L",
  0x1e: "C",
  0x4e: "F",
  0x00: " ",
};

/** The second display says what the first one tests. */
const diodeWord = [0xf2, 0x20, 0x72, 0xf2];

const looksLikeFrame = (bytes: Uint8Array) => bytes.subarray(16, 20).every((byte) => byte === 0x86);

function quantityOf(
  bytes: Uint8Array,
  letter: string | undefined,
): { quantity: Quantity; unit?: Unit } | undefined {
  const diode = diodeWord.every((segments, index) => ((bytes[10 + index] ?? 0) & 0xfe) === segments);
  if (bit(bytes[8], 0)) return { quantity: diode ? "diode" : "voltage" };
  if (bit(bytes[14], 7)) return { quantity: "current" };
  if (bit(bytes[14], 5)) return { quantity: "capacitance" };
  if (bit(bytes[14], 4)) return { quantity: "other", unit: "S" };
  if (bit(bytes[15], 0)) return { quantity: "frequency" };
  if (bit(bytes[10], 0)) return { quantity: "continuity" };
  if (bit(bytes[15], 4)) return { quantity: "resistance" };
  if (bit(bytes[15], 1)) return { quantity: "other", unit: "dBm" };
  if (bit(bytes[15], 7)) return { quantity: "duty" };
  if (letter === "C") return { quantity: "temperature" };
  return letter === "F" ? { quantity: "temperature", unit: "F_deg" } : undefined;
}

function prefixOf(bytes: Uint8Array): number {
  const [fourteen, fifteen] = bytes.subarray(14, 16);
  if (bit(fourteen, 6)) return -9;
  if (bit(fifteen, 3)) return -6;
  // In dBm the m is part of the unit.
  if (bit(fifteen, 2) && !bit(fifteen, 1)) return -3;
  if (bit(fifteen, 6)) return 3;
  return bit(fifteen, 5) ? 6 : 0;
}

function decodeFrame(bytes: Uint8Array, afterResync: boolean): Decoded<Reading> {
  const main = bytes.subarray(3, 9);
  const symbols = Array.from(main, (segments) => digits[segments & 0xfe]);
  const letter = symbols[5] === "C" || symbols[5] === "F" ? symbols[5] : undefined;
  const quantity = quantityOf(bytes, letter);
  if (quantity === undefined) return mismatch("unit", "one", "none");
  const places = letter === undefined ? 6 : 5;
  const points = Array.from(
    main.subarray(0, places),
    (segments, index) => index > 0 && index < 5 && bit(segments, 0),
  );
  // Trailing blanks stand where the display shows fewer digits.
  const blanks = symbols
    .slice(0, places)
    .toReversed()
    .findIndex((symbol) => symbol !== " ");
  const shown = places - Math.max(0, blanks);
  const lcd = decodeLcd(symbols.slice(0, shown), points.slice(0, shown));
  if (!lcd.ok) return lcd;
  const negative = bit(bytes[2], 7);
  const exponent = prefixOf(bytes) - (lcd.value === "overload" ? 0 : lcd.value.places);
  const [dc, ac] = [bit(bytes[1], 4), bit(bytes[2], 0)];
  const coupling = dc && ac ? "ac+dc" : dc ? "dc" : ac ? "ac" : undefined;
  // All three shown at once is the recording mode with the live value.
  const recording = ((bytes[1] ?? 0) & 0xe0) === 0xe0;
  return decoded(
    readingOf(quantity.quantity, {
      ...quantity,
      ...(coupling === undefined ? {} : { coupling }),
      ...(lcd.value === "overload"
        ? { overload: negative ? "-" : "+" }
        : {
            value: scaled((negative ? -1 : 1) * lcd.value.digits, exponent),
            resolution: scaled(1, exponent),
          }),
      auto: bit(bytes[1], 0),
      hold: bit(bytes[1], 3),
      max: !recording && bit(bytes[1], 5),
      min: !recording && bit(bytes[1], 6),
      modes: !recording && bit(bytes[1], 7) ? ["average"] : [],
      relative: bit(bytes[3], 0),
      lowBattery: bit(bytes[9], 7),
      afterResync,
    }),
  );
}

export const bm86x: HidChip = {
  kind: "hid",
  name: "bm86x",
  bits: "8N1",
  longest: 24,
  lengthAt: fixedLength(24, looksLikeFrame),
  terminator: [],
  decodeFrame,
};
