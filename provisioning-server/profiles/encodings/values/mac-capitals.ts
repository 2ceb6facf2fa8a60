import type { Encoding } from "../encoding.ts";

/** The device's MAC in capitals, where it stands inside of a file (Gigaset N510). */
export const macCapitals: Encoding = {
  name: "mac-capitals",
  settings: ["device.mac"],
  encode({ setting }) {
    const mac = setting("device.mac");
    return typeof mac === "string"
      ? { ok: true, parts: [{ name: "", value: mac.toUpperCase() }] }
      : { ok: true, parts: [] };
  },
};
