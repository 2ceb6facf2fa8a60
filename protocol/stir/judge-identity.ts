import { verify, type KeyObject } from "node:crypto";
import { canonicalNumber } from "./canonical-number.ts";
import type { Identity, Parties } from "./identity.ts";

/** "good", or what does not hold. Only ES256 is a PASSporT's (RFC 8225 8.1). */
export function judgeSignature(identity: Identity, key: KeyObject): string {
  if (identity.algorithm !== "ES256")
    return `the algorithm is ${identity.algorithm || "not said"}, not ES256`;
  if (key.asymmetricKeyType !== "ec" || key.asymmetricKeyDetails?.namedCurve !== "prime256v1")
    return "the certificate's key is not of curve P-256";
  if (identity.info !== identity.x5u) return "info and x5u name different certificates";
  // JWS carries r and s one after the other, not in DER (RFC 7518 3.4).
  const good = verify("sha256", identity.signed, { key, dsaEncoding: "ieee-p1363" }, identity.signature);
  return good ? "good" : "the signature does not fit what was signed";
}

/** The parties that the message itself names: URIs of P-Asserted-Identity or From, and of To. */
export interface NamedParties {
  readonly caller?: { readonly header: string; readonly user: string };
  readonly called?: { readonly header: string; readonly user: string };
}

/** Claims that differ from the headers, as `orig 49301 ≠ From 49402`; none where both fit. */
export function numberMismatches(identity: Identity, message: NamedParties): string[] {
  return [
    ...difference("orig", identity.caller, message.caller),
    ...difference("dest", identity.called, message.called),
  ];
}

function difference(claim: string, parties: Parties, named: NamedParties["caller"]): string[] {
  if (named === undefined || parties.numbers.length === 0) return [];
  const number = canonicalNumber(named.user.split(";")[0] ?? "");
  if (parties.numbers.includes(number)) return [];
  return [`${claim} ${parties.numbers.join(", ")} ≠ ${named.header} ${number === "" ? named.user : number}`];
}
