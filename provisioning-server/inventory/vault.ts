import { createSecretKey, randomBytes, type KeyObject } from "node:crypto";
import type { StoreHandle } from "../store/open-store.ts";
import type { Sealing, SecretPlace } from "../store/sealing.ts";
import { Settings } from "../store/settings.ts";
import { StoreError } from "../store/store-error.ts";
import { TenantKeys, type WrappedKey } from "../store/tenant-keys.ts";
import { keyBytes } from "./key-file.ts";
import { keyIdOf, openText, sealText } from "./seal-text.ts";

/** The setting that says which key the store is under. */
export const keyIdName = "vault.key-id";

/**
 * Seals secrets in an envelope: the installation's key wraps a key per tenant, which seals. A secret is
 * `v2.<tenant key>.<nonce>.<ciphertext and tag>`, bound to its place; a wrapped key is `w1.<key>.<nonce>.<…>`. So another
 * key of the installation means to wrap a few keys anew, and no secret is touched.
 */
export class Vault implements Sealing {
  #kek: KeyObject;
  #keyId: string;
  readonly #reread: (() => Uint8Array) | undefined;
  /** By tenant and id. A key object: made from octets anew for each secret, it would cost ten times the decryption. */
  readonly #opened = new Map<string, KeyObject>();

  /**
   * @param reread reads the installation's key again: another process may have rotated it meanwhile
   * @throws when the key is not 32 octets.
   */
  constructor(key: Uint8Array, reread?: () => Uint8Array) {
    if (key.length !== keyBytes)
      throw new Error(`a vault key has ${keyBytes} octets, this has ${key.length}`);
    this.#kek = createSecretKey(key);
    this.#keyId = keyIdOf(key);
    this.#reread = reread;
  }

  /** Of the installation's key. */
  get keyId(): string {
    return this.#keyId;
  }

  async seal(store: StoreHandle, plain: string, place: SecretPlace): Promise<string> {
    const keys = new TenantKeys(store);
    const known = await keys.newest(place.tenant);
    const { id, key } = this.#unwrap(known ?? (await this.#make(store, place.tenant)));
    return `v2.${id}.${sealText(key, Buffer.from(plain, "utf8"), placeText("v2|", place))}`;
  }

  /** @throws {StoreError} `wrong-key` when it was sealed with another key, moved, or damaged. */
  async open(store: StoreHandle, sealed: string, place: SecretPlace): Promise<string> {
    const [version = "", id = "", ...rest] = sealed.split(".");
    const where = `${place.holder} ${place.name} ${place.path}`;
    const key = version === "v1" ? this.#oldKey(id) : await this.#keyOf(store, place.tenant, id);
    if (key === undefined || (version !== "v1" && version !== "v2"))
      throw new StoreError("wrong-key", `the secret of ${where} was sealed with another key`);
    const text = placeText(version === "v1" ? "" : "v2|", place);
    const plain = openText(key, rest.join("."), text);
    if (plain === undefined)
      throw new StoreError("wrong-key", `the secret of ${where} is damaged or was moved`);
    return plain.toString("utf8");
  }

  /** Wraps every tenant's key with another key of the installation, in the caller's transaction; returns how many. */
  async rewrap(inside: StoreHandle, next: Vault): Promise<number> {
    const keys = new TenantKeys(inside);
    const all = await keys.all();
    for (const { tenant, id, wrapped } of all) {
      const { octets } = this.#unwrap({ tenant, id, wrapped });
      await keys.put({ tenant, id, wrapped: next.#wrap(tenant, id, octets) });
    }
    return all.length;
  }

  /** Before there were tenants' keys, the installation's own sealed. */
  #oldKey(id: string): KeyObject | undefined {
    return id === this.#keyId ? this.#kek : undefined;
  }

  async #keyOf(store: StoreHandle, tenant: string, id: string): Promise<KeyObject | undefined> {
    const opened = this.#opened.get(`${tenant} ${id}`);
    if (opened !== undefined) return opened;
    const wrapped = await new TenantKeys(store).find(tenant, id);
    return wrapped === undefined ? undefined : this.#unwrap(wrapped).key;
  }

  async #make(store: StoreHandle, tenant: string): Promise<WrappedKey> {
    // Wrapped with a key that was rotated away meanwhile, it would be lost with that key.
    const inForce = await new Settings(store).get(keyIdName);
    if (inForce !== undefined && inForce !== this.#keyId) this.#takeRotated(inForce);
    const octets = randomBytes(keyBytes);
    const id = keyIdOf(octets);
    const made = { tenant, id, wrapped: this.#wrap(tenant, id, octets) };
    await new TenantKeys(store).put(made);
    return made;
  }

  #wrap(tenant: string, id: string, octets: Uint8Array): string {
    return `w1.${this.#keyId}.${sealText(this.#kek, octets, `key|${tenant}|${id}`)}`;
  }

  /** @throws {StoreError} `wrong-key` when it was wrapped with a key that we do not have, or was changed. */
  #unwrap({ tenant, id, wrapped }: WrappedKey): { id: string; key: KeyObject; octets: Uint8Array } {
    const [, keyId = "", ...rest] = wrapped.split(".");
    if (keyId !== this.#keyId) this.#takeRotated(keyId);
    const octets = openText(this.#kek, rest.join("."), `key|${tenant}|${id}`);
    if (octets === undefined)
      throw new StoreError(
        "wrong-key",
        `the key of tenant "${tenant}" is damaged or was wrapped by another key`,
      );
    const key = this.#opened.get(`${tenant} ${id}`) ?? createSecretKey(octets);
    this.#opened.set(`${tenant} ${id}`, key);
    return { id, key, octets };
  }

  #takeRotated(keyId: string): void {
    const key = this.#reread?.();
    if (key === undefined || keyIdOf(key) !== keyId)
      throw new StoreError("wrong-key", "the key of the store was changed: give the new one and start again");
    this.#kek = createSecretKey(key);
    this.#keyId = keyId;
  }
}

function placeText(version: string, place: SecretPlace): string {
  return `${version}${place.tenant}|${place.holder}|${place.name}|${place.path}`;
}
