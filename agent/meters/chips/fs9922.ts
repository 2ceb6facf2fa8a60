import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { readingOf, scaled, type Quantity, type Reading, type Unit } from "../reading.ts";
import { bit, fixedLength, onlyOne, type ModelFacts, type StreamingChip } from "./chip.ts";
import { countsOf } from "./es51922.ts";

// Fortune FS9922-DMM3 and DMM4 (UNI-T UT61B, C, D, Voltcraft VC830): 14 octets, bits inside text:
//
//   0 sign   1–4 digits, `?0:?` is overload   5 blank   6 point   7 AUTO DC AC REL HOLD bar   8 Z1 Z2 MAX MIN APO battery n Z3
//   9 µ m k M beep diode % Z4   10 V A Ω hFE Hz F °C °F   11 bar graph   12, 13 CR LF

/** Digits after the point. The data sheets say 33 for one, the meters send 34. */
const places: Readonly<Record<number, number>> = { 0x30: 0, 0x31: 3, 0x32: 2, 0x34: 1 };

function looksLikeFrame(bytes: Uint8Array): boolean {
  const [sign] = bytes;
  return (sign === 0x2b || sign === 0x2d) && bytes[5] === 0x20 && bytes[12] === 0x0d && bytes[13] === 0x0a;
}

function decodeFrame(bytes: Uint8Array, afterResync: boolean, model: ModelFacts): Decoded<Reading> {
  const [seven = 0, eight = 0, nine = 0] = bytes.subarray(7, 10);
  if (seven >= 0x40) return mismatch("byte 7", "two clear bits at the top", `0x${seven.toString(16)}`);
  if (bit(seven, 4) && bit(seven, 3)) return mismatch("byte 7", "DC or AC", "both");
  const quantity = quantityOf(bytes);
  if (!quantity.ok) return quantity;
  const after = places[bytes[6] ?? 0];
  if (after === undefined) return mismatch("byte 6", "30, 31, 32 or 34", (bytes[6] ?? 0).toString(16));
  const prefix = onlyOne([
    [bit(eight, 1), -9],
    [bit(nine, 7), -6],
    [bit(nine, 6), -3],
    [bit(nine, 5), 3],
    [bit(nine, 4), 6],
  ]);
  if (prefix.count > 1) return mismatch("bytes 8, 9", "one prefix at most", "more");
  const shown = shownOf(bytes, quantity.value.quantity, (prefix.value ?? 0) - after, model);
  if (!shown.ok) return shown;
  const coupling = bit(seven, 4) ? "dc" : bit(seven, 3) ? "ac" : undefined;
  return decoded(
    readingOf(quantity.value.quantity, {
      ...quantity.value,
      ...(coupling === undefined ? {} : { coupling }),
      ...shown.value,
      auto: bit(seven, 5),
      relative: bit(seven, 2),
      hold: bit(seven, 1),
      max: bit(eight, 5),
      min: bit(eight, 4),
      lowBattery: bit(eight, 2),
      afterResync,
    }),
  );
}

function shownOf(
  bytes: Uint8Array,
  quantity: Quantity,
  exponent: number,
  model: ModelFacts,
): Decoded<Partial<Reading>> {
  const negative = bytes[0] === 0x2d;
  if (Buffer.from(bytes.subarray(1, 5)).toString("latin1") === "?0:?")
    return decoded({ overload: negative ? "-" : "+" });
  const counts = countsOf(bytes.subarray(1, 5));
  if (counts === undefined) return mismatch("bytes 1–4", "decimal digits or ?0:?", "others");
  const most = model.counts ?? 6000;
  if (counts > most && quantity !== "frequency" && quantity !== "duty")
    return mismatch("bytes 1–4", `at most ${most} counts`, String(counts));
  return decoded({ value: scaled(negative ? -counts : counts, exponent), resolution: scaled(1, exponent) });
}

function quantityOf(bytes: Uint8Array): Decoded<{ quantity: Quantity; unit?: Unit }> {
  const [eight = 0, nine = 0, ten = 0] = bytes.subarray(8, 11);
  const [beep, diode] = [bit(nine, 3), bit(nine, 2)];
  const found = onlyOne<{ quantity: Quantity; unit?: Unit }>([
    [bit(ten, 7), { quantity: diode ? "diode" : "voltage" }],
    [bit(ten, 6), { quantity: "current" }],
    [bit(ten, 5), { quantity: beep ? "continuity" : "resistance" }],
    [bit(ten, 4), { quantity: "other" }],
    [bit(ten, 3), { quantity: "frequency" }],
    [bit(ten, 2), { quantity: "capacitance" }],
    [bit(ten, 1), { quantity: "temperature" }],
    [bit(ten, 0), { quantity: "temperature", unit: "F_deg" }],
    [bit(nine, 1), { quantity: "duty" }],
  ]);
  if (found.count > 1) return mismatch("byte 10", "one unit", "more");
  if (found.value !== undefined) return decoded(found.value);
  // The VC830 shows a diode by Z1 alone, with neither the V nor the diode bit.
  if (diode || bit(eight, 7)) return decoded({ quantity: "diode" });
  return mismatch("byte 10", "a unit", "none");
}

function chipFor(model: ModelFacts): StreamingChip {
  return {
    kind: "streaming",
    name: "fs9922",
    bits: "8N1",
    longest: 14,
    lengthAt: fixedLength(14, looksLikeFrame),
    terminator: [0x0d, 0x0a],
    decodeFrame: (bytes, afterResync) => decodeFrame(bytes, afterResync, model),
    forModel: chipFor,
  };
}

export const fs9922 = chipFor({});
