import { X509Certificate } from "node:crypto";
import { decoded, mismatch, type Decoded } from "../../protocol/decoded.ts";
import { tryParseMacAddress, type MacAddress } from "../../protocol/mac-address.ts";

/** Who makes phones with a certificate of their own, and how to tell which phone one is of. */
export interface Maker {
  /** The profile's id of the family, such as `yealink`. */
  readonly vendor: string;
  /** PEM of the roots and issuing authorities. */
  readonly ca: string;
  readonly authorities: readonly X509Certificate[];
  /** Attributes of the subject that may hold the MAC; `CN` with nearly all, `ST` too with Cisco's SPA. */
  readonly subject: readonly string[];
}

/** What a maker's certificate says: this is that maker's phone with this MAC. */
export interface Vouched {
  readonly vendor: string;
  readonly mac: MacAddress;
}

/** Reads a maker's bundle of authorities. */
export function readMaker(vendor: string, pem: string, subject: readonly string[] = ["CN"]): Decoded<Maker> {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) return mismatch("ca", "certificates (PEM)", "none");
  const authorities: X509Certificate[] = [];
  for (const [at, block] of blocks.entries()) {
    try {
      authorities.push(new X509Certificate(block));
    } catch {
      return mismatch(`ca, certificate ${at + 1}`, "a certificate (PEM)", "something else");
    }
  }
  return decoded({ vendor, ca: blocks.join("\n"), authorities, subject });
}

/**
 * The makers that vouch for a certificate, which TLS has found good. All makers' authorities stand in one list there, so
 * each is asked by itself here: a phone of one maker must not pass for one of another.
 */
export function vouchedBy(certificate: X509Certificate, makers: readonly Maker[]): Vouched[] {
  return makers
    .filter((maker) => leadsTo(certificate, maker))
    .flatMap(({ vendor, subject }) => {
      const mac = macOfSubject(certificate.subject, subject);
      return mac === undefined ? [] : [{ vendor, mac }];
    });
}

/** Longest chain that is followed; makers have a root and one or two authorities under it. */
const longestChain = 5;

function leadsTo(leaf: X509Certificate, maker: Maker): boolean {
  let certificate: X509Certificate | undefined = leaf;
  for (let step = 0; step < longestChain && certificate !== undefined; step += 1) {
    const current: X509Certificate = certificate;
    if (maker.authorities.some((authority) => isIssued(current, authority))) return true;
    // What the phone sent along counts as far as its signature does.
    const sent: X509Certificate | undefined = current.issuerCertificate;
    certificate = sent !== undefined && isIssued(current, sent) ? sent : undefined;
  }
  return false;
}

function isIssued(certificate: X509Certificate, authority: X509Certificate): boolean {
  return authority.ca && certificate.checkIssued(authority) && certificate.verify(authority.publicKey);
}

/** `805EC0010001`, `80:5e:…`, `80-5E-…`, `805e.c001.0001`, and behind a word: `SEP805EC0010001`, `MAC: 805EC0010001`. */
const macInText =
  /(?<![0-9a-z])(?:sep|mac[: ]+)?((?:[0-9a-f]{2}[:-]?){5}[0-9a-f]{2}|(?:[0-9a-f]{4}\.){2}[0-9a-f]{4})(?![0-9a-z])/gi;

/**
 * The one MAC that a subject names, in Node's way of writing (`C=US\nCN=…`). None, several, or a placeholder (a series'
 * certificate, such as `001565000000`): it identifies nobody.
 */
export function macOfSubject(subject: string, attributes: readonly string[]): MacAddress | undefined {
  const macs = new Set<MacAddress>();
  for (const line of subject.split("\n")) {
    const equals = line.indexOf("=");
    if (!attributes.includes(line.slice(0, equals))) continue;
    for (const [, text = ""] of line.slice(equals + 1).matchAll(macInText)) {
      const mac = tryParseMacAddress(text);
      if (mac !== undefined && !mac.endsWith("000000")) macs.add(mac);
    }
  }
  return macs.size === 1 ? [...macs][0] : undefined;
}
