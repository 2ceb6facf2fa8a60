import type { MacAddress } from "../../protocol/mac-address.ts";

const digits = "0123456789abcdef";

/** Every MAC that differs by one digit, or by two neighbours swapped: what a typing mistake makes of it. */
export function macsNearby(mac: MacAddress): MacAddress[] {
  const near = new Set<MacAddress>();
  for (let place = 0; place < mac.length; place += 1) {
    for (const digit of digits) near.add(`${mac.slice(0, place)}${digit}${mac.slice(place + 1)}`);
    const [left = "", right = ""] = mac.slice(place, place + 2);
    if (right !== "") near.add(`${mac.slice(0, place)}${right}${left}${mac.slice(place + 2)}`);
  }
  near.delete(mac);
  return [...near];
}

/** The known MAC nearest to an unknown one, the later digits being the likelier mistakes (the first six are the vendor's). */
export function nearestOf(mac: MacAddress, known: readonly MacAddress[]): MacAddress | undefined {
  const same = (other: MacAddress) => Array.from(other).findIndex((digit, place) => digit !== mac[place]);
  return known.toSorted((a, b) => same(b) - same(a) || (a < b ? -1 : 1))[0];
}
