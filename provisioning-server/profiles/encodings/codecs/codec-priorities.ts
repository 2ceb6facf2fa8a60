import { codecChoice } from "./codec-choice.ts";
import { codecsInOrder } from "./codec-words.ts";
import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

function encode(input: EncodingInput): Encoded {
  const { wanted, notes } = codecChoice(input);
  if (wanted.length === 0) return { ok: false, limit: "at least one codec that the model has" };
  const on = wanted.map((codec, place) => ({
    name: input.words.get(codec) ?? codec,
    value: String(place + 1),
  }));
  const off = [...input.words]
    .filter(([codec]) => !wanted.includes(codec) && input.model.codecs.some((name) => name === codec))
    .map(([, word]) => ({ name: word, value: "0" }));
  return { ok: true, parts: [...on, ...off], notes };
}

function decode(
  parts: Parameters<NonNullable<Encoding["decode"]>>[0],
  { words }: Pick<EncodingInput, "words">,
) {
  const on = parts.filter(({ value }) => /^[1-9]\d*$/.test(value));
  return codecsInOrder(
    on.map(({ name, value }) => ({ word: name, place: Number(value) })),
    words,
  );
}

/** A number per codec, 1 is the best; what is not wanted is 0 (Poly). */
export const codecPriorities: Encoding = {
  name: "codec-priorities",
  settings: ["line.codecs"],
  encode,
  decode,
};
