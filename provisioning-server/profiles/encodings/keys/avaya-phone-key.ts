import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

function encode({ setting, words }: EncodingInput): Encoded {
  const type = setting("key.type");
  if (type === "none") return { ok: true, parts: [] };
  const word = words.get(String(type));
  if (word === undefined) return { ok: false, limit: `a key of ${[...words.keys()].join(", ")}` };
  const [kind = "", name = ""] = word.split("/");
  const [label, value] = [textOf(setting("key.label")), textOf(setting("key.value"))];
  if (/[;"]/.test(label + value)) return { ok: false, limit: "keys without semicolons and quotes" };
  const said = kind === "line" ? String(Number(setting("key.line") ?? 1)) : value;
  const fields = [
    `Key=${String(Number(setting("key.position")))}`,
    `Type=${kind}`,
    `Name=${name}`,
    ...(said === "" ? [] : [`attr1=${said}`]),
    ...(label === "" ? [] : [`Label=${label}`]),
    // Without it what a user once put on the key stays there.
    "Forced",
  ];
  return { ok: true, parts: [{ name: "", value: fields.join(";") }] };
}

/** Avaya's `Key=4;Type=feature;Name=blf;attr1=100;Label=Bob;Forced`; the words are `feature/blf`. */
export const avayaPhoneKey: Encoding = {
  name: "avaya-phone-key",
  settings: ["key.type", "key.label", "key.value", "key.line"],
  encode,
};
