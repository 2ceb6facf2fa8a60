import type { StoreHandle } from "./open-store.ts";

/** Where a secret lives. It is bound into the sealed text, so that one moved to another row does not open there. */
export interface SecretPlace {
  readonly tenant: string;
  readonly holder: "device" | "site" | "tenant" | "setting" | "reply" | "change" | "served";
  /** MAC, site or tenant id, name of the setting, or id of the change. */
  readonly name: string;
  /** JSON pointer into the document. */
  readonly path: string;
}

/**
 * What seals secrets before they reach the store, and opens them; inventory/vault.ts is one. `store` is the handle of the
 * transaction that the secret is written in: the tenant's key is made in the same one.
 */
export interface Sealing {
  seal(store: StoreHandle, plain: string, place: SecretPlace): Promise<string>;
  /** @throws when the text was not sealed with this tenant's key for this place. */
  open(store: StoreHandle, sealed: string, place: SecretPlace): Promise<string>;
}
