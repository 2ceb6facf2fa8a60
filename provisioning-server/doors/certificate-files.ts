import { createPrivateKey, randomBytes, X509Certificate } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createSecureContext } from "node:tls";
import { decoded, mismatch, type Decoded } from "../../protocol/decoded.ts";

/** A certificate with its chain, and its key; PEM. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
  /** End of the certificate, ms since 1970. */
  readonly notAfter: number;
}

/** Reads a certificate and its key; refuses what is no pair, or is over. */
export async function readCertificateFiles(
  paths: { readonly cert: string; readonly key: string },
  now: number,
): Promise<Decoded<CertificateFiles>> {
  const cert = await readText(paths.cert);
  const key = await readText(paths.key);
  if (cert === undefined) return mismatch(paths.cert, "a file that can be read", "none");
  if (key === undefined) return mismatch(paths.key, "a file that can be read", "none");
  return checkPair(paths, cert, key, now);
}

function checkPair(
  paths: { readonly cert: string; readonly key: string },
  cert: string,
  key: string,
  now: number,
): Decoded<CertificateFiles> {
  const certificate = tried(() => new X509Certificate(cert));
  if (certificate === undefined) return mismatch(paths.cert, "a certificate (PEM)", "something else");
  const privateKey = tried(() => createPrivateKey(key));
  if (privateKey === undefined) return mismatch(paths.key, "a private key (PEM)", "something else");
  if (!certificate.checkPrivateKey(privateKey))
    return mismatch(paths.key, "the key of the certificate", "another key");
  const notAfter = new Date(certificate.validTo).getTime();
  if (notAfter <= now)
    return mismatch(paths.cert, "a certificate that is valid", `one that ended ${certificate.validTo}`);
  if (tried(() => createSecureContext({ cert, key })) === undefined)
    return mismatch(paths.cert, "a certificate that TLS takes", "one it refuses (a key too short?)");
  return decoded({ cert, key, notAfter });
}

function tried<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

/** Undefined where it cannot be read. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return undefined;
  }
}

/** 32 octets, made once, from which the doors' keys come (session tickets, nonces): the same at each start. */
export async function ensureDoorSecret(folder: string): Promise<Buffer> {
  const path = join(folder, "door.key");
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const known = Buffer.from((await readText(path)) ?? "", "base64url");
  if (known.length === 32) return known;
  const secret = randomBytes(32);
  await writeFile(path, secret.toString("base64url"), { mode: 0o600 });
  return secret;
}
