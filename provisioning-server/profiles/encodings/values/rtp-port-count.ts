import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

function encode({ setting, words }: EncodingInput): Encoded {
  const [from, to] = [setting("rtp.portMin"), setting("rtp.portMax")];
  if (typeof from !== "number" || typeof to !== "number") return { ok: true, parts: [] };
  const [least, most] = [Number(words.get("min") ?? 1), Number(words.get("max") ?? 65_535)];
  const count = to - from;
  return count < least || count > most
    ? { ok: false, limit: `from ${least} to ${most} ports above rtp.portMin` }
    : { ok: true, parts: [{ name: "", value: String(count) }] };
}

/** How many ports there are from the lowest RTP port to the highest; `min` and `max` are the vendor's bounds. */
export const rtpPortCount: Encoding = {
  name: "rtp-port-count",
  settings: ["rtp.portMax", "rtp.portMin"],
  encode,
};
