import { decoded, mismatch, type Decoded } from "../../../../protocol/decoded.ts";

// The neutral dial plan: alternatives parted by `|`; in each, digits `0-9 * # +`, `x` for any digit, `[2-9]` for one of a
// set, `.` for any number (also none) of the element before, `T` for waiting the digit timeout, `<from:to>` for dialling
// `to` where `from` was typed.

export type DialElement =
  | { readonly kind: "digit"; readonly digit: string; readonly repeat: boolean }
  | { readonly kind: "any"; readonly repeat: boolean }
  | { readonly kind: "set"; readonly set: string; readonly repeat: boolean }
  | { readonly kind: "wait" }
  | { readonly kind: "replace"; readonly from: string; readonly to: string };

const element = /([0-9*#+])(\.)?|([xX])(\.)?|\[([0-9*#-]+)\](\.)?|(T)|<([0-9*#+]*):([0-9*#+]*)>/y;

function readElement(match: RegExpExecArray): DialElement {
  const [, digit, digitDot, any, anyDot, set, setDot, wait, from, to] = match;
  if (digit !== undefined) return { kind: "digit", digit, repeat: digitDot !== undefined };
  if (any !== undefined) return { kind: "any", repeat: anyDot !== undefined };
  if (set !== undefined) return { kind: "set", set, repeat: setDot !== undefined };
  if (wait !== undefined) return { kind: "wait" };
  return { kind: "replace", from: from ?? "", to: to ?? "" };
}

/** The alternatives of a neutral dial plan, or where it breaks off. */
export function decodeDialPlan(text: string): Decoded<readonly (readonly DialElement[])[]> {
  const plan: DialElement[][] = [[]];
  for (let at = 0; at < text.length; at += 0) {
    if (text[at] === "|") {
      plan.push([]);
      at += 1;
      continue;
    }
    element.lastIndex = at;
    const match = element.exec(text);
    if (match === null)
      return mismatch(`character ${at + 1}`, "a digit, x, [2-9], ., T, <from:to> or |", text.slice(at));
    plan.at(-1)?.push(readElement(match));
    at += match[0].length;
  }
  const empty = plan.findIndex((alternative) => alternative.length === 0);
  return empty === -1
    ? decoded(plan)
    : mismatch(`alternative ${empty + 1}`, "at least one element", "nothing");
}
