import type { ServerConfig } from "./config.ts";
import { defaultTenant } from "./inventory/inventory.ts";
import { openInventory } from "./open-inventory.ts";
import { Audit, type AuditRow } from "./store/audit.ts";

/** The newest entries of the audit book, newest first, and the first one that does not fit those before it, if any. */
export async function readAudit(
  config: ServerConfig,
  limit: number,
): Promise<{ readonly rows: readonly AuditRow[]; readonly broken: number | undefined }> {
  await using inventory = await openInventory({ data: config.data });
  const audit = new Audit(inventory.store);
  return {
    rows: await audit.latest(defaultTenant, limit),
    broken: await audit.firstBroken(defaultTenant),
  };
}
