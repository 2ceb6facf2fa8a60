import { fileURLToPath } from "node:url";
import { Inventory } from "./inventory/inventory.ts";
import { loadProfiles } from "./profiles/load-profiles.ts";

export interface OpenInventoryOptions {
  /** The data folder; made when missing. */
  readonly data: string;
  /** Folder of the phone profiles; the package's own when absent. */
  readonly profiles?: string;
  readonly now?: () => number;
}

const ownProfiles = fileURLToPath(new URL("../firmware-profiles", import.meta.url));

/**
 * The inventory of a data folder, for the command line; works beside a running server, which sees each change at once.
 *
 * @throws {StoreError} with a sentence, when the store or its key cannot be opened.
 */
export function openInventory(options: OpenInventoryOptions): Promise<Inventory> {
  return Inventory.open({
    data: options.data,
    now: options.now ?? Date.now,
    profiles: () => loadProfiles(options.profiles ?? ownProfiles),
  });
}
