import { codecChoice } from "./codec-choice.ts";
import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

function encode(input: EncodingInput): Encoded {
  const { wanted, notes } = codecChoice(input);
  if (wanted.length === 0) return { ok: false, limit: "at least one codec that the model has" };
  const words = wanted.map((codec) => input.words.get(codec) ?? codec);
  // Without telephone-event in the list the phone offers no RFC 4733 digits.
  return { ok: true, parts: [{ name: "", value: [...words, "telephone-event"].join(",") }], notes };
}

/** Snom's list of codecs, best first, with the digits at its end. */
export const snomCodecs: Encoding = { name: "snom-codecs", settings: ["line.codecs"], encode };
