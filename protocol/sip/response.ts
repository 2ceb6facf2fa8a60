import { headerValue, headerValues, type SipHeader, type SipRequest, type SipResponse } from "./message.ts";
import { tagOf } from "./name-addr.ts";
import { decodeVia, encodeVia } from "./via.ts";

export interface ResponseParts {
  readonly code: number;
  readonly reason?: string;
  /** Our To tag; every response but 100 has one (RFC 3261 8.2.6.2). */
  readonly toTag: string;
  readonly headers?: readonly SipHeader[];
  readonly body?: { readonly type: string; readonly bytes: Uint8Array };
}

/** The answer to a request that came from `source`: its Vias with `received` and `rport`, From, To, Call-ID and CSeq. */
export function buildResponse(
  request: SipRequest,
  source: { readonly address: string; readonly port: number },
  parts: ResponseParts,
): SipResponse {
  const to = headerValue(request, "To") ?? "";
  const tagged = parts.code === 100 || tagOf(to) !== undefined ? to : `${to};tag=${parts.toTag}`;
  const [top, ...others] = headerValues(request, "Via");
  const headers: SipHeader[] = [
    { name: "Via", value: top === undefined ? "" : withSource(top, source) },
    ...others.map((value) => ({ name: "Via", value })),
    { name: "From", value: headerValue(request, "From") ?? "" },
    { name: "To", value: tagged },
    { name: "Call-ID", value: headerValue(request, "Call-ID") ?? "" },
    { name: "CSeq", value: headerValue(request, "CSeq") ?? "" },
    ...(parts.code > 100 && parts.code < 300 ? recordRoute(request) : []),
    ...(parts.headers ?? []),
  ];
  if (parts.body !== undefined) headers.push({ name: "Content-Type", value: parts.body.type });
  const reason = parts.reason ?? reasonPhrases[parts.code] ?? "";
  return { kind: "response", code: parts.code, reason, headers, body: parts.body?.bytes ?? new Uint8Array() };
}

function recordRoute(request: SipRequest): SipHeader[] {
  return headerValues(request, "Record-Route").map((value) => ({ name: "Record-Route", value }));
}

/** RFC 3581 4: `received` when the address differs, and always when `rport` was asked; `rport` with the port seen. */
function withSource(value: string, source: { readonly address: string; readonly port: number }): string {
  const via = decodeVia(value);
  if (!via.ok) return value;
  const parameters = new Map(via.value.parameters);
  const asked = parameters.has("rport");
  if (asked) parameters.set("rport", String(source.port));
  if (asked || via.value.host !== source.address) parameters.set("received", source.address);
  return encodeVia({ ...via.value, parameters });
}

/** The usual reason phrases (RFC 3261 21). */
export const reasonPhrases: Readonly<Record<number, string>> = {
  100: "Trying",
  180: "Ringing",
  183: "Session Progress",
  200: "OK",
  202: "Accepted",
  302: "Moved Temporarily",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  407: "Proxy Authentication Required",
  408: "Request Timeout",
  415: "Unsupported Media Type",
  420: "Bad Extension",
  423: "Interval Too Brief",
  480: "Temporarily Unavailable",
  481: "Call/Transaction Does Not Exist",
  486: "Busy Here",
  487: "Request Terminated",
  488: "Not Acceptable Here",
  500: "Server Internal Error",
  501: "Not Implemented",
  503: "Service Unavailable",
  504: "Server Time-out",
  513: "Message Too Large",
  600: "Busy Everywhere",
  603: "Decline",
};
