import { codecChoice } from "./codec-choice.ts";
import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

function encode(input: EncodingInput): Encoded {
  const { wanted, notes } = codecChoice(input);
  if (wanted.length === 0) return { ok: false, limit: "at least one codec that the model has" };
  const word = (codec: string) => input.words.get(codec) ?? codec;
  const has = [...input.words.keys()].filter((codec) => input.model.codecs.some((name) => name === codec));
  return {
    ok: true,
    notes,
    parts: [
      { name: "CODEC_PRIORITY", value: wanted.map(word).join(",") },
      ...has.map((codec) => ({ name: `ENABLE_${word(codec)}`, value: wanted.includes(codec) ? "1" : "0" })),
    ],
  };
}

/** Avaya's order of codecs, and a switch for each that the model has. */
export const avayaCodecs: Encoding = { name: "avaya-codecs", settings: ["line.codecs"], encode };
