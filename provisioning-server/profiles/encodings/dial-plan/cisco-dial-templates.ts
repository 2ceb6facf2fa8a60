import { decodeDialPlan, type DialElement } from "./dial-plan.ts";
import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

/** An element as a dial template has it: `.` is any digit, `*` any string, `\*` the key. */
function elementText(element: DialElement): string | undefined {
  switch (element.kind) {
    case "digit":
      return element.repeat ? undefined : element.digit.replace("*", "\\*");
    case "any":
      return element.repeat ? "*" : ".";
    case "set":
      return element.repeat ? undefined : `[${element.set}]`;
    case "wait":
      return "";
    case "replace":
      return undefined;
  }
}

const open = (elements: readonly DialElement[]): boolean =>
  elements.some((element) => element.kind === "wait" || ("repeat" in element && element.repeat));

function encode({ setting }: EncodingInput): Encoded {
  const plan = setting("dialPlan");
  const timeout = setting("dialTimeout");
  const wait = typeof timeout === "number" ? String(timeout) : "4";
  // Without a template the phone sends nothing until the dial key is pressed.
  if (typeof plan !== "string" || plan === "")
    return {
      ok: true,
      parts: [
        { name: "1/@MATCH", value: "*" },
        { name: "1/@Timeout", value: wait, setting: "dialTimeout" },
      ],
    };
  const read = decodeDialPlan(plan);
  if (!read.ok)
    return {
      ok: false,
      limit: `a dial plan in the neutral notation (${read.why.place}: ${read.why.expected})`,
    };
  const parts: { name: string; value: string }[] = [];
  for (const [index, elements] of read.value.entries()) {
    const texts = elements.map(elementText);
    if (texts.includes(undefined))
      return { ok: false, limit: "a plan without <from:to>, where `.` stands behind `x` alone" };
    parts.push(
      { name: `${index + 1}/@MATCH`, value: texts.join("") },
      { name: `${index + 1}/@Timeout`, value: open(elements) ? wait : "0" },
    );
  }
  return { ok: true, parts };
}

/** Dial templates: the first that matches tells how long the phone waits. */
export const ciscoDialTemplates: Encoding = {
  name: "cisco-dial-templates",
  settings: ["dialPlan", "dialTimeout"],
  encode,
};
