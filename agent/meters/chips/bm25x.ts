import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { readingOf, scaled, type Quantity, type Reading, type Unit } from "../reading.ts";
import { bit, fixedLength, onlyOne, type ModelFacts, type StreamingChip } from "./chip.ts";
import { decodeLcd } from "./lcd-digits.ts";

// Brymen BM251–BM259, by itself at 9600 8N1: 02, then 14 octets with their number 1–e in the high nibble:
//
//   1 AUTO DC AC REL   3–10 four digits, two octets each, minus and points in bit 0 of the first   11 HOLD M k
//   12 Ω Hz n   13 MAX F µ m   14 MIN V A

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

function looksLikeFrame(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x02) return false;
  for (let place = 1; place < 15; place += 1) if ((bytes[place] ?? 0) >> 4 !== place) return false;
  return true;
}

function quantityOf(
  bytes: Uint8Array,
  letter: string | undefined,
): Decoded<{ quantity: Quantity; unit?: Unit }> {
  const coupled = bit(bytes[1], 2) || bit(bytes[1], 1);
  const found = onlyOne<{ quantity: Quantity; unit?: Unit }>([
    [bit(bytes[12], 2), { quantity: "resistance" }],
    [bit(bytes[12], 1), { quantity: "frequency" }],
    [bit(bytes[13], 2), { quantity: "capacitance" }],
    // Volts that are neither direct nor alternating are the diode test.
    [bit(bytes[14], 2), { quantity: coupled ? "voltage" : "diode" }],
    [bit(bytes[14], 1), { quantity: "current" }],
    [letter === "C", { quantity: "temperature" }],
    [letter === "F", { quantity: "temperature", unit: "F_deg" }],
  ]);
  if (found.value === undefined || found.count > 1)
    return mismatch("unit", "one", found.count === 0 ? "none" : "more");
  return decoded(found.value);
}

function decodeFrame(bytes: Uint8Array, model: ModelFacts): Decoded<Reading> {
  const pairs = [3, 5, 7, 9];
  const symbols = pairs.map((at) => digits[(((bytes[at + 1] ?? 0) & 0x0f) << 4) | ((bytes[at] ?? 0) & 0x0e)]);
  const letter = symbols[3] === "C" || symbols[3] === "F" ? symbols[3] : undefined;
  if (bit(bytes[1], 2) && bit(bytes[1], 1)) return mismatch("byte 1", "DC or AC", "both");
  const quantity = quantityOf(bytes, letter);
  if (!quantity.ok) return quantity;
  const prefix = onlyOne([
    [bit(bytes[12], 0), -9],
    [bit(bytes[13], 1), -6],
    [bit(bytes[13], 0), -3],
    [bit(bytes[11], 0), 3],
    [bit(bytes[11], 1), 6],
  ]);
  if (prefix.count > 1) return mismatch("prefix", "one at most", "more");
  const places = letter === undefined ? 4 : 3;
  const lcd = decodeLcd(
    symbols.slice(0, places),
    pairs.slice(0, places).map((at, index) => index > 0 && bit(bytes[at], 0)),
  );
  if (!lcd.ok) return lcd;
  const negative = bit(bytes[3], 0);
  const most = model.counts ?? 6000;
  if (lcd.value !== "overload" && lcd.value.digits > most && quantity.value.quantity !== "frequency")
    return mismatch("digits", `at most ${most} counts`, String(lcd.value.digits));
  const exponent = (prefix.value ?? 0) - (lcd.value === "overload" ? 0 : lcd.value.places);
  return decoded(
    readingOf(quantity.value.quantity, {
      ...quantity.value,
      ...(lcd.value === "overload"
        ? { overload: negative ? "-" : "+" }
        : {
            value: scaled((negative ? -1 : 1) * lcd.value.digits, exponent),
            resolution: scaled(1, exponent),
          }),
      ...(bit(bytes[1], 2) ? { coupling: "dc" } : bit(bytes[1], 1) ? { coupling: "ac" } : {}),
      auto: bit(bytes[1], 3),
      relative: bit(bytes[1], 0),
      hold: bit(bytes[11], 3),
      max: bit(bytes[13], 3),
      min: bit(bytes[14], 3),
    }),
  );
}

function chipFor(model: ModelFacts): StreamingChip {
  return {
    kind: "streaming",
    name: "bm25x",
    bits: "8N1",
    longest: 15,
    lengthAt: fixedLength(15, looksLikeFrame),
    terminator: [],
    decodeFrame: (bytes) => decodeFrame(bytes, model),
    forModel: chipFor,
  };
}

export const bm25x = chipFor({});
