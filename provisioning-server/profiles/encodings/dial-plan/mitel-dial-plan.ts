import { decodeDialPlan, type DialElement } from "./dial-plan.ts";
import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

function textOf(element: DialElement): string | undefined {
  if (element.kind === "digit") return element.digit;
  if (element.kind === "any") return "x";
  return element.kind === "set" ? `[${element.set}]` : undefined;
}

const repeats = (element: DialElement): boolean => "repeat" in element && element.repeat;

/** `+` is once or more, so `xx.` is `x+`; a lone `x.` loses its "or none". */
function patternOf(alternative: readonly DialElement[]): { pattern: string; coarser: boolean } | undefined {
  let pattern = "";
  let coarser = false;
  let before = "";
  for (const element of alternative) {
    if (element.kind === "wait") continue; // the phone waits its digit timeout where more could follow
    const text = textOf(element);
    if (text === undefined) return undefined;
    if (!repeats(element)) pattern += text;
    else if (before === text) pattern += "+";
    else {
      pattern += `${text}+`;
      coarser = true;
    }
    before = repeats(element) ? "" : text;
  }
  return { pattern, coarser };
}

function encode({ setting }: EncodingInput): Encoded {
  const plan = setting("dialPlan");
  if (typeof plan !== "string" || plan === "") return { ok: true, parts: [] };
  const read = decodeDialPlan(plan);
  if (!read.ok)
    return {
      ok: false,
      limit: `a dial plan in the neutral notation (${read.why.place}: ${read.why.expected})`,
    };
  const patterns = read.value.map(patternOf);
  if (patterns.includes(undefined)) return { ok: false, limit: "a dial plan without <from:to>" };
  const notes = patterns.some((each) => each?.coarser) ? ["x. is at least one digit here"] : [];
  return { ok: true, parts: [{ name: "", value: patterns.map((each) => each?.pattern).join("|") }], notes };
}

/** Mitel's `x+|[2-8]xx`. */
export const mitelDialPlan: Encoding = { name: "mitel-dial-plan", settings: ["dialPlan"], encode };
