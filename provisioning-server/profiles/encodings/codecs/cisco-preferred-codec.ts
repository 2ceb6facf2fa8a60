import { codecChoice } from "./codec-choice.ts";
import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

function encode(input: EncodingInput): Encoded {
  const { wanted, notes } = codecChoice(input);
  const [first, ...others] = wanted;
  const word = input.words.get(first ?? "");
  if (word === undefined) return { ok: false, limit: "at least one codec that the model has" };
  const order =
    others.length === 0 ? [] : [`one codec is preferred: ${others.join(", ")} come as the phone likes`];
  return { ok: true, parts: [{ name: "preferredCodec", value: word }], notes: [...notes, ...order] };
}

/** The one codec that a phone of the device files prefers. */
export const ciscoPreferredCodec: Encoding = {
  name: "cisco-preferred-codec",
  settings: ["line.codecs"],
  encode,
};
