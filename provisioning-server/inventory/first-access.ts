import { createHash, randomBytes } from "node:crypto";
import type { Device } from "../../protocol/device.ts";
import { Secret } from "../../protocol/secret.ts";
import type { FirstAccess, FirstAccessToken } from "../answer/first-access.ts";
import { BoundedMap } from "../claims/bounded-map.ts";
import { FirstAccessRows } from "../store/first-access.ts";
import type { StoreHandle } from "../store/open-store.ts";

/** Characters that a person reads off paper and types into a phone: no capitals, nothing that looks like something else. */
const alphabet = "abcdefghijkmnpqrstuvwxyz23456789";
/** As long as a phone's own token, so that paths are read in one way: 110 bit of chance. */
const length = 22;
const shape = new RegExp(`^[${alphabet}]{${length}}$`);

/** A boot asks for one to three files of its own before it has its own token. */
export const firstAccessUses = 3;
export const firstAccessMs = 24 * 3_600_000;
/** A question that is asked again within the time of a SIP transaction is the same one (RFC 3261 section 17, timer F). */
const sameQuestionMs = 32_000;

const hashOf = (token: string): string => createHash("sha256").update(token).digest("hex");

function newToken(): string {
  return Array.from(randomBytes(length), (octet) => alphabet[octet % alphabet.length]).join("");
}

/** Makes a phone a token for its first access, in the place of the one it may have. It is shown this once: its hash is kept. */
export async function makeFirstAccess(
  store: StoreHandle,
  tenant: string,
  { mac, tokenGeneration }: Pick<Device, "mac" | "tokenGeneration">,
  now: number,
): Promise<{ readonly token: Secret; readonly expiresAt: number }> {
  const token = newToken();
  const expiresAt = now + firstAccessMs;
  const row = { tenant, mac, hash: hashOf(token), generation: tokenGeneration, expiresAt };
  await new FirstAccessRows(store).put({ ...row, usesLeft: firstAccessUses });
  return { token: new Secret(token), expiresAt };
}

/** What the answers ask about such tokens. Nothing of it is kept in memory: a use is spent in the store, or not had. */
export class StoredFirstAccess implements FirstAccess {
  readonly #store: StoreHandle;
  readonly #tenantOf: (device: Device) => Promise<string | undefined>;
  /** What phones that asked by multicast were told last. */
  readonly #told = new BoundedMap<string, { readonly token: Secret; readonly at: number }>(10_000);

  constructor(store: StoreHandle, tenantOf: (device: Device) => Promise<string | undefined>) {
    this.#store = store;
    this.#tenantOf = tenantOf;
  }

  /** The store is asked only for what has the shape of one. */
  async find(token: string): Promise<FirstAccessToken | undefined> {
    return shape.test(token) ? new FirstAccessRows(this.#store).byHash(hashOf(token)) : undefined;
  }

  spend(token: FirstAccessToken, at: number): Promise<boolean> {
    return new FirstAccessRows(this.#store).spend(token, at);
  }

  async handOut(device: Device, at: number): Promise<Secret | undefined> {
    const name = `${device.mac} ${device.tokenGeneration}`;
    const told = this.#told.get(name);
    if (told !== undefined && at - told.at < sameQuestionMs) return told.token;
    const tenant = await this.#tenantOf(device);
    if (tenant === undefined) return undefined;
    const { token } = await makeFirstAccess(this.#store, tenant, device, at);
    this.#told.set(name, { token, at });
    return token;
  }
}
