import { decodeDialPlan, type DialElement } from "./dial-plan.ts";
import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

function plain(element: DialElement): string {
  switch (element.kind) {
    case "digit":
      return element.digit === "+" ? String.raw`\+` : element.digit;
    case "any":
      return "x";
    case "set":
      return `[${element.set}]`;
    case "wait":
      return "";
    case "replace":
      return `<${element.from}=${element.to}>`;
  }
}

const repeats = (element: DialElement): boolean => "repeat" in element && element.repeat;

/**
 * One alternative, in as many as it takes: `+` is one or more here, and the neutral `.` none or more. After the same element
 * (`xx.`) that is `x+`; anywhere else it is two alternatives, without and with.
 */
function alternatives(elements: readonly DialElement[]): string[] {
  let texts = [""];
  for (const [index, element] of elements.entries()) {
    const text = plain(element);
    const next = elements[index + 1];
    if (repeats(element)) {
      const before = elements[index - 1];
      if (before !== undefined && !repeats(before) && plain(before) === text) continue;
      texts = texts.flatMap((start) => [start, `${start}${text}+`]);
    } else {
      const runs = next !== undefined && repeats(next) && plain(next) === text;
      texts = texts.map((start) => `${start}${text}${runs ? "+" : ""}`);
    }
  }
  return texts.filter((text) => text !== "");
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
  const texts = [...new Set(read.value.flatMap((alternative) => alternatives(alternative)))];
  const waits = read.value.some((alternative) => alternative.some(({ kind }) => kind === "wait"));
  const notes = waits ? ["the phone has no mark for waiting: it waits the digit timeout everywhere"] : [];
  return { ok: true, parts: [{ name: "", value: `{ ${texts.join(" | ")} }` }], notes };
}

/** Grandstream's dial plan: `{ [2-9]xx | <0=+49>x+ }`, the account's own or else the phone's. */
export const grandstreamDialPlan: Encoding = {
  name: "grandstream-dial-plan",
  settings: ["dialPlan", "line.dialPlan"],
  encode,
};
