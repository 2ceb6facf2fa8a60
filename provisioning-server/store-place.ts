import { readFileSync } from "node:fs";
import { join } from "node:path";
import { StoreError } from "./store/store-error.ts";

type Environment = Readonly<Record<string, string | undefined>>;

export const storeFileName = "offhook.sqlite";

/**
 * Where the store is: the PostgreSQL that OFFHOOK_STORE names, or whose address is in the file of OFFHOOK_STORE_FILE (for
 * an address with a password); else a file in the data folder.
 *
 * @throws {StoreError} with a sentence, where the file cannot be read or holds no such address.
 */
export function storePlace(data: string, environment: Environment): string {
  const { OFFHOOK_STORE: url, OFFHOOK_STORE_FILE: file } = environment;
  if (url !== undefined && url !== "") return checked("OFFHOOK_STORE", url);
  if (file !== undefined && file !== "") return checked(`OFFHOOK_STORE_FILE (${file})`, readUrl(file));
  return join(data, storeFileName);
}

/** Nothing of the address is told: it may hold a password. */
function checked(place: string, url: string): string {
  if (/^postgres(?:ql)?:\/\//.test(url) && URL.canParse(url)) return url;
  throw new StoreError(
    "cannot-open",
    `${place}: expected an address such as postgres://offhook@db.example/offhook`,
  );
}

function readUrl(file: string): string {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new StoreError("cannot-open", `OFFHOOK_STORE_FILE: ${why}`, { cause: error });
  }
}
