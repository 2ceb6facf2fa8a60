import type { Secret } from "../protocol/secret.ts";
import type { Inventory } from "./inventory/inventory.ts";
import { Agents } from "./store/agents.ts";

/** A token that enrols one agent of this site, within 24 hours. */
export function createEnrolToken(
  inventory: Inventory,
  site: string,
): Promise<{ token: Secret; expiresAt: number }> {
  return new Agents(inventory.store).createEnrolToken({ tenant: inventory.tenant, site });
}
