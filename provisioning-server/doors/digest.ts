import { createHmac, timingSafeEqual } from "node:crypto";
import type { Credential } from "../../protocol/phone-request.ts";
import { Secret } from "../../protocol/secret.ts";
import { decodeAuthHeader, encodeAuthHeader } from "../../protocol/sip/auth-header.ts";

// Digest access authentication of HTTP, RFC 7616. Nonces are signed, not stored; what is kept is which counts were used.

/** What the phones' door asks for, in the order it is written. Old phones take the first and understand no other. */
export type Challenge = "digest-sha256" | "digest-md5" | "basic";

export const challengeRealm = "offhook";

/** operations.md section 10 rule 1. */
const nonceLife = 60_000;
/** Phones that download in parallel send their counts out of order, a few at a time. */
const reach = 32;
const timeOctets = 6;
const saltOctets = 8;
const markOctets = 16;

interface Used {
  /** The highest count that came. */
  top: number;
  /** Bit n: `top - n` came. */
  seen: number;
}

export interface NoncesOptions {
  readonly key: Uint8Array;
  /** 8 octets, new each time. */
  readonly salt: () => Uint8Array;
  /** Nonces whose counts are kept, default 100,000. */
  readonly most?: number;
}

/** Makes nonces and judges those that come back. Memory is bounded: what it forgets too early is stale, never good again. */
export class DigestNonces {
  readonly #key: Uint8Array;
  readonly #salt: () => Uint8Array;
  readonly #most: number;
  /** Oldest first. */
  readonly #used = new Map<string, Used & { readonly at: number }>();
  /** Nonces made up to here may have been forgotten. */
  #floor = -1;

  constructor(options: NoncesOptions) {
    this.#key = options.key;
    this.#salt = options.salt;
    this.#most = options.most ?? 100_000;
  }

  issue(now: number): string {
    const head = Buffer.alloc(timeOctets + saltOctets);
    head.writeUIntBE(now, 0, timeOctets);
    head.set(this.#salt().subarray(0, saltOctets), timeOctets);
    return Buffer.concat([head, this.#mark(head)]).toString("base64url");
  }

  /** Whether `nonce` is ours, young, and `count` new with it; then the count is used. */
  take(nonce: string, count: number, now: number): boolean {
    const at = this.#madeAt(nonce);
    if (at === undefined || at > now || now - at >= nonceLife || at <= this.#floor || count < 1) return false;
    const used = this.#used.get(nonce);
    if (used !== undefined) return useCount(used, count);
    this.#forget(now);
    this.#used.set(nonce, { at, top: count, seen: 1 });
    return true;
  }

  #madeAt(nonce: string): number | undefined {
    const octets = Buffer.from(nonce, "base64url");
    if (octets.length !== timeOctets + saltOctets + markOctets || octets.toString("base64url") !== nonce)
      return undefined;
    const head = octets.subarray(0, timeOctets + saltOctets);
    if (!timingSafeEqual(this.#mark(head), octets.subarray(head.length))) return undefined;
    return head.readUIntBE(0, timeOctets);
  }

  #mark(head: Uint8Array): Buffer {
    return createHmac("sha256", this.#key).update(head).digest().subarray(0, markOctets);
  }

  #forget(now: number): void {
    for (const [nonce, { at }] of this.#used) {
      const isOld = now - at >= nonceLife;
      if (!isOld && this.#used.size < this.#most) break;
      if (!isOld) this.#floor = Math.max(this.#floor, at);
      this.#used.delete(nonce);
    }
  }
}

function useCount(used: Used, count: number): boolean {
  const ahead = count - used.top;
  if (ahead > 0) {
    used.seen = ahead >= reach ? 1 : ((used.seen << ahead) | 1) >>> 0;
    used.top = count;
    return true;
  }
  if (-ahead >= reach) return false;
  const bit = (1 << -ahead) >>> 0;
  if ((used.seen & bit) !== 0) return false;
  used.seen = (used.seen | bit) >>> 0;
  return true;
}

/** The values of `WWW-Authenticate`, one a scheme. */
export function challengeHeaders(challenges: readonly Challenge[], nonce: string, stale: boolean): string[] {
  return challenges.map((challenge) => {
    const realm: [string, string] = ["realm", challengeRealm];
    if (challenge === "basic")
      return encodeAuthHeader({ scheme: "Basic", parameters: new Map([realm]) }, "challenge");
    const parameters = new Map([realm, ["qop", "auth"], ["nonce", nonce]]);
    parameters.set("algorithm", challenge === "digest-md5" ? "MD5" : "SHA-256");
    if (stale) parameters.set("stale", "true");
    return encodeAuthHeader({ scheme: "Digest", parameters }, "challenge");
  });
}

/** Reads `Authorization: Digest …` with qop=auth; what cannot be read is as good as absent. */
export function readDigest(
  authorization: string | undefined,
  asked: { readonly method: string; readonly target: string },
  take: (nonce: string, count: number) => boolean,
): (Credential & { kind: "digest" }) | undefined {
  if (authorization === undefined || !/^digest\s/i.test(authorization)) return undefined;
  const header = decodeAuthHeader(authorization.trim());
  if (!header.ok) return undefined;
  const field = (name: string): string => header.value.parameters.get(name) ?? "";
  const countText = field("nc");
  const algorithm = field("algorithm") || "MD5";
  if (field("qop").toLowerCase() !== "auth" || !/^[0-9a-f]{8}$/i.test(countText)) return undefined;
  if (!/^(md5|sha-256)$/i.test(algorithm) || field("realm") !== challengeRealm) return undefined;
  // RFC 7616 section 3.4.6: an answer to a challenge is for this very file and no other.
  if (pathOf(field("uri")) !== pathOf(asked.target)) return undefined;
  const nonceCount = Number.parseInt(countText, 16);
  return {
    kind: "digest",
    user: field("username"),
    realm: challengeRealm,
    nonce: field("nonce"),
    nonceCount,
    cnonce: field("cnonce"),
    uri: field("uri"),
    algorithm,
    method: asked.method,
    response: new Secret(field("response").toLowerCase()),
    fresh: take(field("nonce"), nonceCount),
  };
}

/** Phones write the whole address or the path alone. */
function pathOf(target: string): string {
  return target.replace(/^https?:\/\/[^/?#]*/i, "");
}
