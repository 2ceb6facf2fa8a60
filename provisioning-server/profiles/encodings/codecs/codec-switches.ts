import { codecChoice } from "./codec-choice.ts";
import { codecsInOrder } from "./codec-words.ts";
import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

type Parts = Parameters<NonNullable<Encoding["decode"]>>[0];

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

function decode(parts: Parts, { words }: Pick<EncodingInput, "words">) {
  const said = new Map(parts.map(({ name, value }) => [name, value]));
  const on = parts.filter(({ name, value }) => name.endsWith(".enable") && value === "1");
  const placed = on.map(({ name }) => {
    const word = name.slice(0, -".enable".length);
    return { word, place: Number(said.get(`${word}.priority`) ?? 99) };
  });
  return codecsInOrder(placed, words);
}

/** A switch and a priority per codec, 1 first; what is not wanted is switched off. */
export const codecSwitches: Encoding = { name: "codec-switches", settings: ["line.codecs"], encode, decode };
