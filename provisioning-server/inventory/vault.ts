import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createSecretKey,
  randomBytes,
  type KeyObject,
} from "node:crypto";
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import type { Sealing, SecretPlace } from "../store/sealing.ts";
import { StoreError } from "../store/store-error.ts";

const keyBytes = 32;
const nonceBytes = 12;
const tagBytes = 16;
/** The key's file in the data folder: 32 octets in base64url. Without it the secrets in the store are lost: back up both. */
export const keyFileName = "vault.key";

/** Seals secrets with AES-256-GCM: `v1.<key id>.<nonce>.<ciphertext and tag>`, base64url, bound to their place. */
export class Vault implements Sealing {
  /** A key object: made from octets anew for each secret, it would cost ten times the decryption. */
  readonly #key: KeyObject;
  /** Tells keys apart without telling anything of them. */
  readonly keyId: string;

  /** @throws when the key is not 32 octets. */
  constructor(key: Uint8Array) {
    if (key.length !== keyBytes)
      throw new Error(`a vault key has ${keyBytes} octets, this has ${key.length}`);
    this.#key = createSecretKey(key);
    this.keyId = createHash("sha256")
      .update("offhook vault key id\n")
      .update(key)
      .digest("base64url")
      .slice(0, 8);
  }

  seal(plain: string, place: SecretPlace): string {
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv("aes-256-gcm", this.#key, nonce, { authTagLength: tagBytes });
    cipher.setAAD(placeBytes(place));
    const sealed = Buffer.concat([cipher.update(plain, "utf8"), cipher.final(), cipher.getAuthTag()]);
    return `v1.${this.keyId}.${nonce.toString("base64url")}.${sealed.toString("base64url")}`;
  }

  /** @throws {StoreError} `wrong-key` when it was sealed with another key, moved, or damaged. */
  open(sealed: string, place: SecretPlace): string {
    const [version, keyId, nonceText = "", bodyText = ""] = sealed.split(".");
    const body = Buffer.from(bodyText, "base64url");
    const where = `${place.holder} ${place.name} ${place.path}`;
    if (version !== "v1" || keyId !== this.keyId || body.length < tagBytes)
      throw new StoreError(
        "wrong-key",
        `the secret of ${where} was sealed with another key (${keyFileName})`,
      );
    try {
      const nonce = Buffer.from(nonceText, "base64url");
      const decipher = createDecipheriv("aes-256-gcm", this.#key, nonce, { authTagLength: tagBytes });
      decipher.setAAD(placeBytes(place));
      decipher.setAuthTag(body.subarray(-tagBytes));
      return Buffer.concat([decipher.update(body.subarray(0, -tagBytes)), decipher.final()]).toString("utf8");
    } catch (error) {
      throw new StoreError("wrong-key", `the secret of ${where} is damaged or was moved`, { cause: error });
    }
  }
}

function placeBytes(place: SecretPlace): Buffer {
  return Buffer.from(`${place.tenant}|${place.holder}|${place.name}|${place.path}`, "utf8");
}

/**
 * The vault of a data folder; its key file is made (mode 0600) when there is none and `mayMake`: a new key beside an
 * old store would open nothing in it.
 *
 * @throws {StoreError} when the file is missing, cannot be read or written, or holds no key.
 */
export function openVault(dataFolder: string, mayMake: boolean): Vault {
  const path = join(dataFolder, keyFileName);
  try {
    const text = readIfThere(path) ?? (mayMake ? makeKeyFile(path, dataFolder) : undefined);
    if (text === undefined)
      throw new StoreError(
        "wrong-key",
        `${path} is missing and the store has secrets under it; restore it from a backup`,
      );
    const key = Buffer.from(text.trim(), "base64url");
    if (key.length !== keyBytes)
      throw new StoreError(
        "wrong-key",
        `${path} holds no key of ${keyBytes} octets; restore it from a backup`,
      );
    return new Vault(key);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new StoreError("cannot-open", `cannot read or make the key file: ${why}`, { cause: error });
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** Written beside and linked into place: a key file is whole or not there, and of two that start at once one wins. */
function makeKeyFile(path: string, folder: string): string {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const beside = `${path}.${randomBytes(6).toString("hex")}`;
  const file = openSync(beside, "wx", 0o600);
  try {
    writeSync(file, `${randomBytes(keyBytes).toString("base64url")}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    chmodSync(beside, 0o600);
    linkSync(beside, path);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    rmSync(beside, { force: true });
  }
  return readFileSync(path, "utf8");
}
