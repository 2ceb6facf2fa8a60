import { codecChoice } from "./codec-choice.ts";
import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

/** `opus/48000/2` of the word list, as a section of the config. */
function section(number: number, word: string, enabled: boolean): { name: string; value: string }[] {
  const [mime = "", rate = "", channels = ""] = word.split("/");
  return [
    { name: `audio_codec_${number}/mime`, value: mime },
    { name: `audio_codec_${number}/rate`, value: rate },
    { name: `audio_codec_${number}/channels`, value: channels },
    { name: `audio_codec_${number}/enabled`, value: enabled ? "1" : "0" },
  ];
}

function encode(input: EncodingInput): Encoded {
  const { wanted, notes } = codecChoice(input);
  if (wanted.length === 0) return { ok: false, limit: "at least one codec that the model has" };
  const unwanted = [...input.words.keys()].filter((codec) => !wanted.includes(codec));
  const parts = [...wanted, ...unwanted].flatMap((codec, number) =>
    section(number, input.words.get(codec) ?? "", wanted.includes(codec)),
  );
  return { ok: true, parts, notes };
}

/** Linphone's sections audio_codec_0 and on: their order is the order of preference. */
export const linphoneCodecs: Encoding = { name: "linphone-codecs", settings: ["line.codecs"], encode };
