import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

function encode({ setting }: EncodingInput): Encoded {
  const shown = setting("ldap.displayName");
  if (typeof shown !== "string" || shown === "") return { ok: true, parts: [] };
  return { ok: true, parts: [{ name: "", value: shown.replaceAll("%", "") }] };
}

/** How a hit is shown, for phones that want the attributes' names alone: `cn` for `%cn`. */
export const ldapDisplayNames: Encoding = {
  name: "ldap-display-names",
  settings: ["ldap.displayName"],
  encode,
};
