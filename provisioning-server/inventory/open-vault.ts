import { existsSync } from "node:fs";
import type { StoreHandle } from "../store/open-store.ts";
import { Secrets } from "../store/secrets.ts";
import { Settings } from "../store/settings.ts";
import { StoreError } from "../store/store-error.ts";
import { type KeyPlace, makeNextKey, nextKeyPath, readKey, takeNextKey } from "./key-file.ts";
import { keyIdOf } from "./seal-text.ts";
import { keyIdName, Vault } from "./vault.ts";

const serverKeyPlace = { tenant: "", holder: "setting", name: "server.key", path: "" } as const;

/**
 * The vault of a store: with its key, which is made for a new store.
 *
 * @throws {StoreError} `wrong-key` when the key is missing or another's.
 */
export async function openVault(store: StoreHandle, place: KeyPlace): Promise<Vault> {
  const settings = new Settings(store);
  const before = await settings.get(keyIdName);
  const key = keyFor(place, before);
  const vault = new Vault(key, () => readKey(place, false));
  const keyId = await settings.getOrPut(keyIdName, () => vault.keyId);
  if (keyId !== vault.keyId)
    throw new StoreError("wrong-key", `the key in ${place.path} is not the one this store was sealed with`);
  await sealAnew(store, vault);
  return vault;
}

/** A rotation that was cut off after the store was under the new key, and before its file was in place, ends here. */
function keyFor(place: KeyPlace, keyId: string | undefined): Buffer {
  const key = readKey(place, keyId === undefined);
  if (keyId === undefined || keyIdOf(key) === keyId || !place.own || !existsSync(nextKeyPath(place)))
    return key;
  const next = readKey({ path: nextKeyPath(place), own: true }, false);
  if (keyIdOf(next) !== keyId) return key;
  takeNextKey(place);
  return next;
}

/** Secrets of stores from before tenants had keys come under their tenant's. */
async function sealAnew(store: StoreHandle, vault: Vault): Promise<void> {
  if ((await new Settings(store).get("vault.version")) === "2") return;
  await store.transaction(async (inside) => {
    const settings = new Settings(inside);
    await new Secrets(inside, vault).sealAnew();
    const serverKey = await settings.get(serverKeyPlace.name);
    if (serverKey !== undefined) {
      const plain = await vault.open(inside, serverKey, serverKeyPlace);
      await settings.put(serverKeyPlace.name, await vault.seal(inside, plain, serverKeyPlace));
    }
    await settings.put("vault.version", "2");
  });
}

export interface RotatedKey {
  readonly keyId: string;
  /** How many keys of tenants it wraps. */
  readonly tenants: number;
  /** Where the new key lies. */
  readonly path: string;
}

/**
 * Puts the store under a new key. Our own file is replaced; for a key that is kept elsewhere the new one is written to
 * `to`, and whoever keeps it puts it in place. A server that runs beside takes the new key by itself.
 *
 * @throws {StoreError} when the old key is not the store's, or a file cannot be written.
 */
export async function rotateKey(store: StoreHandle, place: KeyPlace, to?: string): Promise<RotatedKey> {
  const vault = await openVault(store, place);
  if (!place.own && to === undefined)
    throw new StoreError(
      "wrong-key",
      `${place.path} is not ours to replace: say where the new key shall be written`,
    );
  const path = to ?? nextKeyPath(place);
  if (to !== undefined && existsSync(to)) throw new StoreError("cannot-open", `${to} is there already`);
  const next = new Vault(makeNextKey(path));
  const tenants = await store.transaction(async (inside) => {
    await new Settings(inside).put(keyIdName, next.keyId);
    return vault.rewrap(inside, next);
  });
  if (to !== undefined) return { keyId: next.keyId, tenants, path };
  takeNextKey(place);
  return { keyId: next.keyId, tenants, path: place.path };
}

/** The key of the device tokens, made at first use. */
export async function openServerKey(store: StoreHandle, vault: Vault, make: () => string): Promise<Buffer> {
  const sealed = await store.transaction(async (inside) => {
    const settings = new Settings(inside);
    const known = await settings.get(serverKeyPlace.name);
    if (known !== undefined) return known;
    const fresh = await vault.seal(inside, make(), serverKeyPlace);
    await settings.put(serverKeyPlace.name, fresh);
    return fresh;
  });
  return Buffer.from(await vault.open(store, sealed, serverKeyPlace), "base64url");
}
