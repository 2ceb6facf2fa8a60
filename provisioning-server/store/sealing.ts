/** Where a secret lives. It is bound into the sealed text, so that one moved to another row does not open there. */
export interface SecretPlace {
  readonly tenant: string;
  readonly holder: "device" | "site" | "setting" | "change" | "served";
  /** MAC, site id, name of the setting, or id of the change. */
  readonly name: string;
  /** JSON pointer into the document. */
  readonly path: string;
}

/** What seals secrets before they reach the store, and opens them; inventory/vault.ts is one. */
export interface Sealing {
  seal(plain: string, place: SecretPlace): string;
  /** @throws when the text was not sealed by this key for this place. */
  open(sealed: string, place: SecretPlace): string;
}
