import { X509Certificate } from "node:crypto";

export interface JudgedCertificate {
  readonly certificate: X509Certificate;
  /** trusted, not-checked, or why not. */
  readonly trust: string;
}

/** 1.3.6.1.5.5.7.1.26, TNAuthorizationList (RFC 8226 9), in DER. */
const numberAuthority = Buffer.from("06082b0601050507011a", "hex");
const mostCertificates = 10;

/** All certificates of a PEM text, or one in DER; what cannot be read is left out. */
export function readCertificates(text: string): X509Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [];
  const sources = blocks.length > 0 ? blocks : [Buffer.from(text, "latin1")];
  return sources.slice(0, blocks.length > 0 ? 500 : 1).flatMap((source) => {
    try {
      return [new X509Certificate(source)];
    } catch {
      return [];
    }
  });
}

/**
 * The certificate of a signature: its time, its right to speak for numbers, and its chain to one of `roots`.
 * @param at ms since 1970
 */
export function judgeCertificate(
  pem: string,
  roots: readonly X509Certificate[],
  at: number,
): JudgedCertificate | undefined {
  const [certificate, ...others] = readCertificates(pem).slice(0, mostCertificates);
  if (certificate === undefined) return undefined;
  return { certificate, trust: trustOf(certificate, others, roots, at) };
}

function trustOf(
  certificate: X509Certificate,
  others: readonly X509Certificate[],
  roots: readonly X509Certificate[],
  at: number,
): string {
  const time = outOfTime(certificate, at);
  if (time !== undefined) return time;
  if (!certificate.raw.includes(numberAuthority))
    return "it does not say which numbers it speaks for (TNAuthList)";
  if (roots.length === 0) return "not-checked";
  let last = certificate;
  for (let step = 0; step <= others.length; step += 1) {
    const current = last;
    if (roots.some((root) => issued(root, current) && outOfTime(root, at) === undefined)) return "trusted";
    const next = others.find((each) => each !== current && each.ca && issued(each, current));
    if (next === undefined) break;
    const late = outOfTime(next, at);
    if (late !== undefined) return `its issuer: ${late}`;
    last = next;
  }
  return `no root that is trusted stands behind ${certificate.issuer.replaceAll("\n", ", ")}`;
}

function issued(issuer: X509Certificate, certificate: X509Certificate): boolean {
  if (issuer.raw.equals(certificate.raw)) return true;
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function outOfTime(certificate: X509Certificate, at: number): string | undefined {
  if (at < certificate.validFromDate.getTime()) return `it holds from ${certificate.validFrom}`;
  if (at > certificate.validToDate.getTime()) return `it ended at ${certificate.validTo}`;
  return undefined;
}
