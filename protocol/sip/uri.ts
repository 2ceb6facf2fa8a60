import { decoded, mismatch, type Decoded } from "../decoded.ts";
import { Defects } from "./defect.ts";
import { noParameters, readParameters, type Parameters } from "./parameters.ts";

/** A `sip:` or `sips:` URI (RFC 3261 19.1). User and parameters keep their `%` escapes. */
export interface SipUri {
  readonly kind: "sip";
  readonly scheme: "sip" | "sips";
  readonly user?: string;
  readonly password?: string;
  /** IPv6 literals without brackets. */
  readonly host: string;
  readonly port?: number;
  readonly parameters: Parameters;
  /** What follows `?`, as written. */
  readonly headers?: string;
}

/** Any other scheme: `tel:`, `urn:`, or one nobody knows. */
export interface OtherUri {
  readonly kind: "other";
  readonly scheme: string;
  readonly rest: string;
}

export type Uri = SipUri | OtherUri;

const userText = /^(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/]|%[0-9A-Fa-f]{2})+$/;
const passwordText = /^(?:[A-Za-z0-9\-_.!~*'()&=+$,]|%[0-9A-Fa-f]{2})*$/;
const hostName = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,253}[A-Za-z0-9])?\.?$/;
const ipv6 = /^[0-9A-Fa-f:.]{2,45}$/;

/**
 * Reads a URI. Refused when there is no scheme, or no host in a SIP URI; lesser faults go to `defects`
 * (`at` is the byte offset of `text` in the message) and the reading goes on.
 */
export function decodeUri(text: string, defects = new Defects(), at = 0): Decoded<Uri> {
  const colon = text.indexOf(":");
  const scheme = text.slice(0, Math.max(colon, 0)).toLowerCase();
  if (!/^[a-z][a-z0-9+.-]*$/.test(scheme)) return mismatch(`byte ${at}`, "a URI scheme and a colon", text);
  const rest = text.slice(colon + 1);
  if (scheme === "sip" || scheme === "sips") return decodeSipUri(scheme, rest, defects, at + colon + 1);
  if (/[\s<>"]/.test(rest)) defects.add("uri-syntax", at, "no space, quote or bracket in a URI", text);
  if (scheme !== "tel" && scheme !== "urn" && !/^https?$/.test(scheme)) {
    defects.add("unknown-scheme", at, "sip, sips or tel", scheme);
  }
  return decoded({ kind: "other", scheme, rest });
}

function decodeSipUri(scheme: "sip" | "sips", text: string, defects: Defects, at: number): Decoded<SipUri> {
  if (/[\s<>"]/.test(text)) defects.add("uri-syntax", at, "no space, quote or bracket in a URI", text);
  // The user part may hold `;` and `?`, so the `@` is looked for first (RFC 4475 3.1.1.9).
  const atSign = text.lastIndexOf("@");
  const userinfo = atSign === -1 ? undefined : text.slice(0, atSign);
  const tail = text.slice(atSign + 1);
  const question = tail.indexOf("?");
  const beforeHeaders = question === -1 ? tail : tail.slice(0, question);
  const semicolon = beforeHeaders.indexOf(";");
  const hostport = (semicolon === -1 ? beforeHeaders : beforeHeaders.slice(0, semicolon)).trim();
  const where = at + atSign + 1;
  const place = readHostPort(hostport, where, defects);
  if (place === undefined) return mismatch(`byte ${where}`, "a host", hostport);
  return decoded({
    kind: "sip",
    scheme,
    ...readUserinfo(userinfo, at, defects),
    ...place,
    parameters:
      semicolon === -1
        ? noParameters
        : readParameters(beforeHeaders.slice(semicolon), where + semicolon, "uri", defects),
    ...(question === -1 ? {} : { headers: tail.slice(question + 1) }),
  });
}

function readUserinfo(text: string | undefined, at: number, defects: Defects) {
  if (text === undefined) return {};
  const colon = text.indexOf(":");
  const user = colon === -1 ? text : text.slice(0, colon);
  if (!userText.test(user)) defects.add("uri-syntax", at, "a user part", user);
  if (colon === -1) return { user };
  const password = text.slice(colon + 1);
  if (!passwordText.test(password)) defects.add("uri-syntax", at + colon + 1, "a password", "(not shown)");
  return { user, password };
}

/** `host`, `host:port`, `[v6]`, `[v6]:port`; undefined when there is no host at all. */
export function readHostPort(
  text: string,
  at: number,
  defects: Defects,
): { readonly host: string; readonly port?: number } | undefined {
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::([\s\S]*))?$/.exec(text);
  const literal = match?.[1];
  const host = literal ?? match?.[2]?.trim();
  if (text.split(":").length > 2 && literal === undefined) return bareIpv6(text, at, defects);
  if (host === undefined || host === "") return undefined;
  const good = literal === undefined ? hostName.test(host) : ipv6.test(host);
  if (!good) defects.add("uri-syntax", at, "a host name or address", host);
  const written = match?.[3]?.trim();
  if (written === undefined) return { host };
  const port = /^\d{1,5}$/.test(written) ? Number(written) : 65_536;
  if (port > 65_535) {
    defects.add("number-range", at, "a port of 0 to 65535", written);
    return { host };
  }
  return { host, port };
}

/** RFC 5118 4.5: an IPv6 literal without brackets leaves it open whether its last group is a port. */
function bareIpv6(text: string, at: number, defects: Defects): { readonly host: string } | undefined {
  if (!ipv6.test(text)) return undefined;
  defects.add("uri-syntax", at, "brackets around an IPv6 address", text);
  return { host: text };
}

/** The text of a URI. */
export function encodeUri(uri: Uri): string {
  if (uri.kind === "other") return `${uri.scheme}:${uri.rest}`;
  let text = `${uri.scheme}:`;
  if (uri.user !== undefined) {
    text += uri.password === undefined ? `${uri.user}@` : `${uri.user}:${uri.password}@`;
  }
  text += printHostPort(uri.host, uri.port);
  for (const [name, value] of uri.parameters) text += value === null ? `;${name}` : `;${name}=${value}`;
  return uri.headers === undefined ? text : `${text}?${uri.headers}`;
}

/** `host:port`, with brackets around an IPv6 address. */
export function printHostPort(host: string, port: number | undefined): string {
  const bracketed = host.includes(":") ? `[${host}]` : host;
  return port === undefined ? bracketed : `${bracketed}:${port}`;
}

/** A user part as people read it: `%41` is `A`; a broken escape stays. */
export function userOf(uri: SipUri): string | undefined {
  if (uri.user === undefined) return undefined;
  try {
    return decodeURIComponent(uri.user);
  } catch {
    return uri.user;
  }
}

/** Escapes what a user part may not hold (RFC 3261 19.1.2). */
export function escapeUser(user: string): string {
  return encodeURIComponent(user).replaceAll(/%(?:26|3D|2B|24|2C|3B|3F|2F)/g, decodeURIComponent);
}
