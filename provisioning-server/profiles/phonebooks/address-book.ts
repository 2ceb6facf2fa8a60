import type { NumberKind, PhonebookEntry } from "../../../protocol/phonebook.ts";
import { documentOf, element, leaf } from "./element.ts";
import type { PhonebookFormat } from "./phonebook-format.ts";

const kinds: Readonly<Record<NumberKind, string>> = {
  work: "Work",
  mobile: "Cell",
  home: "Home",
  other: "Other",
};

function contactOf({ name, numbers }: PhonebookEntry, index: number): string[] {
  return element("Contact", [
    leaf("id", String(index + 1)),
    leaf("FirstName", name),
    leaf("LastName", ""),
    ...numbers.flatMap(({ kind, number }) => [
      `<Phone type="${kinds[kind]}">`,
      `  ${leaf("phonenumber", number)}`,
      `  ${leaf("accountindex", "0")}`, // counted from 0: the first account
      "</Phone>",
    ]),
  ]);
}

/** Grandstream's phonebook. */
export const addressBook: PhonebookFormat = {
  name: "address-book",
  contentType: "text/xml; charset=utf-8",
  write: ({ entries }) => documentOf(element("AddressBook", entries.flatMap(contactOf))),
};
