import type { SiteConfig } from "../protocol/site-config.ts";
import type { Inventory } from "./inventory/inventory.ts";
import { Agents } from "./store/agents.ts";

/** What a site's agents watch from now on; they fetch it with their next state. @returns its version. */
export function putSiteConfig(inventory: Inventory, site: string, config: SiteConfig): Promise<number> {
  return new Agents(inventory.store).setSiteConfig({ tenant: inventory.tenant, site }, config);
}
