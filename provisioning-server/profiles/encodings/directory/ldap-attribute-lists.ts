import type { Encoding } from "../encoding.ts";

/** Attributes with commas between them, for phones that take no blanks there. */
export const ldapAttributeLists: readonly Encoding[] = (["name", "number"] as const).map((which) => {
  const path = `ldap.${which}Attributes`;
  return {
    name: `ldap-${which}-list`,
    settings: [path],
    encode({ setting }) {
      const text = setting(path);
      const words = typeof text === "string" ? text.split(/[ ,]+/).filter((word) => word !== "") : [];
      return { ok: true, parts: words.length === 0 ? [] : [{ name: "", value: words.join(",") }] };
    },
  };
});
