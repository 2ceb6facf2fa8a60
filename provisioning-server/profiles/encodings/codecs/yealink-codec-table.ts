import { codecChoice } from "./codec-choice.ts";
import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

/** `6/G722/9` of the word list: the codec's number in the table, its name and its payload type. */
function row(word: string, priority: number | undefined): { name: string; value: string }[] {
  const [number = "", payload = "", type = ""] = word.split("/");
  return [
    { name: `${number}.enable`, value: priority === undefined ? "0" : "1" },
    { name: `${number}.payload_type`, value: payload },
    ...(priority === undefined ? [] : [{ name: `${number}.priority`, value: String(priority) }]),
    { name: `${number}.rtpmap`, value: type },
  ];
}

function encode(input: EncodingInput): Encoded {
  const { wanted, notes } = codecChoice(input);
  if (wanted.length === 0) return { ok: false, limit: "at least one codec that the model has" };
  const has = (codec: string) => input.model.codecs.some((name) => name === codec);
  const parts = [...input.words]
    .filter(([codec]) => has(codec))
    .flatMap(([codec, word]) => row(word, wanted.includes(codec) ? wanted.indexOf(codec) + 1 : undefined));
  return { ok: true, parts, notes };
}

/** Yealink's numbered table of codecs in V70 and V71, under `account.N.codec.{name}`. */
export const yealinkCodecTable: Encoding = {
  name: "yealink-codec-table",
  settings: ["line.codecs"],
  encode,
};
