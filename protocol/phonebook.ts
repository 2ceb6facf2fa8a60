import { Type, type Static } from "typebox";

/** What a number is for, where a phone can tell them apart. */
export const numberKinds = ["work", "mobile", "home", "other"] as const;
export type NumberKind = (typeof numberKinds)[number];

/** One person or place, and the numbers that reach it. */
export const PhonebookEntry = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100, pattern: "^[^\\p{Cc}]*$" }),
    numbers: Type.Array(
      Type.Object(
        {
          kind: Type.Enum(numberKinds),
          number: Type.String({ pattern: "^[+*#0-9][0-9*#]{0,31}$", description: "as it is dialled" }),
        },
        { additionalProperties: false },
      ),
      { minItems: 1, maxItems: 8 },
    ),
  },
  { additionalProperties: false },
);
export type PhonebookEntry = Static<typeof PhonebookEntry>;

/** A site's phonebook: the same list for every vendor's phones. */
export const Phonebook = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 60 }),
    entries: Type.Array(PhonebookEntry, { maxItems: 10_000 }),
  },
  { additionalProperties: false },
);
export type Phonebook = Static<typeof Phonebook>;
