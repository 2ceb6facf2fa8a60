import { printMacAddress, tryParseMacAddress, type MacAddress } from "../../protocol/mac-address.ts";

// A captured request tells whose phone it was: by its MAC in any spelling, and by serial numbers. Both are made up anew.

/** The same maker's prefix with a number of ours behind it. */
export function madeUpMac(mac: MacAddress, number = 1): MacAddress {
  return `${mac.slice(0, 6)}${number.toString(16).padStart(6, "0")}`;
}

const spellings: readonly ((mac: MacAddress) => string)[] = [
  (mac) => mac,
  printMacAddress,
  (mac) => printMacAddress(mac).replaceAll(":", "-"),
  (mac) => (mac.match(/..../g) ?? []).join("."),
  (mac) => encodeURIComponent(printMacAddress(mac)),
];

/** Serial numbers as Cisco and others print them: letters, four digits of year and week, letters and digits. */
const serial = /\b[A-Z]{3}\d{4}[0-9A-Z]{3,4}\b/g;

/** A text with another MAC in place of one, whatever its spelling and case, and without serial numbers. */
export function cleanText(text: string, from: MacAddress | undefined, to: MacAddress | undefined): string {
  let clean = text.replaceAll(serial, (found) =>
    tryParseMacAddress(found) === undefined ? "ABC00000001" : found,
  );
  if (from === undefined || to === undefined) return clean;
  for (const spell of spellings) {
    clean = clean.replaceAll(spell(from), spell(to));
    clean = clean.replaceAll(spell(from).toUpperCase(), spell(to).toUpperCase());
  }
  return clean;
}
