import { decoded, mismatch, type Decoded } from "../decoded.ts";
import { Defects } from "./defect.ts";
import { printParameters, quote, readParameters, unquote, type Parameters } from "./parameters.ts";
import { decodeUri, type Uri } from "./uri.ts";

/** `"Anna" <sip:anna@pbx.example>;tag=1`: the value of From, To, Contact, Route and their like (RFC 3261 20.10). */
export interface NameAddr {
  readonly displayName?: string;
  readonly uri: Uri;
  /** The URI as written. */
  readonly uriText: string;
  readonly parameters: Parameters;
}

// Unquoted display names are tokens with white space between.
const displayWords = /^[A-Za-z0-9\-.!%*_+`'~\s]*$/;

/** Reads one value. Refused when no URI can be read; lesser faults go to `defects`, at `at` plus their place. */
export function decodeNameAddr(text: string, defects = new Defects(), at = 0): Decoded<NameAddr> {
  const open = openingBracket(text);
  if (open === -1) return bareAddr(text, defects, at);
  const close = text.indexOf(">", open);
  if (close === -1) return mismatch(`byte ${at + open}`, "a closing >", text.slice(open));
  const displayName = readDisplayName(text.slice(0, open).trim(), at, defects);
  const inside = text.slice(open + 1, close);
  const uriText = inside.trim();
  if (uriText !== inside) defects.add("uri-syntax", at + open + 1, "no space between < and >", inside);
  const uri = decodeUri(uriText, defects, at + open + 1);
  if (!uri.ok) return uri;
  const after = text.slice(close + 1).trimStart();
  if (after !== "" && !after.startsWith(";")) {
    defects.add("name-addr-syntax", at + close + 1, "a ; or the end after >", after);
  }
  const rest = after.startsWith(";") ? after : "";
  const parameters = readParameters(rest, at + text.length - rest.length, "header", defects);
  return decoded({ ...displayName, uri: uri.value, uriText, parameters });
}

/** The `<` that opens the URI: not one inside a quoted display name. */
function openingBracket(text: string): number {
  if (!text.trimStart().startsWith('"')) return text.indexOf("<");
  const quoted = /^\s*"(?:[^"\\]|\\[\s\S])*"/.exec(text);
  return text.indexOf("<", quoted?.[0].length ?? 0);
}

function readDisplayName(text: string, at: number, defects: Defects): { displayName?: string } {
  if (text === "") return {};
  if (text.startsWith('"')) {
    if (!/^"(?:[^"\\]|\\[\s\S])*"$/.test(text)) {
      defects.add("quote-open", at, "a display name that ends with its quote", text);
    }
    return { displayName: unquote(text) };
  }
  if (!displayWords.test(text)) defects.add("display-name-syntax", at, "quotes around this name", text);
  return { displayName: text };
}

/** Without brackets a parameter belongs to the header, not to the URI, and `?` and `,` are not allowed (RFC 3261 20.10). */
function bareAddr(text: string, defects: Defects, at: number): Decoded<NameAddr> {
  if (text.trimStart().startsWith('"')) {
    defects.add("quote-open", at, "a quoted name and a URI in brackets", text);
  }
  const semicolon = semicolonAfterUser(text);
  const uriText = (semicolon === -1 ? text : text.slice(0, semicolon)).trim();
  if (uriText.includes("?")) defects.add("uri-needs-brackets", at, "< and > around a URI with ?", uriText);
  const uri = decodeUri(uriText, defects, at);
  if (!uri.ok) return uri;
  const rest = semicolon === -1 ? "" : text.slice(semicolon);
  return decoded({
    uri: uri.value,
    uriText,
    parameters: readParameters(rest, at + Math.max(semicolon, 0), "header", defects),
  });
}

function semicolonAfterUser(text: string): number {
  // Only the first @ is considered: a later one may stand in a quoted parameter.
  const first = text.indexOf(";");
  const atSign = text.indexOf("@");
  const quoted = text.indexOf('"');
  const userHoldsSemicolon = first !== -1 && first < atSign && (quoted === -1 || atSign < quoted);
  return userHoldsSemicolon ? text.indexOf(";", atSign) : first;
}

/** The text of a name-addr; the URI as it was written. */
export function encodeNameAddr(value: {
  readonly displayName?: string;
  readonly uriText: string;
  readonly parameters?: Parameters;
}): string {
  const name = value.displayName === undefined ? "" : `${quote(value.displayName)} `;
  return `${name}<${value.uriText}>${printParameters(value.parameters ?? new Map())}`;
}

// `<sip:user@host:port>;tag=token` or without a tag, as nearly all are: nothing in it that must be looked into.
const plainAddr = /^<sips?:(?:[A-Za-z0-9\-_.]+@)?[A-Za-z0-9.-]+(?::\d+)?>(?:;tag=([A-Za-z0-9\-.]+))?$/;

/** The `tag` of a From or To value, or undefined. */
export function tagOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const plain = plainAddr.exec(text);
  if (plain !== null) return plain[1];
  const value = decodeNameAddr(text);
  return value.ok ? (value.value.parameters.get("tag") ?? undefined) : undefined;
}
