import { codecChoice } from "./codec-choice.ts";
import { codecsInOrder } from "./codec-words.ts";
import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

function encode(input: EncodingInput): Encoded {
  const { wanted, notes } = codecChoice(input);
  if (wanted.length === 0) return { ok: false, limit: "at least one codec that the model has" };
  const value = wanted.map((codec) => input.words.get(codec) ?? codec).join(",");
  return { ok: true, parts: [{ name: "", value }], notes };
}

function decode(
  [part]: Parameters<NonNullable<Encoding["decode"]>>[0],
  { words }: Pick<EncodingInput, "words">,
) {
  const listed = (part?.value ?? "").split(",").map((word) => word.trim());
  return codecsInOrder(
    listed.map((word, place) => ({ word, place })),
    words,
  );
}

/** The wanted codecs that the model has, best first, with commas between them. */
export const codecList: Encoding = { name: "codec-list", settings: ["line.codecs"], encode, decode };
