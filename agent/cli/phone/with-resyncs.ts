import type { decodeDayWindow, Resyncs } from "../../../provisioning-server/main.ts";
import type { CliContext } from "../context.ts";
import { withInventory, type DataOptions, type Inventory } from "../with-inventory.ts";

export type { decodeDayWindow, Resyncs } from "../../../provisioning-server/main.ts";

/** Opens the inventory for one verb about resyncs, and closes it after. */
export async function withResyncs<T>(
  options: DataOptions,
  context: CliContext,
  run: (resyncs: Resyncs, inventory: Inventory, decodeWindow: typeof decodeDayWindow) => Promise<T>,
): Promise<T> {
  const server = await import("../../../provisioning-server/main.ts");
  return withInventory(options, context, (inventory) =>
    run(new server.Resyncs(inventory), inventory, server.decodeDayWindow),
  );
}
