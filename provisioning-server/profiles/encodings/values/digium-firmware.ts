import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

function encode({ setting, model }: EncodingInput): Encoded {
  const [version, url] = [setting("firmware.version"), setting("firmware.url")];
  if (typeof version !== "string" || version === "" || typeof url !== "string" || url === "")
    return { ok: true, parts: [] };
  const at = `firmwares/firmware@model=${model.model}`;
  return {
    ok: true,
    parts: [
      { name: `${at}/@version`, value: version.replaceAll(".", "_") },
      { name: `${at}/@url`, value: url, setting: "firmware.url" },
    ],
  };
}

/** Digium's firmware by model, where version and address are both told; versions have underscores. */
export const digiumFirmware: Encoding = {
  name: "digium-firmware",
  settings: ["firmware.version", "firmware.url"],
  encode,
};
