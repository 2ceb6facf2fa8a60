import { codecChoice } from "./codec-choice.ts";
import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

const form = (template: string | undefined, name: string): string =>
  (template ?? "{name}").replace("{name}", name);

function encode(input: EncodingInput): Encoded {
  const { words, model } = input;
  const { wanted, notes } = codecChoice(input);
  // Two codecs may share one name (G.711 of either law): the better place counts.
  const names = [...new Set(wanted.map((codec) => words.get(codec) ?? codec))];
  if (names.length === 0) return { ok: false, limit: "at least one codec that the model has" };
  const [on, off] = [words.get("@true") ?? "1", words.get("@false") ?? "0"];
  const known = model.codecs.flatMap((codec) => words.get(codec) ?? []);
  const unwanted = [...new Set(known)].filter((name) => !names.includes(name));
  return {
    ok: true,
    notes,
    parts: [
      ...names.flatMap((name, place) => [
        { name: form(words.get("@enable"), name), value: on },
        { name: form(words.get("@priority"), name), value: String(place + 1) },
      ]),
      ...unwanted.map((name) => ({ name: form(words.get("@enable"), name), value: off })),
    ],
  };
}

/**
 * A switch and a place per codec, 1 first; what is not wanted is switched off. The words name the codecs, and under
 * `@enable` and `@priority` the fields around `{name}`; `@true` and `@false` are the switch's words.
 */
export const codecFields: Encoding = { name: "codec-fields", settings: ["line.codecs"], encode };
