import { headerName, isListHeader } from "./header-names.ts";
import { splitOutsideQuotes, trimLws } from "./split.ts";

/** A header as it stood on the wire: NAT helpers (ALG) are found, and signatures checked, by its bytes. */
export interface HeaderWire {
  /** Byte offset of the name, and of the value, in the message. */
  readonly at: number;
  readonly valueAt: number;
  /** Name, colon, value, folds and line end, as received. */
  readonly bytes: Uint8Array;
}

export interface SipHeader {
  /** Long form in its usual spelling; an unknown name as written. */
  readonly name: string;
  /** Unfolded and trimmed. */
  readonly value: string;
  /** Present on received messages. */
  readonly wire?: HeaderWire;
}

export interface SipRequest {
  readonly kind: "request";
  readonly method: string;
  readonly uri: string;
  readonly headers: readonly SipHeader[];
  readonly body: Uint8Array;
}

export interface SipResponse {
  readonly kind: "response";
  readonly code: number;
  readonly reason: string;
  readonly headers: readonly SipHeader[];
  readonly body: Uint8Array;
}

/** One SIP message (RFC 3261 7). */
export type SipMessage = SipRequest | SipResponse;

/** The value of the first header of this name (long form), or undefined. */
export function headerValue(message: SipMessage, name: string): string | undefined {
  for (const header of message.headers) if (header.name === name) return header.value;
  return undefined;
}

/** All values under this name, top first; list headers are taken apart at their commas. */
export function headerValues(message: SipMessage, name: string): string[] {
  const values: string[] = [];
  const list = isListHeader(name);
  for (const header of message.headers) {
    if (header.name !== name) continue;
    if (list && header.value.includes(","))
      values.push(...splitOutsideQuotes(header.value, ",").map((piece) => piece.text));
    else values.push(list ? trimLws(header.value) : header.value);
  }
  return values;
}

/** CSeq taken apart, or undefined where it cannot be read. */
export function cseqOf(
  message: SipMessage,
): { readonly number: number; readonly method: string } | undefined {
  const match = /^(\d{1,15})\s+(\S+)$/.exec(headerValue(message, "CSeq") ?? "");
  if (match === null) return undefined;
  return { number: Number(match[1]), method: match[2] ?? "" };
}

/** A copy with this header set (the first of its name replaced, others of it removed) or, if there was none, added. */
export function withHeader<M extends SipMessage>(message: M, name: string, value: string): M {
  const wanted = headerName(name);
  const at = message.headers.findIndex((header) => header.name === wanted);
  const rest = message.headers.filter((header) => header.name !== wanted);
  const place = at === -1 ? rest.length : at;
  return { ...message, headers: rest.toSpliced(place, 0, { name: wanted, value }) };
}
