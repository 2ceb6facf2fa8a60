import { readFile } from "node:fs/promises";

/** The router of the default route over IPv4, from the kernel's table; undefined where there is none or no such table. */
export async function defaultGateway(): Promise<string | undefined> {
  try {
    return gatewayIn(await readFile("/proc/net/route", "latin1"));
  } catch {
    return undefined;
  }
}

/** Lines of `/proc/net/route`: interface, destination, gateway (hex, octets reversed), flags, …, metric, mask. */
export function gatewayIn(table: string): string | undefined {
  const routes = table
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, destination, gateway, , , , , mask]) => isAll(destination) && isAll(mask) && !isAll(gateway))
    .toSorted((a, b) => Number(a[6]) - Number(b[6]));
  const octets = routes[0]?.[2]?.match(/../g);
  return octets
    ?.toReversed()
    .map((octet) => Number.parseInt(octet, 16))
    .join(".");
}

function isAll(hex: string | undefined): boolean {
  return hex === "00000000";
}
