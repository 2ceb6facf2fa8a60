import { dhcpPlan, type DhcpPlan } from "./dhcp/dhcp-plan.ts";
import { dhcpServers } from "./dhcp/servers/list.ts";
import type { Inventory } from "./inventory/inventory.ts";
import { findModel, type Family } from "./profiles/profiles.ts";

export { dhcpServers } from "./dhcp/servers/list.ts";

export interface DhcpAsk {
  /** The vendors of this site's phones; undefined: of all phones. */
  readonly site?: string;
  /** These vendors (as profiles call them) instead of those of the phones. */
  readonly vendors?: readonly string[];
  /** Where phones find the server; default: as the server last said. */
  readonly url?: string;
  /** IPv4 address of the server, for phones that are told an address. */
  readonly address?: string;
}

/** What DHCP should tell exactly the phones of a site. */
export async function dhcpForSite(inventory: Inventory, ask: DhcpAsk): Promise<DhcpPlan> {
  const [families, { baseUrl }] = await Promise.all([familiesOf(inventory, ask), inventory.renderContext()]);
  const url = (ask.url ?? baseUrl).replace(/\/+$/, "");
  return dhcpPlan(families, { url, address: ask.address ?? new URL(url).hostname });
}

async function familiesOf(inventory: Inventory, { site, vendors }: DhcpAsk): Promise<Family[]> {
  const profiles = await inventory.profiles();
  if (vendors !== undefined) return profiles.families.filter(({ vendor }) => vendors.includes(vendor.vendor));
  const phones = await inventory.listPhones(site);
  const found = phones.flatMap(
    ({ device }) => findModel(profiles, device.vendor, device.model)?.family ?? [],
  );
  return profiles.families.filter((family) => found.includes(family));
}

/** The plan in one server's language. */
export function writeDhcp(plan: DhcpPlan, server: string): string | undefined {
  return dhcpServers.find(({ name }) => name === server)?.write(plan);
}
