import { fileURLToPath } from "node:url";
import { Inventory } from "./inventory/inventory.ts";
import { keyPlace } from "./inventory/key-file.ts";
import { loadProfiles } from "./profiles/load-profiles.ts";
import { storePlace } from "./store-place.ts";

export interface OpenInventoryOptions {
  /** The data folder; made when missing. */
  readonly data: string;
  /** Folder of the phone profiles; the package's own when absent. */
  readonly profiles?: string;
  readonly now?: () => number;
  /** Says where the store and the key of its secrets are kept; the process's own when absent. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

const ownProfiles = fileURLToPath(new URL("../firmware-profiles", import.meta.url));

/**
 * The inventory of a data folder, for the command line; works beside a running server, which sees each change at once.
 *
 * @throws {StoreError} with a sentence, when the store or its key cannot be opened.
 */
export async function openInventory(options: OpenInventoryOptions): Promise<Inventory> {
  const environment = options.environment ?? process.env;
  return Inventory.open({
    data: options.data,
    store: storePlace(options.data, environment),
    key: keyPlace(options.data, environment),
    now: options.now ?? Date.now,
    profiles: () => loadProfiles(options.profiles ?? ownProfiles),
  });
}
