import { lookup } from "node:dns/promises";
import { isIP } from "node:net";

/**
 * A name to addresses, in the order the resolver gave; an address (also `[v6]`) passes as it is.
 * Uses the system's way (hosts file, search domains), as a phone's own resolver would be set up by DHCP.
 * @throws NodeJS.ErrnoException with the resolver's code, such as ENOTFOUND.
 */
export async function resolve(host: string): Promise<string[]> {
  const bare = host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
  if (isIP(bare) !== 0) return [bare];
  const found = await lookup(bare, { all: true, order: "verbatim" });
  return found.map(({ address }) => address);
}
