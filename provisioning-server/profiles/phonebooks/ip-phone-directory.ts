import type { PhonebookEntry } from "../../../protocol/phonebook.ts";
import { documentOf, element, leaf } from "./element.ts";
import type { PhonebookFormat } from "./phonebook-format.ts";

function entryOf({ name, numbers }: PhonebookEntry): string[] {
  return element("DirectoryEntry", [
    leaf("Name", name),
    ...numbers.map(({ number }) => leaf("Telephone", number)),
  ]);
}

/** One entry for each number: these phones know one number of a name. */
function entriesOf({ name, numbers }: PhonebookEntry): string[] {
  return numbers.flatMap(({ kind, number }, index) =>
    element("DirectoryEntry", [
      leaf("Name", index === 0 ? name : `${name} (${kind})`),
      leaf("Telephone", number),
    ]),
  );
}

/** Yealink's remote phonebook: an entry may have several numbers. */
export const yealinkDirectory: PhonebookFormat = {
  name: "yealink-directory",
  contentType: "text/xml; charset=utf-8",
  write: ({ entries }) => documentOf(element("YealinkIPPhoneDirectory", entries.flatMap(entryOf))),
};

/** Snom's minibrowser directory. */
export const snomDirectory: PhonebookFormat = {
  name: "snom-directory",
  contentType: "text/xml; charset=utf-8",
  write: ({ name, entries }) =>
    documentOf(element("SnomIPPhoneDirectory", [leaf("Title", name), ...entries.flatMap(entriesOf)])),
};

/** Cisco's XML object of the same name; a phone shows 32 entries of one. */
export const ciscoDirectory: PhonebookFormat = {
  name: "cisco-directory",
  contentType: "text/xml; charset=utf-8",
  most: 32,
  write: ({ name, entries }) =>
    documentOf(
      element("CiscoIPPhoneDirectory", [
        leaf("Title", name),
        leaf("Prompt", ""),
        ...entries.flatMap(entriesOf),
      ]),
    ),
};
