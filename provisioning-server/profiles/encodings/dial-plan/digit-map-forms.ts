import { digitMap } from "./digit-map.ts";
import type { Encoding } from "../encoding.ts";

/** The digit map with semicolons between its alternatives (Alcatel-Lucent). */
export const digitMapSemicolons: Encoding = {
  name: "digit-map-semicolons",
  settings: ["dialPlan"],
  encode(input) {
    const encoded = digitMap.encode(input);
    if (!encoded.ok) return encoded;
    // `|` is only ever what parts them.
    const parts = encoded.parts.map((part) => ({ ...part, value: part.value.replaceAll("|", ";") }));
    return { ...encoded, parts };
  },
};

/** The digit map of an account: its own where it has one, or the device's. */
export const lineDigitMap: Encoding = {
  name: "line-digit-map",
  settings: ["dialPlan", "line.dialPlan"],
  encode(input) {
    const own = input.setting("line.dialPlan");
    if (typeof own !== "string" || own === "") return digitMap.encode(input);
    const encoded = digitMap.encode({
      ...input,
      setting: (path) => (path === "dialPlan" ? own : input.setting(path)),
    });
    if (!encoded.ok) return encoded;
    return { ...encoded, parts: encoded.parts.map((part) => ({ ...part, setting: "line.dialPlan" })) };
  },
};
