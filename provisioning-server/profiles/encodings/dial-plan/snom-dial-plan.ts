import { decodeDialPlan, type DialElement } from "./dial-plan.ts";
import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

type Typed = Exclude<DialElement, { kind: "wait" } | { kind: "replace" }>;

/** What a person types, as a regular expression. */
function expression(element: Typed): string {
  const times = element.repeat ? "*" : "";
  switch (element.kind) {
    case "digit":
      return (/[*+]/.test(element.digit) ? `\\${element.digit}` : element.digit) + times;
    case "any":
      return `[0-9]${times}`;
    case "set":
      return `[${element.set}]${times}`;
  }
}

const escaped = (digits: string): string => digits.replaceAll(/[*+]/g, String.raw`\$&`);

/** `|pattern|result|flags`: what is kept stands in groups, what is replaced between them. */
function entry(alternative: readonly DialElement[]): string {
  let [pattern, result, kept, groups] = ["", "", "", 0];
  const close = () => {
    if (kept === "") return;
    groups += 1;
    pattern += `(${kept})`;
    result += `\\${groups}`;
    kept = "";
  };
  for (const element of alternative) {
    if (element.kind === "wait") continue;
    if (element.kind !== "replace") {
      kept += expression(element);
      continue;
    }
    close();
    pattern += escaped(element.from);
    result += element.to;
  }
  close();
  // `d` dials at once; where the plan waits, the phone's own timer decides.
  const flags = alternative.some(({ kind }) => kind === "wait") ? "" : "d";
  return `|^${pattern}$|sip:${result}@\\d|${flags}`;
}

function encode({ setting }: EncodingInput): Encoded {
  const own = setting("line.dialPlan");
  const plan = typeof own === "string" && own !== "" ? own : setting("dialPlan");
  if (typeof plan !== "string" || plan === "") return { ok: true, parts: [] };
  const read = decodeDialPlan(plan);
  if (!read.ok)
    return {
      ok: false,
      limit: `a dial plan in the neutral notation (${read.why.place}: ${read.why.expected})`,
    };
  const replaced = (alternative: readonly DialElement[]) =>
    alternative.filter(({ kind }) => kind === "replace").length;
  if (read.value.some((alternative) => replaced(alternative) > 8))
    return { ok: false, limit: "at most 8 replacements in one alternative (a result has 9 groups)" };
  return { ok: true, parts: [{ name: "", value: read.value.map(entry).join(" ") }] };
}

/** Snom's list of regular expressions with results, tried in order, per identity. */
export const snomDialPlan: Encoding = {
  name: "snom-dial-plan",
  settings: ["dialPlan", "line.dialPlan"],
  encode,
};
