import type { EncodingInput } from "../encoding.ts";

/** The codec that a vendor's word stands for. */
export function codecOfWord(word: string, words: EncodingInput["words"]): string | undefined {
  for (const [codec, written] of words) if (written === word && !codec.startsWith("@")) return codec;
  return undefined;
}

/** Codecs by their places, best first; undefined where a word is no codec's. */
export function codecsInOrder(
  placed: readonly { readonly word: string; readonly place: number }[],
  words: EncodingInput["words"],
): Readonly<Record<string, unknown>> | undefined {
  const codecs = placed.toSorted((a, b) => a.place - b.place).map(({ word }) => codecOfWord(word, words));
  return codecs.includes(undefined) || codecs.length === 0 ? undefined : { "line.codecs": codecs };
}
