import {
  cseqOf,
  headerValue,
  headerValues,
  type SipHeader,
  type SipRequest,
  type SipResponse,
} from "./message.ts";
import { branchCookie, decodeVia, encodeVia } from "./via.ts";
import { encodeNameAddr } from "./name-addr.ts";

/** Randomness is an argument: `n` random bytes, from a cryptographic source outside of tests. */
export type RandomBytes = (n: number) => Uint8Array;

export type SipTransport = "udp" | "tcp" | "tls";

/** A branch for one transaction: the cookie and 64 random bits. */
export function newBranch(random: RandomBytes): string {
  return branchCookie + hex(random(8));
}

/** A From or To tag: 64 random bits. */
export function newTag(random: RandomBytes): string {
  return hex(random(8));
}

/** A Call-ID: 128 random bits. It names no host, so that it leaks no private address. */
export function newCallId(random: RandomBytes): string {
  return hex(random(16));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

export interface RequestParts {
  readonly method: string;
  readonly uri: string;
  readonly transport: SipTransport;
  /** Our end of the socket, as we know it; goes into Via and Contact. */
  readonly local: { readonly address: string; readonly port: number };
  /** URIs of From and To, without brackets. */
  readonly from: string;
  readonly to: string;
  readonly displayName?: string;
  readonly callId: string;
  readonly fromTag: string;
  /** Inside a dialog. */
  readonly toTag?: string;
  readonly cseq: number;
  readonly branch: string;
  /** The user part of Contact; absent: none. */
  readonly contactUser?: string;
  readonly maxForwards?: number;
  readonly userAgent: string;
  /** Route values, first hop first. */
  readonly route?: readonly string[];
  readonly headers?: readonly SipHeader[];
  readonly body?: { readonly type: string; readonly bytes: Uint8Array };
}

/** Builds any request with the headers that all must have (RFC 3261 8.1.1), and Contact. */
export function buildRequest(parts: RequestParts): SipRequest {
  const headers: SipHeader[] = [
    { name: "Via", value: viaOf(parts) },
    ...(parts.route ?? []).map((value) => ({ name: "Route", value })),
    { name: "Max-Forwards", value: String(parts.maxForwards ?? 70) },
    { name: "From", value: address(parts.from, parts.fromTag, parts.displayName) },
    { name: "To", value: address(parts.to, parts.toTag) },
    { name: "Call-ID", value: parts.callId },
    { name: "CSeq", value: `${parts.cseq} ${parts.method}` },
    { name: "Contact", value: `<${contactUri(parts)}>` },
    { name: "User-Agent", value: parts.userAgent },
    ...(parts.headers ?? []),
  ];
  if (parts.body !== undefined) headers.push({ name: "Content-Type", value: parts.body.type });
  const { method, uri } = parts;
  return { kind: "request", method, uri, headers, body: parts.body?.bytes ?? new Uint8Array() };
}

/** Builds an OPTIONS that asks what an INVITE would get (RFC 3261 11.1). */
export function optionsRequest(parts: Omit<RequestParts, "method">): SipRequest {
  const accept: SipHeader = { name: "Accept", value: "application/sdp" };
  return buildRequest({ ...parts, method: "OPTIONS", headers: [accept, ...(parts.headers ?? [])] });
}

/** `rport` without a value asks the server to answer to, and to tell, the port it saw (RFC 3581). */
function viaOf({ transport, local, branch }: RequestParts): string {
  const parameters = new Map([
    ["branch", branch],
    ["rport", null],
  ]);
  return encodeVia({ transport: transport.toUpperCase(), host: local.address, port: local.port, parameters });
}

function contactUri({ transport, local, contactUser }: RequestParts): string {
  const host = local.address.includes(":") ? `[${local.address}]` : local.address;
  const user = contactUser === undefined ? "" : `${contactUser}@`;
  return `sip:${user}${host}:${local.port}${transport === "udp" ? "" : `;transport=${transport}`}`;
}

function address(uriText: string, tag: string | undefined, displayName?: string): string {
  return encodeNameAddr({
    uriText,
    ...(displayName === undefined ? {} : { displayName }),
    parameters: new Map(tag === undefined ? [] : [["tag", tag]]),
  });
}

/**
 * The same request once more after a challenge: same Call-ID and From tag, CSeq + 1, new branch (RFC 3261 8.1.3.5, 22.2),
 * and `credentials` added (`Authorization` or `Proxy-Authorization`), in place of older ones of that name.
 */
export function retryRequest(
  request: SipRequest,
  branch: string,
  credentials: readonly SipHeader[],
): SipRequest {
  const replaced = new Set(credentials.map((header) => header.name));
  const headers = request.headers
    .filter((header) => !replaced.has(header.name))
    .map((header, index, all) => {
      if (header.name === "CSeq")
        return { name: "CSeq", value: `${(cseqOf(request)?.number ?? 0) + 1} ${request.method}` };
      const top = header.name === "Via" && all.findIndex(({ name }) => name === "Via") === index;
      return top ? { name: "Via", value: withBranch(header.value, branch) } : header;
    });
  return { ...request, headers: [...headers, ...credentials] };
}

function withBranch(value: string, branch: string): string {
  const via = decodeVia(value);
  if (!via.ok) throw new Error(`our own Via does not parse: ${value}`);
  return encodeVia({ ...via.value, parameters: new Map([...via.value.parameters, ["branch", branch]]) });
}

/** Calls off an INVITE that rings (RFC 3261 9.1): its Via, route and number; a transaction of its own. */
export function cancelRequest(invite: SipRequest): SipRequest {
  const kept = new Set(["Via", "Max-Forwards", "From", "To", "Call-ID", "Route", "User-Agent"]);
  return {
    ...invite,
    method: "CANCEL",
    headers: [
      ...invite.headers.filter(({ name }) => kept.has(name)),
      { name: "CSeq", value: `${cseqOf(invite)?.number ?? 1} CANCEL` },
    ],
    body: new Uint8Array(),
  };
}

/** The ACK for a refused INVITE: the INVITE's branch and route, the response's To (RFC 3261 17.1.1.3). */
export function ackForRefusal(invite: SipRequest, response: SipResponse): SipRequest {
  const cseq = `${cseqOf(invite)?.number ?? 0} ACK`;
  const kept = new Set(["Via", "Max-Forwards", "From", "Call-ID", "Route", "User-Agent"]);
  const headers = invite.headers.filter((header) => kept.has(header.name));
  const topVia = headerValues(invite, "Via")[0] ?? "";
  return {
    kind: "request",
    method: "ACK",
    uri: invite.uri,
    headers: [
      { name: "Via", value: topVia },
      ...headers.filter((header) => header.name !== "Via"),
      { name: "To", value: headerValue(response, "To") ?? headerValue(invite, "To") ?? "" },
      { name: "CSeq", value: cseq },
    ],
    body: new Uint8Array(),
  };
}
