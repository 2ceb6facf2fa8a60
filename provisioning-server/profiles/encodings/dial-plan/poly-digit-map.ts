import { decodeDialPlan, type DialElement } from "./dial-plan.ts";
import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

function elementText(element: DialElement): string {
  switch (element.kind) {
    case "digit":
      return element.digit + (element.repeat ? "." : "");
    case "any":
      return `x${element.repeat ? "." : ""}`;
    case "set":
      return `[${element.set}]${element.repeat ? "." : ""}`;
    case "wait":
      return "T";
    case "replace":
      return `R${element.from}R${element.to}R`;
  }
}

// What the guide allows: 2560 characters, 100 alternatives. Our settings end at 2000.
const mostAlternatives = 100;

function encodeFrom(path: "dialPlan" | "line.dialPlan", { setting }: EncodingInput): Encoded {
  const plan = setting(path);
  if (typeof plan !== "string" || plan === "") return { ok: true, parts: [] };
  const read = decodeDialPlan(plan);
  if (!read.ok)
    return {
      ok: false,
      limit: `a dial plan in the neutral notation (${read.why.place}: ${read.why.expected})`,
    };
  if (read.value.length > mostAlternatives)
    return { ok: false, limit: `at most ${mostAlternatives} alternatives` };
  const value = read.value.map((alternative) => alternative.map(elementText).join("")).join("|");
  return { ok: true, parts: [{ name: "", value }] };
}

/** Poly's digit map: `R9RR` takes a 9 away, `RR0R` puts a 0 in front. */
export const polyDigitMap: Encoding = {
  name: "poly-digit-map",
  settings: ["dialPlan"],
  encode: (input) => encodeFrom("dialPlan", input),
};

/** The same for one account. */
export const polyLineDigitMap: Encoding = {
  name: "poly-line-digit-map",
  settings: ["line.dialPlan"],
  encode: (input) => encodeFrom("line.dialPlan", input),
};
