import type { NumberKind, PhonebookEntry } from "../../../protocol/phonebook.ts";
import { documentOf, element, leaf } from "./element.ts";
import type { PhonebookFormat } from "./phonebook-format.ts";

/** Three numbers of a name, each in its place; what has no place of its own goes where there is room. */
function placesOf({ numbers }: PhonebookEntry): Map<string, string> {
  const places = new Map<string, string>();
  const own: Readonly<Record<NumberKind, string>> = {
    work: "Telephone",
    mobile: "Mobile",
    home: "Other",
    other: "Other",
  };
  for (const { kind, number } of numbers) {
    const place = [own[kind], "Telephone", "Mobile", "Other"].find((each) => !places.has(each));
    if (place !== undefined) places.set(place, number);
  }
  return places;
}

function entryOf(entry: PhonebookEntry): string[] {
  const places = placesOf(entry);
  return element("DirectoryEntry", [
    leaf("Name", entry.name),
    ...["Telephone", "Mobile", "Other"].map((place) => leaf(place, places.get(place) ?? "")),
  ]);
}

/** Fanvil's remote phonebook: telephone, mobile and other number of a name. */
export const fanvilDirectory: PhonebookFormat = {
  name: "fanvil-directory",
  contentType: "text/xml; charset=utf-8",
  write: ({ name, entries }) =>
    documentOf(element("FanvilIPPhoneDirectory", [leaf("Title", name), ...entries.flatMap(entryOf)])),
};
