import type { Phonebook } from "../../protocol/phonebook.ts";
import { findPhonebookFormat } from "../profiles/phonebooks/list.ts";
import type { PhonebookFormat } from "../profiles/phonebooks/phonebook-format.ts";
import type { Family } from "../profiles/profiles.ts";
import type { RenderedFile } from "./render-file.ts";

/** What writes a site's phonebook as a family's phones read it; undefined for a family that reads none. */
export function phonebookWriter(
  family: Family,
  book: Phonebook,
  name: string,
): (() => RenderedFile) | undefined {
  const format = findPhonebookFormat(family.vendor.phonebook);
  return format === undefined ? undefined : () => writePhonebook(format, family, book, name);
}

/** A site's phonebook as a family's phones read it; undefined for a family that reads none. */
export function renderPhonebook(family: Family, book: Phonebook, name: string): RenderedFile | undefined {
  return phonebookWriter(family, book, name)?.();
}

function writePhonebook(
  format: PhonebookFormat,
  family: Family,
  book: Phonebook,
  name: string,
): RenderedFile {
  const { most = book.entries.length } = format;
  const fits = book.entries.length <= most ? book : { ...book, entries: book.entries.slice(0, most) };
  const left = book.entries.length - fits.entries.length;
  return {
    name,
    fileId: "phonebook",
    contentType: format.contentType,
    body: Buffer.from(format.write(fits), "utf8"),
    secret: false,
    empty: false,
    provenance: [],
    notes:
      left === 0
        ? []
        : [
            {
              kind: "coarser",
              setting: "phonebooks",
              sentence: `phonebooks: phones of ${family.vendor.name} show ${most} entries; ${left} are left out`,
            },
          ],
  };
}
