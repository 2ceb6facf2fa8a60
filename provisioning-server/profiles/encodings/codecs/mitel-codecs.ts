import { codecChoice } from "./codec-choice.ts";
import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

function encode(input: EncodingInput): Encoded {
  const { wanted, notes } = codecChoice(input);
  if (wanted.length === 0) return { ok: false, limit: "at least one codec that the model has" };
  const packetTime = String(input.setting("line.packetTime"));
  // Silence suppression off: comfort noise breaks recordings on many servers.
  const value = wanted
    .map((codec) => `payload=${input.words.get(codec)};ptime=${packetTime};silsupp=off`)
    .join(",");
  return { ok: true, parts: [{ name: "", value }], notes };
}

/** `payload=9;ptime=20;silsupp=off` for each codec, best first, by its RTP payload type. */
export const mitelCodecs: Encoding = {
  name: "mitel-codecs",
  settings: ["line.codecs", "line.packetTime"],
  encode,
};
