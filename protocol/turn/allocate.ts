import type { Secret } from "../secret.ts";
import {
  addressAttribute,
  addressOf,
  errorOf,
  numberAttribute,
  numberOf,
  textAttribute,
  textOf,
  type StunAddress,
} from "../stun/attributes.ts";
import { longTermKey, withIntegrity } from "../stun/integrity.ts";
import {
  encodeStun,
  stunAttribute,
  stunMethod,
  type StunAttribute,
  type StunClass,
  type StunMessage,
} from "../stun/message.ts";

// A relayed address from a TURN server (RFC 8656): ask, be challenged, ask again with credentials, use it, give it back.

export interface TurnAccount {
  readonly user: string;
  readonly password: Secret;
}

/** What a server's challenge said; with it every further request is signed. */
export interface TurnChallenge {
  readonly realm: string;
  readonly nonce: string;
}

export interface Allocation {
  readonly relayed: StunAddress;
  readonly mapped?: StunAddress;
  /** Seconds. */
  readonly lifetime: number;
}

export type AllocateResult =
  | { readonly kind: "allocated"; readonly allocation: Allocation }
  /** Ask once more with this challenge: the first 401, or 438 (the nonce was too old). */
  | { readonly kind: "challenged"; readonly challenge: TurnChallenge; readonly code: number }
  | { readonly kind: "refused"; readonly code: number; readonly reason: string };

const udp = 17;

/** The bytes of an Allocate; without a challenge it is the bare one that a server answers with 401. */
export function allocateRequest(transaction: Uint8Array, signer?: TurnSigner): Uint8Array {
  const transport = numberAttribute(stunAttribute.requestedTransport, udp << 24);
  return turnRequest(stunMethod.allocate, transaction, [transport], signer);
}

/** Lifetime 0 gives the allocation back. */
export function refreshRequest(transaction: Uint8Array, lifetime: number, signer: TurnSigner): Uint8Array {
  return turnRequest(
    stunMethod.refresh,
    transaction,
    [numberAttribute(stunAttribute.lifetime, lifetime)],
    signer,
  );
}

/** Lets packets of this peer's address in. */
export function permissionRequest(
  transaction: Uint8Array,
  peer: StunAddress,
  signer: TurnSigner,
): Uint8Array {
  const attribute = addressAttribute(stunAttribute.xorPeerAddress, peer, transaction);
  return turnRequest(stunMethod.createPermission, transaction, [attribute], signer);
}

/** Has the relay send this to the peer; there is no answer to it. */
export function sendIndication(transaction: Uint8Array, peer: StunAddress, data: Uint8Array): Uint8Array {
  return encodeStun({
    class: "indication",
    method: stunMethod.send,
    transaction,
    attributes: [
      addressAttribute(stunAttribute.xorPeerAddress, peer, transaction),
      { type: stunAttribute.data, value: data },
    ],
  });
}

/** Who asks, and the challenge that their signature answers. */
export interface TurnSigner extends TurnAccount {
  readonly challenge: TurnChallenge;
}

function turnRequest(
  method: number,
  transaction: Uint8Array,
  attributes: readonly StunAttribute[],
  signer: TurnSigner | undefined,
): Uint8Array {
  const parts = { class: "request" satisfies StunClass as StunClass, method, transaction };
  if (signer === undefined) return encodeStun({ ...parts, attributes });
  const { user, password, challenge } = signer;
  const credentials = [
    textAttribute(stunAttribute.username, user),
    textAttribute(stunAttribute.realm, challenge.realm),
    textAttribute(stunAttribute.nonce, challenge.nonce),
  ];
  const bytes = encodeStun({ ...parts, attributes: [...attributes, ...credentials] });
  return withIntegrity(bytes, longTermKey(user, challenge.realm, password));
}

/** What an answer to Allocate says. A second 401 to signed requests is a refusal; `signed` tells which it was. */
export function readAllocateAnswer(message: StunMessage, signed: boolean): AllocateResult {
  if (message.class === "success") {
    const relayed = addressOf(message, stunAttribute.xorRelayedAddress);
    if (relayed === undefined)
      return { kind: "refused", code: 0, reason: "the answer names no relayed address" };
    const mapped = addressOf(message, stunAttribute.xorMappedAddress);
    const lifetime = numberOf(message, stunAttribute.lifetime) ?? 0;
    return {
      kind: "allocated",
      allocation: { relayed, lifetime, ...(mapped === undefined ? {} : { mapped }) },
    };
  }
  const { code, reason } = errorOf(message) ?? { code: 0, reason: "an error without a code" };
  const realm = textOf(message, stunAttribute.realm);
  const nonce = textOf(message, stunAttribute.nonce);
  const asks = code === 438 || (code === 401 && !signed);
  if (asks && realm !== undefined && nonce !== undefined)
    return { kind: "challenged", challenge: { realm, nonce }, code };
  return { kind: "refused", code, reason };
}
