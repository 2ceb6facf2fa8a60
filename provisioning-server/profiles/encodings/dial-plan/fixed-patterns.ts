import { decodeDialPlan, type DialElement } from "./dial-plan.ts";
import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

/** A pattern of digits, `X` and `[2-9]`; undefined for one that replaces digits. Of open length is told apart. */
function patternOf(alternative: readonly DialElement[]): { text: string; open: boolean } | undefined {
  let text = "";
  let open = false;
  for (const element of alternative) {
    if (element.kind === "replace") return undefined;
    if (element.kind === "wait" || element.repeat) open = true;
    else if (element.kind === "any") text += "X";
    else text += element.kind === "set" ? `[${element.set}]` : element.digit;
  }
  return { text, open };
}

function encodePlan(plan: unknown): Encoded {
  if (typeof plan !== "string" || plan === "") return { ok: true, parts: [] };
  const read = decodeDialPlan(plan);
  if (!read.ok)
    return {
      ok: false,
      limit: `a dial plan in the neutral notation (${read.why.place}: ${read.why.expected})`,
    };
  const patterns = read.value.map(patternOf);
  const fixed = patterns.flatMap((pattern) => (pattern === undefined || pattern.open ? [] : pattern.text));
  return {
    ok: true,
    // What no pattern fits is dialled after the pause: just what an open pattern wants.
    parts: fixed.length === 0 ? [] : [{ name: "", value: fixed.join("|") }],
    notes: patterns.includes(undefined) ? ["replacing digits cannot be said and is left out"] : [],
  };
}

/** `XXX|0[1-9]XXX`: what is dialled at once, for the phone's plan and for an account's own. */
export const fixedPatterns: readonly Encoding[] = [
  {
    name: "fixed-patterns",
    settings: ["dialPlan"],
    encode: ({ setting }: EncodingInput) => encodePlan(setting("dialPlan")),
  },
  {
    name: "line-fixed-patterns",
    settings: ["line.dialPlan", "dialPlan"],
    encode: ({ setting }: EncodingInput) => {
      const own = setting("line.dialPlan");
      return encodePlan(own === undefined || own === "" ? setting("dialPlan") : own);
    },
  },
];
