import { decodeDialPlan, type DialElement } from "./dial-plan.ts";
import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

const dot = (repeat: boolean): string => (repeat ? "." : "");

function elementText(element: DialElement): string {
  switch (element.kind) {
    case "digit":
      return element.digit + dot(element.repeat);
    case "any":
      return `x${dot(element.repeat)}`;
    case "set":
      return `[${element.set}]${dot(element.repeat)}`;
    case "wait":
      return "";
    case "replace":
      return `<${element.from}:${element.to}>`;
  }
}

/** The phone waits for more digits by itself; `S0` takes that away where the plan does not ask to wait. */
function alternativeText(elements: readonly DialElement[]): string {
  const last = elements.at(-1);
  const open = last?.kind === "wait" || (last !== undefined && "repeat" in last && last.repeat);
  return elements.map(elementText).join("") + (open ? "" : "S0");
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
  const from = plan === own ? "line.dialPlan" : "dialPlan";
  return {
    ok: true,
    parts: [{ name: "", value: `(${read.value.map(alternativeText).join("|")})`, setting: from }],
  };
}

/** The flat profile's `Dial_Plan_n_`: in parentheses, with `S0` for dialling at once. */
export const ciscoDialPlan: Encoding = {
  name: "cisco-dial-plan",
  settings: ["dialPlan", "line.dialPlan"],
  encode,
};
