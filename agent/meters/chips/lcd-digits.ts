import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";

/** What segments of a display amount to: a whole number and how many of its digits stand after the point. */
export interface LcdNumber {
  readonly digits: number;
  readonly places: number;
}

/**
 * Digits of a seven-segment display. A segment pattern that is no digit gives no reading: taking it for a zero or a
 * minus one would turn 5.30 into -4.70. Blank is allowed only before the first digit, one point at most.
 * @param symbols per place `0`–`9`, `L`, a blank, or undefined for a pattern that is none of them.
 * @param points `points[i]`: a point stands before place i.
 */
export function decodeLcd(
  symbols: readonly (string | undefined)[],
  points: readonly boolean[],
): Decoded<LcdNumber | "overload"> {
  if (symbols.includes(undefined))
    return mismatch(`digit ${symbols.indexOf(undefined) + 1}`, "segments of a digit", "others");
  const text = symbols.join("");
  const point = points.indexOf(true);
  if (points.filter(Boolean).length > 1) return mismatch("digits", "one point at most", "more");
  if (/^ *0L *$/.test(text)) return decoded("overload");
  const found = /^( *)(\d+)$/.exec(text);
  if (found === null) return mismatch("digits", "a number or 0L", `"${text}"`);
  const [, blanks = "", digits = ""] = found;
  if (point >= 0 && point < blanks.length) return mismatch("digits", "a digit after the point", "a blank");
  return decoded({ digits: Number(digits), places: point < 0 ? 0 : symbols.length - point });
}
