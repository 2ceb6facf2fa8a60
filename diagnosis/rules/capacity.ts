import { above, below, is } from "../condition.ts";
import type { Rule } from "../rule.ts";

// Rows C5 and C6 of the matrix: the line as somebody told it, against what so many calls take by arithmetic.

export const capacityRules: readonly Rule[] = [
  {
    id: "C5",
    cause: "line-too-small",
    layer: "media",
    severity: "major",
    on: "path",
    needs: [
      is("line.codec", "g711", "g722"),
      above("line.need", (facts) => facts.number("line.kbps") ?? Infinity),
    ],
    base: 0.85,
    sentence: (facts) =>
      `${facts.print("line.calls")} calls at once need ${facts.print("line.need")} each way, a quarter of it free; the line has ${facts.print("line.kbps")}.`,
    remedy: () => "Use G.729 or Opus on this site, let fewer calls out at once, or take a larger line.",
  },
  {
    id: "C6",
    cause: "codec-too-narrow",
    layer: "media",
    severity: "info",
    on: "path",
    needs: [is("line.codec", "g729"), below("line.need.g711", (facts) => facts.number("line.kbps") ?? 0)],
    base: 0.9,
    sentence: (facts) =>
      `The line has room for G.711 (${facts.print("line.need.g711")} of ${facts.print("line.kbps")}), and calls use G.729, which never gets above a MOS of about 4.1.`,
    remedy: () => "Put G.722 or G.711 first in the codec list of phones and server.",
  },
];
