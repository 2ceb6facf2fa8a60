import { X509Certificate } from "node:crypto";
import { mkdir, rename, writeFile } from "node:fs/promises";
import { Agent } from "node:https";
import { join } from "node:path";
import { axios, Client, crypto as acmeCrypto } from "acme-client";
import { readText } from "./certificate-files.ts";

/** What an authority that speaks ACME (RFC 8555) is asked for. */
export interface AcmeWish {
  readonly directory: string;
  readonly email: string;
  readonly names: readonly string[];
  /** Where `acme.pem`, `acme.key` and `acme-account.key` are kept. */
  readonly folder: string;
  /** PEM; where the directory's own certificate is by a private authority. */
  readonly ca?: string;
  /** Answers to HTTP-01 (RFC 8555 section 8.3), by token; the plain door shows them while an order is under way. */
  readonly answers: Map<string, string>;
}

export const acmePath = "/.well-known/acme-challenge/";

export function acmeFiles(folder: string): { readonly cert: string; readonly key: string } {
  return { cert: join(folder, "acme.pem"), key: join(folder, "acme.key") };
}

/** Orders when the last third of the certificate's life has begun, for other names, or where there is none. */
export async function acmeIsDue(wish: AcmeWish, now: number): Promise<boolean> {
  const pem = await readText(acmeFiles(wish.folder).cert);
  if (pem === undefined) return true;
  const certificate = new X509Certificate(pem);
  if (!wish.names.every((name) => certificate.checkHost(name) !== undefined)) return true;
  const end = new Date(certificate.validTo).getTime();
  return now >= end - (end - new Date(certificate.validFrom).getTime()) / 3;
}

/**
 * Orders a certificate and keeps it.
 *
 * @throws what the authority or the network said; what was kept before stays.
 */
export async function orderCertificate(wish: AcmeWish): Promise<void> {
  // The client has no setting of its own for whom it trusts.
  if (wish.ca !== undefined) axios.defaults.httpsAgent = new Agent({ ca: wish.ca });
  await mkdir(wish.folder, { recursive: true, mode: 0o700 });
  const client = new Client({ directoryUrl: wish.directory, accountKey: await accountKey(wish.folder) });
  const key = await acmeCrypto.createPrivateEcdsaKey("P-256");
  const [commonName = ""] = wish.names;
  const [, csr] = await acmeCrypto.createCsr({ commonName, altNames: [...wish.names] }, key);
  const cert = await client.auto({
    csr,
    email: wish.email,
    termsOfServiceAgreed: true,
    // The authority looks for itself; from here the name may lead elsewhere.
    skipChallengeVerification: true,
    challengePriority: ["http-01"],
    challengeCreateFn: async (_authz, { token }, answer) => wish.answers.set(token, answer),
    challengeRemoveFn: async (_authz, { token }) => wish.answers.delete(token),
  });
  const files = acmeFiles(wish.folder);
  await writeWhole(files.key, key.toString(), 0o600);
  await writeWhole(files.cert, cert, 0o644);
}

async function accountKey(folder: string): Promise<string> {
  const path = join(folder, "acme-account.key");
  const known = await readText(path);
  if (known !== undefined) return known;
  const made = (await acmeCrypto.createPrivateEcdsaKey("P-256")).toString();
  await writeWhole(path, made, 0o600);
  return made;
}

async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  await writeFile(`${path}.new`, text, { mode });
  await rename(`${path}.new`, path);
}
