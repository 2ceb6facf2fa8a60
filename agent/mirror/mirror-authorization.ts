import { createHmac } from "node:crypto";
import type { Secret } from "../../protocol/secret.ts";
import { decodeAuthHeader } from "../../protocol/sip/auth-header.ts";
import { checkCredentials, digestHa1 } from "../../protocol/sip/digest.ts";
import { headerValue, headerValues, type SipRequest } from "../../protocol/sip/message.ts";

// The mirror's token is the password of the user `mirror` in SIP digest (SHA-256, RFC 8760): it never travels, and any
// SIP phone with an account can ask for the echo. Nonces carry their time and prove themselves for their
// Call-ID, so that a flood of requests leaves nothing in memory; one that opened a session does not open a second.

export const mirrorUser = "mirror";
const mirrorRealm = "offhook-mirror";
const nonceLifeMs = 30_000;

export type Authorization =
  | { readonly verdict: "granted" }
  /** The value of WWW-Authenticate. */
  | { readonly verdict: "challenge"; readonly challenge: string }
  | { readonly verdict: "wrong" };

export class MirrorAuthorization {
  readonly #token: Secret;
  readonly #key: Uint8Array;
  readonly #used = new Map<string, number>();

  /** `key`: 32 random octets of this run. */
  constructor(token: Secret, key: Uint8Array) {
    this.#token = token;
    this.#key = key;
  }

  /** May this INVITE have a session? Answers once per nonce. */
  judge(request: SipRequest, now: number): Authorization {
    const header = headerValues(request, "Authorization")
      .map((value) => decodeAuthHeader(value))
      .find((read) => read.ok && read.value.parameters.get("realm") === mirrorRealm);
    if (header === undefined || !header.ok) return this.#challenge(request, now, false);
    const nonce = header.value.parameters.get("nonce") ?? "";
    if (!this.#isFresh(nonce, request, now)) return this.#challenge(request, now, true);
    const right = checkCredentials(request, header.value, (user, realm, algorithm) =>
      user === mirrorUser && algorithm.hash !== "md5"
        ? digestHa1(algorithm, user, realm, this.#token)
        : undefined,
    );
    // The `uri` field is what was signed: another Request-URI is another request.
    if (!right || header.value.parameters.get("uri") !== request.uri) return { verdict: "wrong" };
    this.#used.set(nonce, now);
    return { verdict: "granted" };
  }

  #challenge(request: SipRequest, now: number, stale: boolean): Authorization {
    const nonce = this.#nonce(Math.floor(now), request);
    const challenge = `Digest realm="${mirrorRealm}", nonce="${nonce}", algorithm=SHA-256, qop="auth"${stale ? ", stale=true" : ""}`;
    return { verdict: "challenge", challenge };
  }

  #nonce(at: number, request: SipRequest): string {
    const proof = createHmac("sha256", this.#key)
      .update(`${at} ${headerValue(request, "Call-ID") ?? ""}`)
      .digest("hex")
      .slice(0, 32);
    return `${at.toString(16)}-${proof}`;
  }

  #isFresh(nonce: string, request: SipRequest, now: number): boolean {
    for (const [used, at] of this.#used) if (now - at > nonceLifeMs) this.#used.delete(used);
    const at = Number.parseInt(nonce, 16);
    if (!Number.isSafeInteger(at) || at > now || now - at > nonceLifeMs) return false;
    return nonce === this.#nonce(at, request) && !this.#used.has(nonce);
  }
}
