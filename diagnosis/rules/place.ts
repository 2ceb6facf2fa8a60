import { above, all, seen, when } from "../condition.ts";
import type { Rule } from "../rule.ts";

// Row V6 of the matrix: where a phone is.

const isText = (value: unknown) => typeof value === "string";

export const placeRules: readonly Rule[] = [
  {
    id: "V6",
    cause: "phone-moved",
    layer: "network",
    severity: "info",
    on: "phone",
    needs: [all(above("mac.moves", 0), when("mac.before", isText)), seen(when("port.phone", isText))],
    base: 0.9,
    sentence: (facts) => {
      const now = facts.index.portOf(facts.subject);
      const times = facts.number("mac.moves") ?? 1;
      const often = times > 1 ? `, its move number ${times} within a day` : "";
      const before = String(facts.get("mac.before")?.value ?? "").replace("port:", "");
      return `This phone is on ${facts.name(now)} now; before it was on ${before}${often}.`;
    },
    remedy: () => "Update the plan if that is its new place; else move it back, or swap the patch back.",
  },
];
