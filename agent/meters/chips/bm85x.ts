import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { exactOf, numberOf } from "../exact.ts";
import { readingOf, scaled, type Quantity, type Reading, type Unit } from "../reading.ts";
import { bit, onlyOne, type RequestedChip } from "./chip.ts";

// Brymen BM857, BM859, on an 8-octet request after a pulse on RTS, 9600 8N1:
//
//   10 02 00 length, 4 octets of flags, text, XOR of flags and text, 10 03
//
// The only family of multimeters with a check sum in its plain protocol.

const head = 4;
const flagsLength = 4;
const tail = 3;
/** Longest flags and text seen in the maker's paper. */
const mostPayload = 15;

function lengthAt(bytes: Uint8Array): number {
  const [dle, stx, command, payload] = bytes;
  const starts =
    (dle === undefined || dle === 0x10) && (stx === undefined || stx === 0x02) && (command ?? 0) <= 1;
  if (!starts) return 0;
  if (payload === undefined) return head + flagsLength + tail;
  if (payload < flagsLength || payload > mostPayload) return 0;
  const length = head + payload + tail;
  if (bytes.length < length) return length;
  let sum = 0;
  for (const byte of bytes.subarray(head, head + payload)) sum ^= byte;
  const ends = bytes[length - 3] === sum && bytes[length - 2] === 0x10 && bytes[length - 1] === 0x03;
  return ends ? length : 0;
}

function quantityOf(zero: number, one: number): Decoded<{ quantity: Quantity; unit?: Unit }> {
  const found = onlyOne<{ quantity: Quantity; unit?: Unit }>([
    [bit(zero, 7), { quantity: bit(one, 0) ? "continuity" : "resistance" }],
    [bit(zero, 6), { quantity: "temperature", unit: "F_deg" }],
    [bit(zero, 5), { quantity: "temperature" }],
    [bit(zero, 3), { quantity: "capacitance" }],
    [bit(zero, 2), { quantity: bit(zero, 4) ? "diode" : "voltage" }],
    [bit(one, 5), { quantity: "other", unit: "dBm" }],
    [bit(one, 3), { quantity: "duty" }],
    [bit(one, 2), { quantity: "frequency" }],
    [bit(one, 1), { quantity: "current" }],
  ]);
  if (found.count > 1) return mismatch("flags", "one unit", "more");
  if (found.value !== undefined) return decoded(found.value);
  if (bit(zero, 4)) return decoded({ quantity: "diode" });
  return mismatch("flags", "a unit", "none");
}

function decodeFrame(bytes: Uint8Array, afterResync: boolean): Decoded<Reading> {
  const flags = bytes.subarray(head, head + flagsLength);
  const [zero = 0, one = 0, two = 0, three = 0] = flags;
  if (two !== 0 || (three & 0x7f) !== 0 || (one & 0xd0) !== 0)
    return mismatch("flags", "clear bits where none has a meaning", "set ones");
  const quantity = quantityOf(zero, one);
  if (!quantity.ok) return quantity;
  const text = Buffer.from(bytes.subarray(head + flagsLength, bytes.length - tail)).toString("latin1");
  const shown = shownOf(text, quantity.value);
  if (shown === undefined) return mismatch("text", "a number or OL", JSON.stringify(text));
  const [dc, ac] = [bit(zero, 1), bit(zero, 0)];
  const coupling = dc && ac ? "ac+dc" : dc ? "dc" : ac ? "ac" : undefined;
  return decoded(
    readingOf(quantity.value.quantity, {
      ...quantity.value,
      ...(coupling === undefined ? {} : { coupling }),
      ...shown,
      lowBattery: bit(three, 7),
      afterResync,
    }),
  );
}

/** Temperature puts its letter before the exponent: ` 0.0234CE+3` is 23.4. Decibels come a thousand times too small. */
function shownOf(text: string, what: { quantity: Quantity; unit?: Unit }): Partial<Reading> | undefined {
  const bare = text.replaceAll(" ", "");
  if (/^[+-]?0?\.?OL\.?$/i.test(bare)) return { overload: bare.startsWith("-") ? "-" : "+" };
  const exact = exactOf(what.quantity === "temperature" ? bare.replace(/[CF]/, "") : bare);
  if (exact === undefined) return undefined;
  const prefix = what.unit === "dBm" ? 3 : 0;
  return { value: numberOf(exact, prefix), resolution: scaled(1, exact.exponent + prefix) };
}

export const bm85x: RequestedChip = {
  kind: "requested",
  name: "bm85x",
  bits: "8N1",
  longest: head + mostPayload + tail,
  lengthAt,
  // Length and check sum hold a frame together.
  terminator: [],
  request: Uint8Array.of(0x10, 0x02, 0, 0, 0, 0, 0x10, 0x03),
  timeout: 2000,
  pause: 400,
  // Without a low pulse on RTS the meter does not answer; the maker asks for 100 ms each.
  wake: { every: 100, rts: [true, false, true] },
  decodeFrame,
};
