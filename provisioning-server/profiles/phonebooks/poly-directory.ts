import type { PhonebookEntry } from "../../../protocol/phonebook.ts";
import { documentOf, element, leaf } from "./element.ts";
import type { PhonebookFormat } from "./phonebook-format.ts";

/** The last word is the last name, by which the phone sorts; further numbers are entries of their own. */
function itemsOf({ name, numbers }: PhonebookEntry): string[] {
  const at = name.lastIndexOf(" ");
  const [first, last] = at < 0 ? ["", name] : [name.slice(0, at), name.slice(at + 1)];
  return numbers.flatMap(({ kind, number }, index) =>
    element("item", [
      leaf("ln", index === 0 ? last : `${last} (${kind})`),
      leaf("fn", first),
      leaf("ct", number),
      leaf("bw", "0"),
    ]),
  );
}

/** Poly's local contact directory, which the phone asks for by its MAC. */
export const polyDirectory: PhonebookFormat = {
  name: "poly-directory",
  contentType: "text/xml; charset=utf-8",
  write: ({ entries }) => documentOf(element("directory", element("item_list", entries.flatMap(itemsOf)))),
};
