import { readFile } from "node:fs/promises";
import { tryParseMacAddress, type MacAddress } from "../../../protocol/mac-address.ts";

/** The kernel's table of IPv4 neighbours: who of the same network has which MAC. Empty where there is none. */
export async function readNeighbourMacs(path = "/proc/net/arp"): Promise<ReadonlyMap<string, MacAddress>> {
  const text = await readFile(path, "utf8").catch(() => "");
  const rows = text
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/));
  return new Map(
    rows.flatMap(([address = "", , , mac = ""]) => {
      const read = tryParseMacAddress(mac);
      return read === undefined ? [] : [[address, read] as const];
    }),
  );
}
