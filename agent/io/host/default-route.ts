import { readFile } from "node:fs/promises";

/** The network card that the default route leaves by, on Linux; undefined: there is none. */
export async function defaultCard(): Promise<string | undefined> {
  return defaultRoutesIn(await routeTable())[0]?.[0];
}

/** The router of the default route over IPv4, from the kernel's table; undefined where there is none or no such table. */
export async function defaultGateway(): Promise<string | undefined> {
  return gatewayIn(await routeTable());
}

/** @param table that of `/proc/net/route`. */
export function gatewayIn(table: string): string | undefined {
  const routes = defaultRoutesIn(table)
    .filter(([, , gateway]) => !isAll(gateway))
    .toSorted((a, b) => Number(a[6]) - Number(b[6]));
  const octets = routes[0]?.[2]?.match(/../g);
  return octets
    ?.toReversed()
    .map((octet) => Number.parseInt(octet, 16))
    .join(".");
}

/** Lines of the table: interface, destination, gateway (hex, octets reversed), flags, …, metric, mask. */
function defaultRoutesIn(table: string): string[][] {
  return table
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([, destination, , , , , , mask]) => isAll(destination) && isAll(mask));
}

async function routeTable(): Promise<string> {
  try {
    return await readFile("/proc/net/route", "latin1");
  } catch {
    return "";
  }
}

function isAll(hex: string | undefined): boolean {
  return hex === "00000000";
}
