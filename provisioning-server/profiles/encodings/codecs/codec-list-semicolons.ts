import { codecList } from "./codec-list.ts";
import type { Encoding } from "../encoding.ts";

/** As `codec-list`, with semicolons between the codecs (Alcatel-Lucent). */
export const codecListSemicolons: Encoding = {
  name: "codec-list-semicolons",
  settings: codecList.settings,
  encode(input) {
    const encoded = codecList.encode(input);
    if (!encoded.ok) return encoded;
    const parts = encoded.parts.map((part) => ({ ...part, value: part.value.replaceAll(",", ";") }));
    return { ...encoded, parts };
  },
};
