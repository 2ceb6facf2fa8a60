import { decoded, mismatch, type Decoded } from "../decoded.ts";
import { isSrtpSuite, masterKeyLength, masterSaltLength, type SrtpMaster } from "./suite.ts";

// RFC 4568: a=crypto:<tag> <suite> inline:<base64 of key and salt>[|lifetime][|MKI:length] [session parameters]

export interface CryptoAttribute {
  /** The answer repeats the tag of the line that it takes. */
  readonly tag: number;
  readonly master: SrtpMaster;
  /** Session parameters that change the protection (UNENCRYPTED_SRTP and the like) and that we do not speak. */
  readonly parameters: readonly string[];
}

/** Reads the value of one `a=crypto` line. A refusal never shows key material. */
export function decodeCryptoAttribute(value: string): Decoded<CryptoAttribute> {
  const [tag = "", suite = "", keys = "", ...parameters] = value.trim().split(/\s+/u);
  if (!/^\d{1,9}$/u.test(tag)) return mismatch("tag", "a number", tag);
  if (!isSrtpSuite(suite)) return mismatch("suite", "AES_CM_128_HMAC_SHA1_80 or _32", suite);
  // A second key would follow a semicolon, and need an MKI to be told apart.
  const [inline = "", second] = keys.split(";");
  if (second !== undefined) return mismatch("keys", "one key", "several");
  const [material = "", ...more] = inline.split("|");
  if (!material.startsWith("inline:")) return mismatch("keys", "`inline:`", "another method");
  if (more.some((part) => part.includes(":"))) return mismatch("keys", "no MKI", "an MKI");
  const text = material.slice("inline:".length);
  const bytes = Buffer.from(text, "base64");
  const length = masterKeyLength + masterSaltLength;
  if (!/^[A-Za-z0-9+/]+={0,2}$/u.test(text) || bytes.length !== length)
    return mismatch("keys", `base64 of ${length} octets`, `${bytes.length} octets`);
  const key = Uint8Array.from(bytes.subarray(0, masterKeyLength));
  const salt = Uint8Array.from(bytes.subarray(masterKeyLength));
  return decoded({ tag: Number(tag), master: { suite, key, salt }, parameters });
}

/** The value of an `a=crypto` line. */
export function encodeCryptoAttribute(tag: number, { suite, key, salt }: SrtpMaster): string {
  return `${tag} ${suite} inline:${Buffer.concat([key, salt]).toString("base64")}`;
}

/** A new master key of `random` octets (node:crypto's randomBytes). */
export function newSrtpMaster(
  suite: SrtpMaster["suite"],
  random: (length: number) => Uint8Array,
): SrtpMaster {
  return { suite, key: random(masterKeyLength), salt: random(masterSaltLength) };
}
