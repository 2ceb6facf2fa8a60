import { sign, type KeyObject } from "node:crypto";
import { canonicalNumber } from "./canonical-number.ts";
import { encodePassportPart } from "./identity.ts";

/** What a SHAKEN signature vouches for (RFC 8588 4, 5). */
export interface IdentityClaims {
  readonly caller: string;
  readonly called: string;
  /** s since 1970. */
  readonly issuedAt: number;
  readonly attestation: "A" | "B" | "C";
  readonly originId: string;
  /** Where the certificate of the key is. */
  readonly info: string;
}

/** The value of an Identity header in its full form. `key` is of curve P-256. */
export function signIdentity(claims: IdentityClaims, key: KeyObject): string {
  const { caller, called, issuedAt, attestation, originId, info } = claims;
  const header = encodePassportPart({ alg: "ES256", ppt: "shaken", typ: "passport", x5u: info });
  const payload = encodePassportPart({
    attest: attestation,
    dest: { tn: [canonicalNumber(called)] },
    iat: issuedAt,
    orig: { tn: canonicalNumber(caller) },
    origid: originId,
  });
  const signed = Buffer.from(`${header}.${payload}`, "ascii");
  const signature = sign("sha256", signed, { key, dsaEncoding: "ieee-p1363" }).toString("base64url");
  return `${header}.${payload}.${signature};info=<${info}>;alg=ES256;ppt="shaken"`;
}
