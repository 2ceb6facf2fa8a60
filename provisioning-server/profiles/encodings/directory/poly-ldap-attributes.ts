import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

/** What the phone takes an attribute for; a full name goes where a last name does, which it sorts by. */
const nameTypes: Readonly<Record<string, string>> = {
  givenname: "first_name",
  gn: "first_name",
};

const wordsOf = (text: unknown): string[] =>
  typeof text === "string" ? text.split(/[ ,]+/).filter((word) => word !== "") : [];

// The phone's list ends at eight.
const mostAttributes = 8;

function encode({ setting }: EncodingInput): Encoded {
  const names = wordsOf(setting("ldap.nameAttributes"));
  const numbers = wordsOf(setting("ldap.numberAttributes"));
  if (names.length === 0 || numbers.length === 0)
    return { ok: false, limit: "one attribute of the name and one of the number at least" };
  if (names.length + numbers.length > mostAttributes)
    return { ok: false, limit: `at most ${mostAttributes} attributes` };
  const typed = [
    ...names.map((name) => ({ name, type: nameTypes[name.toLowerCase()] ?? "last_name" })),
    ...numbers.map((name) => ({ name, type: "phone_number" })),
  ];
  const parts = typed.flatMap(({ name, type }, index) => [
    { name: `${index + 1}.name`, value: name },
    { name: `${index + 1}.label`, value: name },
    { name: `${index + 1}.type`, value: type },
    // A search over several attributes at once is slow on many servers: the first name is searched.
    { name: `${index + 1}.searchable`, value: index === 0 ? "1" : "0" },
  ]);
  return {
    ok: true,
    parts: parts.map((part, index) =>
      index < names.length * 4 ? part : { ...part, setting: "ldap.numberAttributes" },
    ),
  };
}

/** Poly's numbered list of LDAP attributes, names first, under `dir.corp.attribute.{name}`. */
export const polyLdapAttributes: Encoding = {
  name: "poly-ldap-attributes",
  settings: ["ldap.nameAttributes", "ldap.numberAttributes"],
  encode,
};
