import { createCipheriv, createDecipheriv, createHash, randomBytes, type KeyObject } from "node:crypto";

const nonceBytes = 12;
const tagBytes = 16;

/** Text and octets sealed with AES-256-GCM: `<nonce>.<ciphertext and tag>`, base64url, bound to `about`. */
export function sealText(key: KeyObject, plain: Uint8Array, about: string): string {
  const nonce = randomBytes(nonceBytes);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.from(about, "utf8"));
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
  return `${nonce.toString("base64url")}.${sealed.toString("base64url")}`;
}

/** Undefined when it was sealed with another key, about something else, or was changed. */
export function openText(key: KeyObject, sealed: string, about: string): Buffer | undefined {
  const [nonceText = "", bodyText = ""] = sealed.split(".");
  const nonce = Buffer.from(nonceText, "base64url");
  const body = Buffer.from(bodyText, "base64url");
  if (nonce.length !== nonceBytes || body.length < tagBytes) return undefined;
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: tagBytes });
    decipher.setAAD(Buffer.from(about, "utf8"));
    decipher.setAuthTag(body.subarray(-tagBytes));
    return Buffer.concat([decipher.update(body.subarray(0, -tagBytes)), decipher.final()]);
  } catch {
    return undefined;
  }
}

/** Tells keys apart without telling anything of them. */
export function keyIdOf(key: Uint8Array): string {
  return createHash("sha256").update("offhook vault key id\n").update(key).digest("base64url").slice(0, 8);
}
