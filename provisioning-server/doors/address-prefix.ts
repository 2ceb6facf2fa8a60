import { isIPv6 } from "node:net";

/** What stands for one source: an IPv4 address, or an IPv6 /64, in which one host has as many addresses as it likes. */
export function sourceOf(address: string): string {
  return isIPv6(address) ? `${firstGroups(address).join(":")}/64` : address;
}

/** The source's neighbourhood: /24, or /56. */
export function neighbourhoodOf(address: string): string {
  if (!isIPv6(address)) return `${address.slice(0, address.lastIndexOf("."))}.0/24`;
  const groups = firstGroups(address);
  return `${groups.slice(0, 3).join(":")}:${groups[3]?.slice(0, 2)}/56`;
}

/** The first four groups of an IPv6 address, four digits each. */
function firstGroups(address: string): string[] {
  const [head = "", tail = ""] = address.split("%")[0]?.split("::") ?? [];
  const front = head === "" ? [] : head.split(":");
  const back = tail === "" ? [] : tail.split(":");
  const gap = Array.from({ length: Math.max(0, 8 - front.length - back.length) }, () => "0");
  return [...front, ...gap, ...back].slice(0, 4).map((group) => group.padStart(4, "0").toLowerCase());
}
