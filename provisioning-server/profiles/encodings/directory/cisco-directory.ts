import { Type } from "typebox";
import { Check } from "typebox/value";
import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";

const Book = Type.Object({
  name: Type.String(),
  url: Type.String(),
  user: Type.Optional(Type.String()),
  password: Type.Optional(Type.String()),
});
const Books = Type.Array(Book);

function encode({ setting, words }: EncodingInput): Encoded {
  const books = setting("phonebooks") ?? [];
  if (!Check(Books, books)) return { ok: false, limit: "a list of phonebooks" };
  const [first] = books;
  const carried = {
    name: first?.name ?? "",
    url: first?.url ?? "",
    user: first?.user,
    password: first?.password,
  };
  const parts = Object.entries(carried).flatMap(([field, value]) => {
    const name = words.get(field);
    const of = field === "password" ? { setting: "phonebooks.0.password" } : {};
    return name === undefined || value === undefined ? [] : [{ name, value, ...of }];
  });
  const more =
    books.length > 1 ? [`one phonebook is all it takes: ${books.length - 1} more are left out`] : [];
  const login =
    first?.user !== undefined && !words.has("user") ? ["the phonebook's login has no key on this phone"] : [];
  return { ok: true, parts, notes: [...more, ...login] };
}

/** The one phonebook of a Cisco phone. `map`: `name`, `url`, `user`, `password` to the phone's keys. */
export const ciscoDirectory: Encoding = { name: "cisco-directory", settings: ["phonebooks"], encode };
