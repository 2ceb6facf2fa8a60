import { cseqOf, headerValue, headerValues, type SipMessage } from "../../protocol/sip/message.ts";
import { decodeNameAddr } from "../../protocol/sip/name-addr.ts";
import { userOf, type SipUri } from "../../protocol/sip/uri.ts";
import { decodeVia, type Via } from "../../protocol/sip/via.ts";
import { announcedMedia, type AnnouncedMedia } from "./announced-media.ts";

export type SipCarrier = "udp" | "tcp";

/** What tells a packet from its copy that came another way: the same id, another TTL. */
export interface Hop {
  readonly ttl: number;
  readonly id: number;
}

/** Where and when a message went by. Endpoints are `address:port`, as in tcpdump. */
export interface Passage {
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly source: string;
  readonly destination: string;
  readonly carrier: SipCarrier;
  /** Of UDP: TCP itself drops copies. */
  readonly hop?: Hop;
}

/** One SIP message of a capture, with what the explanation reads from it. */
export interface SeenMessage extends Passage {
  readonly message: SipMessage;
  readonly size: number;
  readonly callId: string;
  /** Method of the request, or of the CSeq of a response. */
  readonly method: string;
  readonly cseq: number;
  readonly branch: string;
  readonly via: Via | undefined;
  readonly media: readonly AnnouncedMedia[];
}

/** Undefined: a message without Call-ID or CSeq belongs to nothing. */
export function seeMessage(message: SipMessage, size: number, passage: Passage): SeenMessage | undefined {
  const callId = headerValue(message, "Call-ID");
  const cseq = cseqOf(message);
  if (callId === undefined || callId === "" || cseq === undefined) return undefined;
  const top = headerValues(message, "Via")[0];
  const via = top === undefined ? undefined : decodeVia(top);
  return {
    ...passage,
    message,
    size,
    callId: kept(callId),
    method: kept(message.kind === "request" ? message.method : cseq.method),
    cseq: cseq.number,
    branch: via?.ok === true ? kept(via.value.parameters.get("branch") ?? "") : "",
    via: via?.ok === true ? via.value : undefined,
    media: message.body.length === 0 ? [] : mediaOf(message),
  };
}

/** The body is searched for a description, so that one within multipart/mixed is found too. */
function mediaOf(message: SipMessage): AnnouncedMedia[] {
  const body = Buffer.from(message.body).toString("latin1");
  const start = body.indexOf("v=0");
  if (start === -1) return [];
  const boundary = body.indexOf("\r\n--", start);
  return announcedMedia(kept(boundary === -1 ? body.slice(start) : body.slice(start, boundary + 2)));
}

/** A copy of its own: a slice would keep the whole message it was cut from. */
export function kept(text: string): string {
  return Buffer.from(text).toString();
}

/** `sip:` URI of the first value of a header, as read; undefined for another scheme or a broken one. */
export function uriOf(message: SipMessage, name: string): SipUri | undefined {
  const [first] = headerValues(message, name);
  if (first === undefined || first === "*") return undefined;
  const value = decodeNameAddr(first);
  return value.ok && value.value.uri.kind === "sip" ? value.value.uri : undefined;
}

/** `anna@pbx.example` of From, To or Contact, cut to what a line takes. */
export function partyOf(message: SipMessage, name: string): string {
  const uri = uriOf(message, name);
  if (uri === undefined) return (headerValues(message, name)[0] ?? "?").slice(0, 60);
  const user = userOf(uri);
  return kept((user === undefined ? uri.host : `${user}@${uri.host}`).slice(0, 60));
}

/** The address of an endpoint: `192.0.2.1` of `192.0.2.1:5060`, `2001:db8::1` of `[2001:db8::1]:5060`. */
export function addressOf(endpoint: string): string {
  return endpoint.slice(0, endpoint.lastIndexOf(":")).replace(/^\[(.*)\]$/, "$1");
}

export function endpointOf(address: string, port: number): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
