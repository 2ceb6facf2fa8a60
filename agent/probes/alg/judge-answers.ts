import { decodeSip } from "../../../protocol/sip/decode-sip.ts";
import {
  headerValue,
  headerValues,
  type SipMessage,
  type SipResponse,
} from "../../../protocol/sip/message.ts";
import { tagOf } from "../../../protocol/sip/name-addr.ts";
import { decodeVia, type Via } from "../../../protocol/sip/via.ts";
import type { AlgExchange } from "./send-message.ts";

/** What an answer repeats of its request must come back as it was sent (RFC 3261 8.2.6.2). Gives `field: sent → seen`. */
export function alteredInAnswer({ sent, answer }: AlgExchange): string[] {
  const read = decodeSip(sent, { fields: false });
  if (!read.ok || answer === undefined) return [];
  const request = read.value.message;
  return repeated
    .map(([name, of]) => [name, of(request), of(answer)] as const)
    .filter(([, before, after]) => before !== after)
    .map(([name, before, after]) => `${name}: ${before ?? "none"} → ${after ?? "none"}`);
}

const repeated: readonly (readonly [string, (message: SipMessage) => string | undefined])[] = [
  ["Via", (message) => placeOf(topVia(message))],
  ["Via branch", (message) => topVia(message)?.parameters.get("branch") ?? undefined],
  ["From tag", (message) => tagOf(headerValue(message, "From"))],
  ["Call-ID", (message) => headerValue(message, "Call-ID")],
  ["CSeq", (message) => headerValue(message, "CSeq")],
];

function topVia(message: SipMessage): Via | undefined {
  const via = decodeVia(headerValues(message, "Via")[0] ?? "");
  return via.ok ? via.value : undefined;
}

function placeOf(via: Via | undefined): string | undefined {
  return via === undefined ? undefined : `${via.host}:${via.port ?? 5060}`;
}

/** Our address as the far end wrote it into Via. */
export function receivedOf(answer: SipResponse | undefined): string | undefined {
  if (answer === undefined) return undefined;
  return topVia(answer)?.parameters.get("received") ?? undefined;
}

/**
 * An ALG turns a public address back into ours in answers whose Via it wrote itself. One that names another's place it
 * leaves alone, and there `received` shows what the far end saw: two answers that differ are proof, with no help from there.
 */
export function isTurnedBack(own: AlgExchange, foreign: AlgExchange): boolean | undefined {
  const seen = receivedOf(foreign.answer);
  if (own.answer === undefined || seen === undefined) return undefined;
  if (seen === own.local.address) return false;
  const told = receivedOf(own.answer);
  return told === undefined || told === own.local.address;
}
