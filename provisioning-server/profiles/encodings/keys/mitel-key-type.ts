import type { PhoneModel } from "../../phone-model.ts";
import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

/** Positions after those of the other names are bottom soft keys. */
function isSoftKey(model: PhoneModel, position: number): boolean {
  let first = 1;
  for (const { name, keys } of model.keyBanks ?? []) {
    if (position < first + keys) return name === "softkey";
    first += keys;
  }
  return false;
}

function encode({ setting, words, model }: EncodingInput): Encoded {
  const [type, position] = [setting("key.type"), setting("key.position")];
  const word = words.get(String(type));
  if (word === undefined) return { ok: false, limit: `a key of ${[...words.keys()].join(", ")}` };
  const lampless =
    word === "blf" &&
    model.capabilities.includes("softkeys-without-lamp") &&
    isSoftKey(model, Number(position));
  return {
    ok: true,
    parts: [{ name: "", value: lampless ? "speeddial" : word }],
    notes: lampless ? [`the key on position ${String(Number(position))} has no lamp: it dials only`] : [],
  };
}

/** A key's type by the words; the bottom soft keys of the 6800 series know no busy lamp. */
export const mitelKeyType: Encoding = { name: "mitel-key-type", settings: ["key.type"], encode };
