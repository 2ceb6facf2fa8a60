import { codecChoice } from "./codec-choice.ts";
import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

const slots = ["Preferred_Codec", "Second_Preferred_Codec", "Third_Preferred_Codec"];
// The phones have no switch for these two.
const alwaysOn: readonly string[] = ["pcmu", "pcma"];

function encode(input: EncodingInput): Encoded {
  const { wanted, notes } = codecChoice(input);
  if (wanted.length === 0) return { ok: false, limit: "at least one codec that the model has" };
  const only = wanted.length === 1;
  const chosen = slots.map((name, place) => ({
    name,
    value: input.words.get(wanted[place] ?? "") ?? "Unspecified",
  }));
  const switches = [...input.words].filter(
    ([codec]) => !alwaysOn.includes(codec) && input.model.codecs.some((has) => has === codec),
  );
  const more = wanted.slice(slots.length);
  const unwanted = alwaysOn.filter((codec) => !wanted.includes(codec));
  return {
    ok: true,
    parts: [
      ...chosen,
      { name: "Use_Pref_Codec_Only", value: only ? "Yes" : "No" },
      ...switches.map(([codec, word]) => ({
        name: `${word.replace("G726r", "G726-")}_Enable`,
        value: wanted.includes(codec) ? "Yes" : "No",
      })),
    ],
    notes: [
      ...notes,
      ...(more.length === 0 ? [] : [`three codecs have an order: ${more.join(", ")} stand behind them`]),
      ...(only || unwanted.length === 0 ? [] : [`${unwanted.join(" and ")} cannot be switched off`]),
    ],
  };
}

/** Three places of preference, and a switch for each codec but G.711. */
export const ciscoCodecs: Encoding = { name: "cisco-codecs", settings: ["line.codecs"], encode };
