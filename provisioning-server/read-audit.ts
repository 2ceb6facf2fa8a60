import type { ServerConfig } from "./config.ts";
import { done, type Verb } from "./inventory/flaw.ts";
import { defaultTenant } from "./inventory/inventory.ts";
import { openInventory } from "./open-inventory.ts";
import { Audit, type AuditRow } from "./store/audit.ts";

/** The newest entries of the audit book, newest first, and the first one that does not fit those before it, if any. */
export async function readAudit(
  config: ServerConfig,
  limit: number,
  tenant = defaultTenant,
): Promise<Verb<{ readonly rows: readonly AuditRow[]; readonly broken: number | undefined }>> {
  await using inventory = await openInventory({ data: config.data });
  const known = await inventory.tenants.show(tenant);
  if (!known.ok) return known;
  const audit = new Audit(inventory.store);
  return done({
    rows: await audit.latest(tenant, limit),
    broken: await audit.firstBroken(tenant),
  });
}
