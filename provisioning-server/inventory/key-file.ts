import { randomBytes } from "node:crypto";
import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { StoreError } from "../store/store-error.ts";

export const keyBytes = 32;
/** The key's file in the data folder: 32 octets in base64url. Without it the secrets in the store are lost: back up both. */
export const keyFileName = "vault.key";

/** Where the key of the installation's secrets lies. */
export interface KeyPlace {
  readonly path: string;
  /** Whether it is ours to make and to replace: not so for a file that somebody else keeps, or a credential of systemd. */
  readonly own: boolean;
}

/** OFFHOOK_KEY_FILE, else the credential `kek` of systemd (LoadCredential=kek:…), else the file in the data folder. */
export function keyPlace(data: string, environment: Readonly<Record<string, string | undefined>>): KeyPlace {
  const { OFFHOOK_KEY_FILE: file = "", CREDENTIALS_DIRECTORY: credentials = "" } = environment;
  if (file !== "") return { path: file, own: false };
  const credential = join(credentials, "kek");
  if (credentials !== "" && existsSync(credential)) return { path: credential, own: false };
  return { path: join(data, keyFileName), own: true };
}

/**
 * The key; made (mode 0600) when there is none and `mayMake`: a new key beside an old store would open nothing in it.
 *
 * @throws {StoreError} when the file is missing, cannot be read or written, or holds no key.
 */
export function readKey({ path, own }: KeyPlace, mayMake: boolean): Buffer {
  const text = inWords(() => readIfThere(path) ?? (mayMake && own ? makeKeyFile(path) : undefined));
  if (text === undefined)
    throw new StoreError(
      "wrong-key",
      own && !mayMake
        ? `${path} is missing and the store has secrets under it; restore it from a backup`
        : `${path} is missing: \`head -c 32 /dev/urandom | basenc --base64url\` makes a key`,
    );
  return keyIn(text, path);
}

/** A new key that lies beside the one in force, until the store is under it. */
export function makeNextKey(path: string): Buffer {
  rmSync(path, { force: true });
  return keyIn(
    inWords(() => makeKeyFile(path)),
    path,
  );
}

export const nextKeyPath = ({ path }: KeyPlace): string => `${path}.new`;

/** The new key takes the old one's place. */
export function takeNextKey(place: KeyPlace): void {
  inWords(() => renameSync(nextKeyPath(place), place.path));
}

function keyIn(text: string, path: string): Buffer {
  const key = Buffer.from(text.trim(), "base64url");
  if (key.length === keyBytes) return key;
  throw new StoreError("wrong-key", `${path} holds no key of ${keyBytes} octets; restore it from a backup`);
}

function inWords<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
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
function makeKeyFile(path: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
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
