import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

const settings = ["network.dscp.sip", "network.dscp.rtp"];

function encode({ setting, words }: EncodingInput): Encoded {
  const parts = settings.flatMap((path) => {
    const [name, dscp] = [words.get(path), setting(path)];
    // The whole byte, of which DSCP is the upper six bits (RFC 2474 section 3).
    return name === undefined || typeof dscp !== "number"
      ? []
      : [{ name, value: `0x${(dscp * 4).toString(16).padStart(2, "0")}`, setting: path }];
  });
  return { ok: true, parts };
}

/** DSCP as the hexadecimal ToS byte. `map`: the setting's path to the key's name. */
export const ciscoTos: Encoding = { name: "cisco-tos", settings, encode };
