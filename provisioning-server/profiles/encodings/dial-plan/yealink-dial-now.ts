import { decodeDialPlan, type DialElement } from "./dial-plan.ts";
import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

type Alternative = readonly DialElement[];

/** Of any length, or waiting for more: no pattern may dial it at once, and without one the phone waits as it should. */
function isOpen(alternative: Alternative): boolean {
  return alternative.some((element) => element.kind === "wait" || ("repeat" in element && element.repeat));
}

function patternOf(alternative: Alternative): string | undefined {
  let pattern = "";
  for (const element of alternative) {
    if (element.kind === "digit") pattern += element.digit;
    else if (element.kind === "any") pattern += "x";
    else if (element.kind === "set") pattern += `[${element.set}]`;
    else return undefined;
  }
  return pattern;
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
  const replacing = read.value.some((each) => each.some((element) => element.kind === "replace"));
  const patterns = read.value
    .filter((alternative) => !isOpen(alternative))
    .flatMap((alternative) => patternOf(alternative) ?? []);
  return {
    ok: true,
    parts: patterns.map((value, index) => ({ name: String(index + 1), value })),
    notes: replacing ? ["replacing digits cannot be said before V81 and is left out"] : [],
  };
}

/** Yealink's numbered patterns that are dialled at once, before V81 brought digit maps. */
export const yealinkDialNow: Encoding = { name: "yealink-dial-now", settings: ["dialPlan"], encode };
