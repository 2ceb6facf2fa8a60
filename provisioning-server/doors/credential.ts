import type { Credential } from "../../protocol/phone-request.ts";
import { Secret } from "../../protocol/secret.ts";

export type CertificateCredential = Extract<Credential, { kind: "certificate" }>;

/** What came over the wire, before one of it is chosen. */
export interface Shown {
  readonly certificate?: CertificateCredential;
  readonly token?: Secret;
  readonly authorization?: string;
  readonly digest?: Extract<Credential, { kind: "digest" }>;
}

/**
 * The strongest of what a phone shows (operations.md section 10 rule 1): a certificate by which a maker vouches for one
 * phone, the token of the path, a password, and last a certificate that proves nothing (a vendor's generic one, or unverified).
 */
export function chooseCredential(shown: Shown): Credential | undefined {
  const { certificate, token } = shown;
  if (certificate?.verified === true && certificate.vouched.length > 0) return certificate;
  if (token !== undefined) return { kind: "token", token };
  return shown.digest ?? readBasic(shown.authorization) ?? certificate;
}

/** RFC 7617. What cannot be read is as good as absent. */
export function readBasic(authorization: string | undefined): Credential | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/_-]+={0,2}) *$/i.exec(authorization ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const pair = Buffer.from(encoded, "base64").toString("utf8");
  const colon = pair.indexOf(":");
  if (colon < 0) return undefined;
  return { kind: "basic", user: pair.slice(0, colon), password: new Secret(pair.slice(colon + 1)) };
}
