import { codecChoice } from "./codec-choice.ts";
import type { Encoded, Encoding, EncodingInput } from "./encoding.ts";

function encode(input: EncodingInput): Encoded {
  const { wanted, notes } = codecChoice(input);
  if (wanted.length === 0) return { ok: false, limit: "at least one codec that the model has" };
  const on = wanted.flatMap((codec, place) => [
    { name: `${input.words.get(codec) ?? codec}.enable`, value: "1" },
    { name: `${input.words.get(codec) ?? codec}.priority`, value: String(place + 1) },
  ]);
  const off = [...input.words]
    .filter(([codec]) => !wanted.includes(codec) && input.model.codecs.some((name) => name === codec))
    .map(([, word]) => ({ name: `${word}.enable`, value: "0" }));
  return { ok: true, parts: [...on, ...off], notes };
}

/** A switch and a priority per codec, 1 first; what is not wanted is switched off. */
export const codecSwitches: Encoding = { name: "codec-switches", settings: ["line.codecs"], encode };
