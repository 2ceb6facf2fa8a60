import { Type } from "typebox";

/** A MAC address as 12 lower-case hex digits; the only form used inside, on the wire to agents, and in the store. */
export const MacAddress = Type.String({ pattern: "^[0-9a-f]{12}$", description: "12 lower-case hex digits" });
export type MacAddress = string;

/**
 * Reads a MAC in any usual form (`80:5E:C0:01:00:01`, `80-5e-…`, `805e.c001.0001`, bare), or undefined.
 * Refused: wrong length, other characters, all zeros and all ones (vendor fallbacks, not devices), multicast.
 */
export function tryParseMacAddress(text: string): MacAddress | undefined {
  const digits = text
    .trim()
    .replaceAll(/[:\-. ]/g, "")
    .toLowerCase();
  if (!/^[0-9a-f]{12}$/.test(digits)) return undefined;
  if (digits === "000000000000") return undefined;
  // IEEE 802: the lowest bit of the first octet marks a group address, which no device owns.
  if (Number.parseInt(digits.slice(0, 2), 16) & 1) return undefined;
  return digits;
}

/** `80:5e:c0:01:00:01`, as people read it. */
export function printMacAddress(mac: MacAddress): string {
  return mac.match(/../g)?.join(":") ?? mac;
}
