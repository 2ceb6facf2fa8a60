import { addressBook } from "./address-book.ts";
import { fanvilDirectory } from "./fanvil-directory.ts";
import { ciscoDirectory, snomDirectory, yealinkDirectory } from "./ip-phone-directory.ts";
import type { PhonebookFormat } from "./phonebook-format.ts";
import { polyDirectory } from "./poly-directory.ts";

/** Every phonebook format; a new one is a file and a line here. */
export const phonebookFormats: readonly PhonebookFormat[] = [
  addressBook,
  ciscoDirectory,
  fanvilDirectory,
  polyDirectory,
  snomDirectory,
  yealinkDirectory,
];

const byName = new Map(phonebookFormats.map((format) => [format.name, format]));

export function findPhonebookFormat(name: string | undefined): PhonebookFormat | undefined {
  return name === undefined ? undefined : byName.get(name);
}
