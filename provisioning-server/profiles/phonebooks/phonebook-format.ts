import type { Phonebook } from "../../../protocol/phonebook.ts";

/** A vendor's way to write a phonebook. One file each, listed once in list.ts; vendor.json names it by `phonebook`. */
export interface PhonebookFormat {
  readonly name: string;
  readonly contentType: string;
  /** Entries that the phones can hold; the rest is left out. Absent: no limit that we know. */
  readonly most?: number;
  write(book: Phonebook): string;
}
