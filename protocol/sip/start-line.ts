import { decoded, mismatch, type Decoded } from "../decoded.ts";
import type { Defects } from "./defect.ts";
import { trimLws, trimStartLws } from "./split.ts";
import { decodeUri } from "./uri.ts";

export type StartLine =
  | { readonly kind: "request"; readonly method: string; readonly uri: string }
  | { readonly kind: "response"; readonly code: number; readonly reason: string };

/** Reads a request line or a status line; `text` is Latin-1, one character per byte, `at` its offset. */
export function readStartLine(text: string, at: number, defects: Defects): Decoded<StartLine> {
  if (/^SIP[ \t]*\//i.test(text)) return statusLine(text, at, defects);
  return requestLine(text, at, defects);
}

// SIP/2.0 200 OK: single spaces, and the second stands even before an empty reason (RFC 3261 7.2).
function statusLine(text: string, at: number, defects: Defects): Decoded<StartLine> {
  // The usual form, in which nothing can be wrong.
  if (/^SIP\/2\.0 [1-6]\d\d [ -~]*$/.test(text))
    return decoded({ kind: "response", code: Number(text.slice(8, 11)), reason: text.slice(12) });
  const match = /^([^ \t]+)([ \t]+)(\d+)(?:( )([\s\S]*))?$/.exec(text);
  if (match === null) return mismatch(`byte ${at}`, "SIP/2.0 and a status code", text);
  const [, version = "", gap = "", digits = "", space, reason = ""] = match;
  checkVersion(version, at, defects);
  if (gap !== " " || space === undefined) {
    defects.add("start-line-spacing", at, "one space around the status code", text);
  }
  const code = Number(digits);
  if (!/^[1-6]\d\d$/.test(digits)) {
    defects.add("status-code", at + version.length + gap.length, "100 to 699", digits);
    // Outside all classes nobody can act on it; a huge one must not be cut to look like a known one.
    if (!/^\d{3}$/.test(digits)) return mismatch(`byte ${at}`, "a status code of three digits", digits);
  }
  return decoded({ kind: "response", code, reason: utf8(reason) });
}

// METHOD SP Request-URI SP SIP/2.0 (RFC 3261 7.1).
function requestLine(text: string, at: number, defects: Defects): Decoded<StartLine> {
  const line = trimLws(text);
  const gap = line.search(/[ \t]/);
  const version = line.slice(lastSpace(line) + 1);
  if (gap === -1 || gap >= lastSpace(line) || !/^SIP\//i.test(version)) {
    return mismatch(`byte ${at}`, "a method, a URI and SIP/2.0", text);
  }
  const method = line.slice(0, gap);
  const middle = line.slice(gap, line.length - version.length);
  const uri = trimLws(middle);
  if (uri === "") return mismatch(`byte ${at}`, "a URI between method and version", text);
  const lineAt = at + text.length - trimStartLws(text).length;
  checkVersion(version, lineAt + line.length - version.length, defects);
  if (line !== text || middle !== ` ${uri} `) {
    defects.add("start-line-spacing", at, "one space between method, URI and version", text);
  }
  if (!/^[A-Za-z0-9\-.!%*_+`'~]+$/.test(method)) defects.add("method-syntax", at, "a token", method);
  const uriAt = lineAt + gap + middle.length - trimStartLws(middle).length;
  checkRequestUri(uri, uriAt, defects);
  return decoded({ kind: "request", method: utf8(method), uri: utf8(uri) });
}

function checkVersion(version: string, at: number, defects: Defects): void {
  if (version.toUpperCase() !== "SIP/2.0") defects.add("version", at, "SIP/2.0", version);
}

function checkRequestUri(text: string, at: number, defects: Defects): void {
  if (/^<.*>$/.test(text)) {
    defects.add("request-uri-brackets", at, "a URI without < and >", text);
    return;
  }
  // eslint-disable-next-line no-control-regex
  if (/[^\u0000-\u007f]/.test(text)) defects.add("request-uri-syntax", at, "ASCII in a Request-URI", text);
  const uri = decodeUri(text, defects, at);
  if (!uri.ok) defects.add("request-uri-syntax", at, uri.why.expected, text);
  // RFC 3261 19.1.1: headers have no meaning in a Request-URI.
  else if (uri.value.kind === "sip" && uri.value.headers !== undefined) {
    defects.add("request-uri-headers", at, "no ? in a Request-URI", text);
  }
}

function lastSpace(text: string): number {
  return Math.max(text.lastIndexOf(" "), text.lastIndexOf("\t"));
}

function utf8(latin1: string): string {
  return /^[ -~]*$/.test(latin1) ? latin1 : Buffer.from(latin1, "latin1").toString("utf8");
}
