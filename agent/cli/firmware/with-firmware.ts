import type { Catalogue, FirmwareRollouts } from "../../../provisioning-server/main.ts";
import type { CliContext } from "../context.ts";
import { withInventory, type DataOptions, type Inventory } from "../with-inventory.ts";

/** Opens the catalogue of images for one verb, and closes it after. */
export async function withCatalogue<T>(
  options: DataOptions,
  context: CliContext,
  run: (catalogue: Catalogue, inventory: Inventory) => Promise<T>,
): Promise<T> {
  const server = await import("../../../provisioning-server/main.ts");
  const data = options.data ?? context.environment.OFFHOOK_DATA ?? "./data";
  return withInventory(options, context, (inventory) =>
    run(new server.Catalogue(inventory, data), inventory),
  );
}

/** The same for what plans and rolls out versions. */
export async function withRollouts<T>(
  options: DataOptions,
  context: CliContext,
  run: (rollouts: FirmwareRollouts) => Promise<T>,
): Promise<T> {
  const server = await import("../../../provisioning-server/main.ts");
  return withInventory(options, context, (inventory) => run(new server.FirmwareRollouts(inventory)));
}
