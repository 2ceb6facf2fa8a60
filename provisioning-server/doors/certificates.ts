import "reflect-metadata"; // @peculiar/x509 needs it, and before itself
import { createHash, createPublicKey, randomBytes, webcrypto, X509Certificate } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import * as x509 from "@peculiar/x509";

/** A server certificate with its key, and the CA that signed it; all PEM. */
export interface CertificateChain {
  readonly caPem: string;
  readonly cert: string;
  readonly key: string;
}

export interface Certificates extends CertificateChain {
  /** The same names by an RSA CA of its own: for phones that know no ECDSA, neither in a handshake nor in a signature. */
  readonly rsa: CertificateChain;
  /** base64url SHA-256 of the server's public key (SPKI); stays the same over renewals. */
  readonly spkiPin: string;
  /** End of the server's certificate, ms since 1970. */
  readonly notAfter: number;
}

export interface CertificateWish {
  /** Where keys (mode 0600) and certificates are kept: `ca.pem`, `ca.key`, `server.pem`, `server.key`, and the same with `-rsa`. */
  readonly folder: string;
  /** Host names and addresses phones and agents reach this server by; the first is the one it is called by. */
  readonly names: readonly string[];
  readonly now: number;
}

/** A kind of key, and how the names of its files end. */
interface KeyKind {
  readonly algorithm: webcrypto.EcKeyAlgorithm | webcrypto.RsaHashedKeyGenParams;
  readonly suffix: string;
  readonly words: string;
  readonly usages: number;
}

/** Every phone with TLS 1.2 takes it, and a handshake costs a fraction of RSA's. */
const ecdsa: KeyKind = {
  algorithm: { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as webcrypto.EcKeyAlgorithm,
  suffix: "",
  words: "an ECDSA P-256 key",
  usages: x509.KeyUsageFlags.digitalSignature,
};
const rsa: KeyKind = {
  algorithm: {
    name: "RSASSA-PKCS1-v1_5",
    hash: "SHA-256",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  },
  suffix: "-rsa",
  words: "an RSA key",
  // Before ECDHE, the client's secret was encrypted with this key (RFC 5246 section 7.4.7.1).
  usages: x509.KeyUsageFlags.digitalSignature | x509.KeyUsageFlags.keyEncipherment,
};

const day = 86_400_000;
const caDays = 3652;
/** Apple and the browsers refuse more than 398. */
const serverDays = 397;
const renewBefore = 30 * day;

interface Signer {
  readonly certificate: x509.X509Certificate;
  readonly keys: webcrypto.CryptoKeyPair;
}

/**
 * Makes what is missing in `folder`, and a new server certificate when the old one ends within 30 days, is for other
 * names or of another CA; its key stays, so that pins hold.
 * @throws when the folder cannot be written, or a file in it is no key or certificate (it is never overwritten then).
 */
export async function ensureCertificates(wish: CertificateWish): Promise<Certificates> {
  if (wish.names.length === 0) throw new Error("ensureCertificates needs at least one name");
  await mkdir(wish.folder, { recursive: true, mode: 0o700 });
  const [main, old] = await Promise.all([ensureChain(wish, ecdsa), ensureChain(wish, rsa)]);
  const spki = new X509Certificate(main.cert).publicKey.export({ type: "spki", format: "der" });
  return {
    ...main,
    rsa: old,
    spkiPin: createHash("sha256").update(spki).digest("base64url"),
    notAfter: new Date(new X509Certificate(main.cert).validTo).getTime(),
  };
}

async function ensureChain(wish: CertificateWish, kind: KeyKind): Promise<CertificateChain> {
  const ca = await ensureCa(wish, kind);
  const keys = await ensureKeys(join(wish.folder, `server${kind.suffix}.key`), kind);
  const server = await ensureServer(wish, kind, ca, keys);
  return {
    caPem: ca.certificate.toString("pem"),
    cert: server.toString("pem"),
    key: await exportKey(keys),
  };
}

async function ensureCa(wish: CertificateWish, kind: KeyKind): Promise<Signer> {
  const keys = await ensureKeys(join(wish.folder, `ca${kind.suffix}.key`), kind);
  const path = join(wish.folder, `ca${kind.suffix}.pem`);
  const old = await readCertificate(path);
  if (old !== undefined && old.notAfter.getTime() > wish.now && (await isOfKeys(old, keys)))
    return { certificate: old, keys };
  const certificate = await makeCa(wish, kind, keys);
  await writeWhole(path, certificate.toString("pem"), 0o644);
  return { certificate, keys };
}

async function makeCa(
  wish: CertificateWish,
  kind: KeyKind,
  keys: webcrypto.CryptoKeyPair,
): Promise<x509.X509Certificate> {
  const mark = randomBytes(3).toString("hex"); // tells the CAs of two installations apart in a phone's list
  return x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: serial(),
    name: `CN=Offhook CA${kind === rsa ? " RSA" : ""} ${mark}, O=Offhook`,
    notBefore: new Date(wish.now - day),
    notAfter: new Date(wish.now + caDays * day),
    signingAlgorithm: kind.algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
}

async function ensureServer(
  wish: CertificateWish,
  kind: KeyKind,
  ca: Signer,
  keys: webcrypto.CryptoKeyPair,
): Promise<x509.X509Certificate> {
  const path = join(wish.folder, `server${kind.suffix}.pem`);
  const old = await readCertificate(path);
  if (old !== undefined && (await stillGood(old, wish, ca, keys))) return old;
  const certificate = await makeServer(wish, kind, ca, keys);
  await writeWhole(path, certificate.toString("pem"), 0o644);
  return certificate;
}

async function stillGood(
  old: x509.X509Certificate,
  wish: CertificateWish,
  ca: Signer,
  keys: webcrypto.CryptoKeyPair,
): Promise<boolean> {
  if (old.notAfter.getTime() - wish.now < renewBefore || old.notBefore.getTime() > wish.now) return false;
  const names = new Set(subjectNames(old));
  if (names.size !== new Set(wish.names).size || !wish.names.every((name) => names.has(name))) return false;
  return (await isOfKeys(old, keys)) && new X509Certificate(old.toString("pem")).verify(nodeKey(ca));
}

async function makeServer(
  wish: CertificateWish,
  kind: KeyKind,
  ca: Signer,
  keys: webcrypto.CryptoKeyPair,
): Promise<x509.X509Certificate> {
  const end = Math.min(wish.now + serverDays * day, ca.certificate.notAfter.getTime());
  return x509.X509CertificateGenerator.create({
    serialNumber: serial(),
    subject: [{ CN: [(wish.names[0] ?? "").slice(0, 64)] }],
    issuer: ca.certificate.subject,
    notBefore: new Date(Math.min(wish.now, end) - day),
    notAfter: new Date(end),
    signingAlgorithm: kind.algorithm,
    publicKey: keys.publicKey,
    signingKey: ca.keys.privateKey,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(kind.usages, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension(wish.names.flatMap(subjectAltName)),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      await x509.AuthorityKeyIdentifierExtension.create(ca.certificate),
    ],
  });
}

/** Old TLS stacks (mbed TLS 2, in Linphone and others) look for an address among the DNS names alone: it stands in both. */
function subjectAltName(name: string): { type: "dns" | "ip"; value: string }[] {
  const dns = { type: "dns", value: name } as const;
  return isIP(name) === 0 ? [dns] : [{ type: "ip", value: name }, dns];
}

function subjectNames(certificate: x509.X509Certificate): string[] {
  const extension = certificate.getExtension(x509.SubjectAlternativeNameExtension);
  return [...new Set(extension?.names.toJSON().map((name) => name.value) ?? [])];
}

function nodeKey(ca: Signer) {
  return new X509Certificate(ca.certificate.toString("pem")).publicKey;
}

async function isOfKeys(certificate: x509.X509Certificate, keys: webcrypto.CryptoKeyPair): Promise<boolean> {
  const spki = Buffer.from(await webcrypto.subtle.exportKey("spki", keys.publicKey));
  return spki.equals(Buffer.from(certificate.publicKey.rawData));
}

/** 128 random bits, positive (RFC 5280 section 4.1.2.2). */
function serial(): string {
  return `01${randomBytes(15).toString("hex")}`;
}

async function ensureKeys(path: string, kind: KeyKind): Promise<webcrypto.CryptoKeyPair> {
  const pem = await readIfThere(path);
  if (pem !== undefined) return importKeys(path, pem, kind);
  const keys = await webcrypto.subtle.generateKey(kind.algorithm, true, ["sign", "verify"]);
  await writeWhole(path, await exportKey(keys), 0o600);
  return keys;
}

async function importKeys(path: string, pem: string, kind: KeyKind): Promise<webcrypto.CryptoKeyPair> {
  try {
    const raw = x509.PemConverter.decodeFirst(pem);
    const privateKey = await webcrypto.subtle.importKey("pkcs8", raw, kind.algorithm, true, ["sign"]);
    const spki = createPublicKey(pem).export({ type: "spki", format: "der" });
    const publicKey = await webcrypto.subtle.importKey("spki", spki, kind.algorithm, true, ["verify"]);
    return { privateKey, publicKey };
  } catch (error) {
    throw new Error(`${path}: expected ${kind.words} (PKCS #8, PEM), found something else`, {
      cause: error,
    });
  }
}

async function exportKey(keys: webcrypto.CryptoKeyPair): Promise<string> {
  const raw = await webcrypto.subtle.exportKey("pkcs8", keys.privateKey);
  return `${x509.PemConverter.encode(raw, "PRIVATE KEY")}\n`;
}

async function readCertificate(path: string): Promise<x509.X509Certificate | undefined> {
  const pem = await readIfThere(path);
  if (pem === undefined) return undefined;
  try {
    return new x509.X509Certificate(pem);
  } catch (error) {
    throw new Error(`${path}: expected a certificate (PEM), found something else`, { cause: error });
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** All or nothing: a power cut leaves the old file or the new one. */
async function writeWhole(path: string, text: string, mode: number): Promise<void> {
  const next = `${path}.new`;
  await writeFile(next, text, { mode });
  await rename(next, path);
}
