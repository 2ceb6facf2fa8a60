import { decoded, mismatch, type Decoded } from "../decoded.ts";
import type { Defects } from "./defect.ts";
import { quote, unquote } from "./parameters.ts";
import { splitOutsideQuotes } from "./split.ts";

/** The value of WWW-Authenticate, Authorization and their Proxy- forms: a scheme and `name=value` pairs. */
export interface AuthHeader {
  /** As written; compare without case. */
  readonly scheme: string;
  /** Names in lower case, quotes taken off. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Reads one header value; the pairs are separated by commas (RFC 3261 25.1, RFC 7616 3.3). */
export function decodeAuthHeader(text: string): Decoded<AuthHeader> {
  const space = text.search(/\s/);
  const scheme = space === -1 ? text : text.slice(0, space);
  if (!/^[A-Za-z0-9\-.!%*_+`'~]+$/.test(scheme)) return mismatch("byte 0", "an authentication scheme", text);
  const parameters = new Map<string, string>();
  const rest = space === -1 ? "" : text.slice(space + 1);
  for (const piece of splitOutsideQuotes(rest, ",")) {
    if (piece.text === "") continue;
    const equals = piece.text.indexOf("=");
    if (equals <= 0) return mismatch(`byte ${space + 1 + piece.at}`, "name=value", piece.text);
    const name = piece.text.slice(0, equals).trim().toLowerCase();
    if (parameters.has(name)) return mismatch(`byte ${space + 1 + piece.at}`, `${name} once`, piece.text);
    parameters.set(name, unquote(piece.text.slice(equals + 1).trim()));
  }
  return decoded({ scheme, parameters });
}

// `nc`, `algorithm`, `stale` and, in an Authorization, `qop` are sent bare (RFC 7616 3.4); the challenge quotes its qop list.
const bare = new Set(["nc", "algorithm", "stale"]);

/** Writes one header value. `challenge`: qop is a quoted list. */
export function encodeAuthHeader(header: AuthHeader, as: "challenge" | "credentials"): string {
  const pairs = [...header.parameters].map(([name, value]) => {
    const plain = bare.has(name) || (name === "qop" && as === "credentials");
    return `${name}=${plain ? value : quote(value)}`;
  });
  return `${header.scheme} ${pairs.join(", ")}`;
}

/** The defects of one value, at its place. */
export function authDefects(value: string, at: number, defects: Defects): void {
  const header = decodeAuthHeader(value);
  if (!header.ok) defects.add("auth-syntax", at, header.why.expected, "(not shown)");
}
