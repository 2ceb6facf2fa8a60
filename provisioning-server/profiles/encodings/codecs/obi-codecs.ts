import { codecChoice } from "./codec-choice.ts";
import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

function encode(input: EncodingInput): Encoded {
  const { wanted, notes } = codecChoice(input);
  if (wanted.length === 0) return { ok: false, limit: "at least one codec that the model has" };
  // The list's entries stand for fixed codecs: each is switched, and given its place among those that are on.
  const parts = [...input.words].flatMap(([codec, entry]) => {
    const place = wanted.indexOf(codec);
    const on = { name: `${entry}/Enable`, value: place === -1 ? "false" : "true" };
    return place === -1 ? [on] : [on, { name: `${entry}/Priority`, value: String(place + 1) }];
  });
  return { ok: true, parts, notes };
}

/** OBi's list of codecs by number: a switch and a priority for each. */
export const obiCodecs: Encoding = { name: "obi-codecs", settings: ["line.codecs"], encode };
