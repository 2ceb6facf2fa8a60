import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from "node:crypto";
import type { MacAddress } from "../../protocol/mac-address.ts";

const tokenLength = 22; // 16 octets in base64url without padding (RFC 4648 section 5)

/** Node looks at a key's octets for long, each time anew; at a key object it does not. */
const keyObjects = new WeakMap<Uint8Array, KeyObject>();

function keyObject(key: Uint8Array): KeyObject {
  const made = keyObjects.get(key) ?? createSecretKey(key);
  keyObjects.set(key, made);
  return made;
}

/** The device's own path segment, 128 bit: HMAC-SHA-256 over MAC and generation, cut (RFC 2104 section 5), base64url. */
export function deviceToken(key: Uint8Array, mac: MacAddress, generation: number): string {
  return createHmac("sha256", keyObject(key))
    .update(`offhook-device-token\n${mac}\n${generation}`)
    .digest()
    .subarray(0, 16)
    .toString("base64url");
}

/** Whether a token is the device's, in a time that does not depend on where they differ. */
export function tokenMatches(key: Uint8Array, mac: MacAddress, generation: number, token: string): boolean {
  const expected = Buffer.from(deviceToken(key, mac, generation));
  const found = Buffer.alloc(expected.length);
  const length = found.write(token);
  return timingSafeEqual(expected, found) && length === expected.length && token.length === expected.length;
}

/** Takes a token segment off the front of a path: `/<22 characters>/file` → token and `/file`. Where none, the path as it was. */
export function splitToken(path: string): { readonly token?: string; readonly path: string } {
  const match = /^\/+([A-Za-z0-9_-]+)(\/.*)$/s.exec(path);
  const segment = match?.[1];
  const rest = match?.[2];
  if (segment === undefined || rest === undefined || segment.length !== tokenLength) return { path };
  return { token: segment, path: rest };
}
