import { scaled } from "./reading.ts";

/** A number as digits and a power of ten: nothing is lost on the way from the text, and the resolution comes for free. */
export interface Exact {
  readonly digits: number;
  readonly exponent: number;
}

const form = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/;

/** More digits than this are no display's, and no double holds them. */
const mostDigits = 15;

/** The number a text says, such as `-048.12` or `+5.3021E+01`; undefined when it is none. */
export function exactOf(text: string): Exact | undefined {
  const found = form.exec(text);
  if (found === null) return undefined;
  const [, sign, whole = "", part = "", power = "0"] = found;
  const digits = (whole + part).replace(/^0+(?=\d)/, "");
  if (digits === "" || digits.length > mostDigits) return undefined;
  return { digits: sign === "-" ? -Number(digits) : Number(digits), exponent: Number(power) - part.length };
}

/** The number itself, shifted by a prefix's power of ten. */
export function numberOf(exact: Exact, prefix = 0): number {
  return scaled(exact.digits, exact.exponent + prefix);
}

/** A number written out, without an exponent: `0.000004703`, `53`. */
export function decimalText(value: number): string {
  const [mantissa = "", power] = String(value + 0).split("e");
  if (power === undefined) return mantissa;
  const [, sign = "", whole = "", part = ""] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(mantissa) ?? [];
  const shift = Number(power);
  const digits = whole + part;
  const point = whole.length + shift;
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`;
  if (point >= digits.length) return `${sign}${digits}${"0".repeat(point - digits.length)}`;
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}

const prefixes: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, "": 0, k: 3, K: 3, M: 6 };

/** The power of ten of an SI prefix as meters write it; undefined when it is none. */
export function prefixOf(letter: string): number | undefined {
  return Object.hasOwn(prefixes, letter) ? prefixes[letter] : undefined;
}
