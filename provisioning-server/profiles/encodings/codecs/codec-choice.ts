import type { EncodingInput } from "../encoding.ts";

/** The wanted codecs in order, without those that the model or the vendor's list has not; these become notes. */
export function codecChoice(input: EncodingInput): { wanted: readonly string[]; notes: readonly string[] } {
  const asked = input.setting("line.codecs");
  const names = Array.isArray(asked) ? asked.filter((name) => typeof name === "string") : [];
  const has = (name: string) => input.words.has(name) && input.model.codecs.some((codec) => codec === name);
  return {
    wanted: names.filter(has),
    notes: names.filter((name) => !has(name)).map((name) => `${input.model.model} has no ${name}`),
  };
}
