import { createHash } from "node:crypto";
import type { Secret } from "../secret.ts";
import { decodeAuthHeader, encodeAuthHeader, type AuthHeader } from "./auth-header.ts";
import {
  headerValues,
  type SipHeader,
  type SipMessage,
  type SipRequest,
  type SipResponse,
} from "./message.ts";

// Digest access authentication: RFC 3261 22.4, with the algorithms of RFC 8760 (RFC 7616).

/** Node's name of each hash. */
const hashes = { md5: "md5", "sha-256": "sha256", "sha-512-256": "sha512-256" } as const;

export interface DigestAlgorithm {
  readonly hash: keyof typeof hashes;
  /** `-sess`: HA1 also covers nonce and cnonce. */
  readonly session: boolean;
}

export type Qop = "auth" | "auth-int";

/** A challenge that we can answer. */
export interface DigestChallenge {
  readonly realm: string;
  readonly nonce: string;
  readonly opaque?: string;
  readonly algorithm: DigestAlgorithm;
  /** As the server wrote it, to be sent back so; absent: MD5 by default. */
  readonly algorithmText?: string;
  /** The one we take; absent: the formula of RFC 2069. */
  readonly qop?: Qop;
  readonly stale: boolean;
  /** 407 asks for `Proxy-Authorization`. */
  readonly proxy: boolean;
}

/** MD5, SHA-256, SHA-512-256, each also with -sess; undefined for one nobody here knows. No name means MD5. */
export function digestAlgorithm(text: string | undefined): DigestAlgorithm | undefined {
  const lower = (text ?? "MD5").toLowerCase();
  const session = lower.endsWith("-sess");
  const hash = session ? lower.slice(0, -5) : lower;
  return hash === "md5" || hash === "sha-256" || hash === "sha-512-256" ? { hash, session } : undefined;
}

export interface DigestInput {
  readonly algorithm: DigestAlgorithm;
  /** H(user:realm:password), without the session's part: all that a server needs to keep. */
  readonly ha1: string;
  readonly nonce: string;
  readonly cnonce: string;
  /** Counts the requests sent with this nonce, from 1. */
  readonly nonceCount: number;
  readonly qop?: Qop;
  readonly method: string;
  /** The very string that goes into the `uri` field. */
  readonly uri: string;
  readonly body: Uint8Array;
}

/** H(user:realm:password), hex; keep it as secret as the password. */
export function digestHa1(algorithm: DigestAlgorithm, user: string, realm: string, password: Secret): string {
  return digestHash(algorithm, `${user}:${realm}:${password.reveal()}`);
}

/** The `response` field (RFC 7616 3.4.1). */
export function digestResponse(input: DigestInput): string {
  const { algorithm, nonce, cnonce, qop, method, uri } = input;
  const ha1 = algorithm.session ? digestHash(algorithm, `${input.ha1}:${nonce}:${cnonce}`) : input.ha1;
  const bodyPart = qop === "auth-int" ? `:${digestHash(algorithm, input.body)}` : "";
  const ha2 = digestHash(algorithm, `${method}:${uri}${bodyPart}`);
  if (qop === undefined) return digestHash(algorithm, `${ha1}:${nonce}:${ha2}`);
  return digestHash(algorithm, `${ha1}:${nonce}:${nonceCountText(input.nonceCount)}:${cnonce}:${qop}:${ha2}`);
}

/** MD5 does not exist in a FIPS build of OpenSSL. @throws there, from node:crypto. */
function digestHash(algorithm: DigestAlgorithm, data: string | Uint8Array): string {
  return createHash(hashes[algorithm.hash]).update(data).digest("hex");
}

function nonceCountText(count: number): string {
  return count.toString(16).padStart(8, "0");
}

export interface ChallengesRead {
  /** The topmost supported one of each realm (RFC 8760 2.4); to be answered each. */
  readonly challenges: readonly DigestChallenge[];
  /** What was asked for that we cannot do: other schemes and algorithms. */
  readonly unsupported: readonly string[];
}

/** The challenges of a 401 or 407. Basic is never answered: it would show the password to everybody. */
export function readChallenges(response: SipResponse): ChallengesRead {
  const challenges: DigestChallenge[] = [];
  const unsupported: string[] = [];
  for (const name of ["WWW-Authenticate", "Proxy-Authenticate"] as const) {
    for (const value of headerValues(response, name)) {
      const challenge = readChallenge(value, name === "Proxy-Authenticate");
      if (typeof challenge === "string") unsupported.push(challenge);
      else if (
        !challenges.some(({ realm, proxy }) => realm === challenge.realm && proxy === challenge.proxy)
      ) {
        challenges.push(challenge);
      }
    }
  }
  return { challenges, unsupported };
}

/** One challenge, or what it is that we cannot answer. */
function readChallenge(value: string, proxy: boolean): DigestChallenge | string {
  const header = decodeAuthHeader(value);
  if (!header.ok) return "a challenge that cannot be read";
  const { scheme, parameters } = header.value;
  if (scheme.toLowerCase() !== "digest") return scheme;
  const algorithmText = parameters.get("algorithm");
  const algorithm = digestAlgorithm(algorithmText);
  if (algorithm === undefined) return `Digest ${algorithmText}`;
  const offered = parameters
    .get("qop")
    ?.split(",")
    .map((qop) => qop.trim().toLowerCase());
  const qop = offered?.includes("auth") ? "auth" : offered?.includes("auth-int") ? "auth-int" : undefined;
  if (offered !== undefined && qop === undefined) return `Digest qop ${offered.join(",")}`;
  const opaque = parameters.get("opaque");
  return {
    realm: parameters.get("realm") ?? "",
    nonce: parameters.get("nonce") ?? "",
    ...(opaque === undefined ? {} : { opaque }),
    algorithm,
    ...(algorithmText === undefined ? {} : { algorithmText }),
    ...(qop === undefined ? {} : { qop }),
    stale: parameters.get("stale")?.toLowerCase() === "true",
    proxy,
  };
}

/** Who answers, and how often this nonce was used already (0 for a new one). */
export interface DigestAccount {
  readonly user: string;
  readonly password: Secret;
}

/** The header that answers a challenge for this request; `nonceCount` starts at 1 with each new nonce. */
export function answerChallenge(
  challenge: DigestChallenge,
  request: SipRequest,
  account: DigestAccount,
  once: { readonly cnonce: string; readonly nonceCount: number },
): SipHeader {
  const { algorithm, realm, nonce, qop } = challenge;
  const response = digestResponse({
    algorithm,
    ha1: digestHa1(algorithm, account.user, realm, account.password),
    nonce,
    ...once,
    ...(qop === undefined ? {} : { qop }),
    method: request.method,
    uri: request.uri,
    body: request.body,
  });
  const parameters = new Map([
    ["username", account.user],
    ["realm", realm],
    ["nonce", nonce],
    ["uri", request.uri],
    ["response", response],
  ]);
  if (challenge.algorithmText !== undefined) parameters.set("algorithm", challenge.algorithmText);
  // RFC 7616 3.4: cnonce and nc only together with qop; a -sess algorithm cannot do without cnonce.
  if (qop !== undefined || algorithm.session) parameters.set("cnonce", once.cnonce);
  if (qop !== undefined) parameters.set("qop", qop).set("nc", nonceCountText(once.nonceCount));
  if (challenge.opaque !== undefined) parameters.set("opaque", challenge.opaque);
  const name = challenge.proxy ? "Proxy-Authorization" : "Authorization";
  return { name, value: encodeAuthHeader({ scheme: "Digest", parameters }, "credentials") };
}

/** How a server judges credentials; `ha1Of` knows H(user:realm:password), or undefined for an unknown user. */
export function checkCredentials(
  request: SipMessage & { readonly kind: "request" },
  header: AuthHeader,
  ha1Of: (user: string, realm: string, algorithm: DigestAlgorithm) => string | undefined,
): boolean {
  const field = (name: string): string => header.parameters.get(name) ?? "";
  const algorithm = digestAlgorithm(header.parameters.get("algorithm"));
  if (header.scheme.toLowerCase() !== "digest" || algorithm === undefined) return false;
  const ha1 = ha1Of(field("username"), field("realm"), algorithm);
  const qop = field("qop");
  if (ha1 === undefined || (qop !== "" && qop !== "auth" && qop !== "auth-int")) return false;
  const expected = digestResponse({
    algorithm,
    ha1,
    nonce: field("nonce"),
    cnonce: field("cnonce"),
    nonceCount: Number.parseInt(field("nc") || "0", 16) || 0,
    ...(qop === "" ? {} : { qop }),
    method: request.method,
    uri: field("uri"),
    body: request.body,
  });
  return expected === field("response").toLowerCase();
}
