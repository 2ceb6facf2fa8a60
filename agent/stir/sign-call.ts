import { createPrivateKey, randomUUID } from "node:crypto";
import type { SipHeader } from "../../protocol/sip/message.ts";
import { signIdentity } from "../../protocol/stir/sign-identity.ts";
import { readPassword } from "../io/host/read-password.ts";

export interface CallToSign {
  readonly caller: string;
  readonly called: string;
  /** env:NAME or file:PATH of a private key in PEM. */
  readonly keyFrom: string;
  readonly certificateUrl: string;
  /** ms since 1970. */
  readonly at: number;
}

/** The Identity header of a call of our own, with attestation A; an Error when the key is none, or not of curve P-256. */
export async function signCall(call: CallToSign): Promise<SipHeader | Error> {
  const { caller, called, keyFrom, certificateUrl, at } = call;
  try {
    const key = createPrivateKey((await readPassword(keyFrom)).reveal());
    if (key.asymmetricKeyDetails?.namedCurve !== "prime256v1")
      return new Error(`the key of ${keyFrom} is not of curve P-256`);
    const issuedAt = Math.floor(at / 1000);
    const claims = { caller, called, issuedAt, attestation: "A", originId: randomUUID() } as const;
    return { name: "Identity", value: signIdentity({ ...claims, info: certificateUrl }, key) };
  } catch (error) {
    return new Error(`no key at ${keyFrom}: ${(error as NodeJS.ErrnoException).code ?? "not read as PEM"}`);
  }
}
