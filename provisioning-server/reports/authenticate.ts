import {
  createHmac,
  createPublicKey,
  randomBytes,
  timingSafeEqual,
  verify,
  type KeyObject,
} from "node:crypto";
import { authenticationText, type TokenRequest } from "../../protocol/agent-protocol.ts";
import { decoded, mismatch, type Decoded } from "../../protocol/decoded.ts";
import type { AgentRecord } from "../store/agents.ts";

/** Seconds. */
export const nonceLife = 60;
export const tokenLife = 3600;

/** 128 bits in base64url. */
const macLength = 22;

function macOf(key: Uint8Array, purpose: string, text: string): string {
  const mac = createHmac("sha256", key).update(`offhook ${purpose}\n${text}`).digest("base64url");
  return mac.slice(0, macLength);
}

function same(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The text and its MAC, base64url: every node of the server with this key can check what another gave out. */
function sealed(key: Uint8Array, purpose: string, text: string): string {
  return Buffer.from(text).toString("base64url") + macOf(key, purpose, text);
}

function opened(key: Uint8Array, purpose: string, token: string): string | undefined {
  const text = Buffer.from(token.slice(0, -macLength), "base64url").toString("utf8");
  return same(token.slice(-macLength), macOf(key, purpose, text)) ? text : undefined;
}

/** A nonce for this agent, good for a minute; nothing is stored for it. `at` is ms. */
export function makeNonce(key: Uint8Array, agentId: string, at: number): string {
  const text = `${at}\n${agentId}\n${randomBytes(9).toString("base64url")}`;
  return sealed(key, "nonce", text);
}

/** When the nonce was made, if it is one of ours for this agent and still good. */
export function readNonce(key: Uint8Array, nonce: string, agentId: string, now: number): number | undefined {
  const text = opened(key, "nonce", nonce);
  const [at = "", agent] = text?.split("\n") ?? [];
  const made = Number(at);
  if (text === undefined || agent !== agentId) return undefined;
  return now - made <= nonceLife * 1000 && made <= now ? made : undefined;
}

/** A token for this run of the agent, good for an hour. */
export function makeToken(key: Uint8Array, agentId: string, bootId: string, now: number): string {
  return `oat_${sealed(key, "token", JSON.stringify([now + tokenLife * 1000, agentId, bootId]))}`;
}

export interface TokenClaims {
  readonly agentId: string;
  readonly bootId: string;
  readonly until: number;
}

/** What a token of ours says; whether it still counts is the caller's to judge. */
export function readToken(key: Uint8Array, token: string): TokenClaims | undefined {
  if (!token.startsWith("oat_")) return undefined;
  const text = opened(key, "token", token.slice(4));
  if (text === undefined) return undefined;
  const [until, agentId, bootId] = JSON.parse(text) as [number, string, string];
  return { until, agentId, bootId };
}

/** An Ed25519 key from its raw 32 octets in base64url. */
export function decodePublicKey(text: string): Decoded<KeyObject> {
  const raw = Buffer.from(text, "base64url");
  if (raw.length !== 32) return mismatch("/publicKey", "32 octets", `${raw.length}`);
  try {
    const jwk = { kty: "OKP", crv: "Ed25519", x: raw.toString("base64url") };
    return decoded(createPublicKey({ key: jwk, format: "jwk" }));
  } catch {
    return mismatch("/publicKey", "an Ed25519 key", "something else");
  }
}

export type Admission =
  | { readonly kind: "admitted"; readonly nonceAt: number }
  | { readonly kind: "unauthenticated" }
  | { readonly kind: "revoked" }
  /** The signature is right and the run is nobody's successor: two agents go by one key. */
  | { readonly kind: "doubled" };

/**
 * Whether this token request is from the agent. A run is let in when it is the one that was let in last, or names that
 * one as its predecessor; a copied state folder sooner or later names one that is not.
 */
export function admit(
  agent: AgentRecord | undefined,
  request: TokenRequest,
  server: { readonly key: Uint8Array; readonly serverId: string; readonly now: number },
): Admission {
  const nonceAt = readNonce(server.key, request.nonce, request.agentId, server.now);
  if (agent === undefined || nonceAt === undefined || nonceAt <= agent.nonceAt)
    return { kind: "unauthenticated" };
  if (!signatureFits(agent, request, server.serverId)) return { kind: "unauthenticated" };
  if (agent.revoked) return { kind: "revoked" };
  const predecessors = [request.bootId, request.lastBootId, ...(request.triedBootIds ?? [])];
  if (agent.bootId !== undefined && !predecessors.includes(agent.bootId)) return { kind: "doubled" };
  return { kind: "admitted", nonceAt };
}

function signatureFits(agent: AgentRecord, request: TokenRequest, serverId: string): boolean {
  const key = decodePublicKey(agent.publicKey);
  const text = Buffer.from(authenticationText(request.nonce, agent.id, serverId));
  return key.ok && verify(null, text, key.value, Buffer.from(request.signature, "base64url"));
}
