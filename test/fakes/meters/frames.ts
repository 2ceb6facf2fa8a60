// Frames as the meters of each family send them, written from the layouts and without the decoders under test.

export interface Display {
  readonly volts: number;
  readonly coupling?: "dc" | "ac";
  readonly hold?: boolean;
  readonly lowBattery?: boolean;
  readonly overload?: boolean;
}

export interface MeterFamily {
  readonly chip: string;
  readonly meter: string;
  /** Usual ms between two frames. */
  readonly gap: number;
  /** Smallest step of the display around 53 V. */
  readonly step: number;
  frame(display: Display): Uint8Array;
}

function withOddParity(byte: number): number {
  let ones = 0;
  for (let rest = byte; rest > 0; rest >>= 1) ones += rest & 1;
  return ones % 2 === 1 ? byte : byte | 0x80;
}

const digitsOf = (counts: number, length: number) =>
  String(Math.round(Math.abs(counts)))
    .padStart(length, "0")
    .split("")
    .map(Number);

function es51922({ volts, coupling = "dc", hold, lowBattery, overload }: Display): Uint8Array {
  const status = (volts < 0 ? 4 : 0) | (lowBattery === true ? 2 : 0) | (overload === true ? 1 : 0);
  const coupled = coupling === "dc" ? 0xa : 6;
  // Manual range where it is over it.
  const three = overload === true ? coupled & ~2 : coupled;
  const nibbles = [2, ...digitsOf(volts * 100, 5), 0xb, status, 0, 0, three, hold === true ? 2 : 0];
  return Uint8Array.from([...nibbles.map((nibble) => 0x30 | nibble), 0x0d, 0x0a], withOddParity);
}

function ut71x({ volts, coupling = "dc", overload }: Display): Uint8Array {
  const digits = overload === true ? [10, 10, 0, 12, 10] : digitsOf(volts * 100, 5);
  const nibbles = [...digits, 3, coupling === "dc" ? 1 : 2, coupling === "dc" ? 2 : 1, volts < 0 ? 5 : 1];
  return Uint8Array.from([...nibbles.map((nibble) => 0x30 | nibble), 0x0d, 0x0a], withOddParity);
}

function fs9922({ volts, coupling = "dc", hold, lowBattery, overload }: Display): Uint8Array {
  const digits = overload === true ? [15, 0, 10, 15] : digitsOf(volts * 100, 4);
  const seven = (overload === true ? 0 : 0x20) | (coupling === "dc" ? 0x10 : 0x08) | (hold === true ? 2 : 0);
  const eight = lowBattery === true ? 4 : 0;
  const text = digits.map((digit) => 0x30 | digit);
  return Uint8Array.of(volts < 0 ? 0x2d : 0x2b, ...text, 0x20, 0x32, seven, eight, 0, 0x80, 0, 0x0d, 0x0a);
}

const fs9721Digits = [0x7d, 0x05, 0x5b, 0x1f, 0x27, 0x3e, 0x7e, 0x15, 0x7f, 0x3f];

function fs9721({ volts, coupling = "dc", hold, lowBattery, overload }: Display): Uint8Array {
  const codes =
    overload === true ? [0, 0x7d, 0x68, 0] : digitsOf(volts * 10, 4).map((digit) => fs9721Digits[digit] ?? 0);
  const marks = [volts < 0 ? 8 : 0, 0, 0, overload === true ? 0 : 8];
  const pairs = codes.flatMap((code, place) => [(code >> 4) | (marks[place] ?? 0), code & 0x0f]);
  const zero = (coupling === "dc" ? 4 : 8) | (overload === true ? 0 : 2) | 1;
  const nibbles = [zero, ...pairs, 0, 0, hold === true ? 1 : 0, 4 | (lowBattery === true ? 1 : 0), 0];
  return Uint8Array.from(nibbles, (nibble, place) => ((place + 1) << 4) | nibble);
}

const bm25xDigits = [0xbe, 0xa0, 0xda, 0xf8, 0xe4, 0x7c, 0x7e, 0xa8, 0xfe, 0xfc];

function bm25x({ volts, coupling = "dc", hold, overload }: Display): Uint8Array {
  const codes =
    overload === true ? [0, 0xbe, 0x16, 0] : digitsOf(volts * 100, 4).map((digit) => bm25xDigits[digit] ?? 0);
  const marks = [volts < 0 ? 1 : 0, 0, overload === true ? 0 : 1, 0];
  const pairs = codes.flatMap((code, place) => [(code & 0x0e) | (marks[place] ?? 0), code >> 4]);
  const one = (overload === true ? 0 : 8) | (coupling === "dc" ? 4 : 2);
  const nibbles = [one, 0, ...pairs, hold === true ? 8 : 0, 0, 0, 4];
  return Uint8Array.of(0x02, ...nibbles.map((nibble, place) => ((place + 1) << 4) | nibble));
}

const dtm0660Digits = [0xeb, 0x0a, 0xad, 0x8f, 0x4e, 0xc7, 0xe7, 0x8a, 0xef, 0xcf];

function dtm0660({ volts, coupling = "dc", hold, lowBattery, overload }: Display): Uint8Array {
  const codes =
    overload === true
      ? [0, 0xeb, 0x61, 0]
      : digitsOf(volts * 100, 4).map((digit) => dtm0660Digits[digit] ?? 0);
  const marks = [volts < 0 ? 0x10 : 0, 0, overload === true ? 0 : 0x10, 0];
  const pairs = codes.flatMap((code, place) => [(code | (marks[place] ?? 0)) >> 4, code & 0x0f]);
  const zero = 8 | (overload === true ? 0 : 4) | (coupling === "dc" ? 2 : 1);
  const nibbles = [zero, ...pairs, 0, 0, hold === true ? 8 : 0, 2 | (lowBattery === true ? 8 : 0), 0, 0];
  return Uint8Array.from(nibbles, (nibble, place) => ((place + 1) << 4) | nibble);
}

function vc870({ volts, coupling = "dc", hold, lowBattery, overload }: Display): Uint8Array {
  const status = (volts < 0 ? 4 : 0) | (lowBattery === true ? 2 : 0) | (overload === true ? 1 : 0);
  const range = coupling === "dc" ? 2 : 1;
  const main = digitsOf(volts * 100, 5);
  const two = (overload === true ? 2 : 0) | (hold === true ? 1 : 0);
  const rest = [0, 0, 0, 0, 0, 0, 0, status, 0, two, 5, 0, 0];
  const nibbles = [0, coupling === "dc" ? 0 : 1, range, ...main, ...rest];
  return Uint8Array.of(...nibbles.map((nibble) => 0x30 | nibble), 0x0d, 0x0a);
}

/** Text of a Metex, with the first stop bit in bit 7 as an 8N1 reader sees it. */
export function metexFrame({ volts, coupling = "dc", overload }: Display): Uint8Array {
  const number = overload === true ? `${volts < 0 ? "-" : ""}O.L` : volts.toFixed(2);
  const text = `${coupling === "dc" ? "DC" : "AC"}${number.padStart(7)}V   \r`;
  return Uint8Array.from(Buffer.from(text, "latin1"), (byte) => byte | 0x80);
}

/** Every family that talks by itself and whose volts can be written here. */
export const meterFamilies: readonly MeterFamily[] = [
  { chip: "es51922", meter: "uni-t-ut61e", gap: 500, step: 0.01, frame: es51922 },
  { chip: "ut71x", meter: "uni-t-ut71c", gap: 400, step: 0.01, frame: ut71x },
  { chip: "fs9721", meter: "voltcraft-vc820", gap: 340, step: 0.1, frame: fs9721 },
  { chip: "fs9922", meter: "uni-t-ut61c", gap: 400, step: 0.01, frame: fs9922 },
  { chip: "bm25x", meter: "brymen-bm257", gap: 200, step: 0.01, frame: bm25x },
  { chip: "dtm0660", meter: "velleman-dvm4100", gap: 300, step: 0.01, frame: dtm0660 },
  { chip: "vc870", meter: "voltcraft-vc870", gap: 400, step: 0.01, frame: vc870 },
];
