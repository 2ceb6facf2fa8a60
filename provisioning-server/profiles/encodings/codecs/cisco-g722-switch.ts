import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

function encode({ setting, model }: EncodingInput): Encoded {
  const codecs = setting("line.codecs");
  if (!model.codecs.includes("g722")) return { ok: true, parts: [] };
  const wanted = Array.isArray(codecs) && codecs.includes("g722");
  // 0 leaves it to the call manager, 1 is off, 2 on.
  return { ok: true, parts: [{ name: "g722CodecSupport", value: wanted ? "2" : "1" }] };
}

/** The switch for G.722, the one codec that a phone of the device files can be told to offer. */
export const ciscoG722Switch: Encoding = { name: "cisco-g722-switch", settings: ["line.codecs"], encode };
