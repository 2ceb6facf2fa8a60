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
      return `<${element.from}:${element.to}>`;
  }
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
  const value = read.value.map((alternative) => alternative.map(elementText).join("")).join("|");
  return { ok: true, parts: [{ name: "", value }] };
}

/** A digit map as MGCP has it (RFC 3435 section 2.1.5), with `<from:to>`: the neutral notation, checked. */
export const digitMap: Encoding = {
  name: "digit-map",
  settings: ["dialPlan"],
  encode,
  decode([part]) {
    const plan = part?.value ?? "";
    return decodeDialPlan(plan).ok ? { dialPlan: plan } : undefined;
  },
};
