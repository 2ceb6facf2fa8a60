import { createHash, hkdfSync, randomBytes } from "node:crypto";
import { join } from "node:path";
import { mismatchSentence, decoded, mismatch, type Decoded } from "../../protocol/decoded.ts";
import { acmeFiles, acmeIsDue, type AcmeWish, orderCertificate } from "../doors/acme.ts";
import { ensureDoorSecret, readCertificateFiles, readText } from "../doors/certificate-files.ts";
import type { Certificates } from "../doors/certificates.ts";
import { DigestNonces } from "../doors/digest.ts";
import type { DoorCertificate, DoorTls } from "../doors/door-tls.ts";
import { type HttpsDoor, renewCertificate } from "../doors/https-door.ts";
import { type Maker, readMaker } from "../doors/maker.ts";
import type { PasswordChallenge } from "../doors/phone-http.ts";
import { lookAgain } from "./look-again.ts";
import type { ServerParts } from "./parts.ts";
import { serverCertificates } from "./server-certificates.ts";

/** What the phones' HTTPS door shows and whom it believes, read from files, and when its certificate ends. */
interface PhoneTls extends DoorTls {
  readonly ticketSecret: Uint8Array;
  readonly notAfter: number;
}

const hour = 3_600_000;

/**
 * Reads certificate and makers as the settings say.
 *
 * @throws with the sentence, so that the server does not start with half of it.
 */
export async function phoneTls(parts: ServerParts, own: Certificates): Promise<PhoneTls> {
  const read = await readPhoneTls(parts, own);
  if (read.ok) return read.value;
  throw new Error(mismatchSentence(read.why));
}

async function readPhoneTls(parts: ServerParts, own: Certificates): Promise<Decoded<PhoneTls>> {
  const ticketSecret = await ensureDoorSecret(folderOf(parts));
  const makers = await readMakers(parts);
  if (!makers.ok) return makers;
  const certificate = await readCertificate(parts, own);
  if (!certificate.ok) return certificate;
  return decoded({ ...certificate.value, ticketSecret, makers: makers.value });
}

const folderOf = ({ config }: ServerParts): string => join(config.data, "certificates");

async function readMakers({ config }: ServerParts): Promise<Decoded<Maker[]>> {
  const makers: Maker[] = [];
  for (const { vendor, ca, subject } of config.phones.makers) {
    const pem = await readText(ca);
    const maker = pem === undefined ? undefined : readMaker(vendor, pem, subject);
    if (maker === undefined) return mismatch(ca, "a file that can be read", "none");
    if (!maker.ok) return mismatch(`${ca}, ${maker.why.place}`, maker.why.expected, maker.why.found);
    makers.push(maker.value);
  }
  return decoded(makers);
}

/** Ours, until an ordered one is there, where one is ordered. */
async function readCertificate(
  parts: ServerParts,
  own: Certificates,
): Promise<Decoded<{ certificate: DoorCertificate; notAfter: number }>> {
  const { certificate: files, acme } = parts.config.phones;
  const { cert, key, caPem, rsa, notAfter } = own;
  const ours = { cert, key, ca: caPem, rsa: { cert: rsa.cert, key: rsa.key, ca: rsa.caPem } };
  const ordered = acme === undefined ? undefined : acmeFiles(folderOf(parts));
  const paths =
    files ?? (ordered !== undefined && (await readText(ordered.cert)) !== undefined ? ordered : undefined);
  if (paths === undefined) return decoded({ certificate: ours, notAfter });
  const read = await readCertificateFiles(paths, Date.now());
  if (!read.ok) return read;
  const { notAfter: end, ...pair } = read.value;
  return decoded({ certificate: { ...pair, ca: caPem }, notAfter: end });
}

/**
 * Looks at the files again and again, and at SIGHUP; what is new goes to connections to come, those that are open stay.
 * A bad file keeps the old ones and is told once.
 */
export function watchPhoneTls(parts: ServerParts, door: HttpsDoor, first: PhoneTls): void {
  const { log, metrics } = parts;
  let marked = markOf(first);
  let told = "";
  const tell = (end: number): void =>
    metrics.certificateExpiry.set(Math.round(end / 1000), { listener: "phones" });
  tell(first.notAfter);
  const look = async (): Promise<void> => {
    const read = await readPhoneTls(parts, await serverCertificates(parts));
    const problem = read.ok ? "" : mismatchSentence(read.why);
    if (problem !== "" && problem !== told)
      log.error({ event: "certificate", problem }, "the old certificate stays");
    told = problem;
    if (!read.ok || markOf(read.value) === marked) return;
    marked = markOf(read.value);
    renewCertificate(door, read.value, Date.now());
    tell(read.value.notAfter);
    log.info({ event: "certificate" }, "a new certificate, or new makers");
  };
  lookAgain(parts, look);
}

/** Another text when anything is new that TLS is told; the day, because session keys go by it. */
function markOf({ certificate, makers = [] }: DoorTls): string {
  const words = [
    certificate,
    makers.map(({ vendor, ca, subject }) => [vendor, ca, subject]),
    dayOf(Date.now()),
  ];
  return createHash("sha256").update(JSON.stringify(words)).digest("hex");
}

const dayOf = (now: number): number => Math.floor(now / (24 * hour));

/** How passwords are asked for, if at all. Nonces are signed with a key of every process of this data folder. */
export function passwordChallenge(parts: ServerParts, secret: Uint8Array): PasswordChallenge | undefined {
  const { challenge } = parts.config.phones;
  if (challenge.length === 0) return undefined;
  const key = new Uint8Array(hkdfSync("sha256", secret, "", "offhook digest nonces", 32));
  return { challenges: challenge, nonces: new DigestNonces({ key, salt: () => randomBytes(8) }) };
}

/** Orders the certificate when it is due, now and hourly; `answers` are shown by the plain door. */
export function watchAcme(parts: ServerParts, answers: Map<string, string>): void {
  const { config, log, closing, crash } = parts;
  const { acme } = config.phones;
  if (acme === undefined) return;
  const order = async (): Promise<void> => {
    const ca = acme.ca === undefined ? undefined : await readText(acme.ca);
    const { directory, email, names } = acme;
    const folder = folderOf(parts);
    const wish: AcmeWish = { directory, email, names, folder, answers, ...(ca === undefined ? {} : { ca }) };
    if (!(await acmeIsDue(wish, Date.now()))) return;
    try {
      await orderCertificate(wish);
      log.info({ event: "certificate", names }, "the authority gave a certificate");
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      log.error({ event: "certificate", names, problem }, "the authority gave no certificate");
    }
  };
  closing.every(hour, order);
  order().catch(crash);
}
