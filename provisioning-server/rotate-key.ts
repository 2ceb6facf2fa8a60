import { keyPlace } from "./inventory/key-file.ts";
import { rotateKey, type RotatedKey } from "./inventory/open-vault.ts";
import { openStore } from "./store/open-store.ts";
import { storePlace } from "./store-place.ts";

/**
 * Puts the secrets of a data folder under a new key; works beside a running server, which takes it by itself.
 *
 * @param to where the new key is written, for a key that is kept elsewhere
 * @throws {StoreError} with a sentence
 */
export async function rotateStoreKey(
  data: string,
  environment: Readonly<Record<string, string | undefined>>,
  to?: string,
): Promise<RotatedKey> {
  const store = await openStore({ path: storePlace(data, environment), now: Date.now });
  try {
    return await rotateKey(store, keyPlace(data, environment), to);
  } finally {
    await store.close();
  }
}
