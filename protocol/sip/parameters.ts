import type { Defects } from "./defect.ts";
import { splitOutsideQuotes } from "./split.ts";

/** `;name=value` pairs: names in lower case, quotes taken off; null for a name alone (`;rport`, `;lr`). */
export type Parameters = ReadonlyMap<string, string | null>;

export const noParameters: Parameters = new Map();

// RFC 3261 25.1: token, and what else a parameter name inside a URI may hold.
const token = /^[A-Za-z0-9\-.!%*_+`'~]+$/;
const uriName = /^[A-Za-z0-9\-.!%*_+`'~()[\]/:&$]+$/;
// gen-value is token, host or quoted string; the host may be an IPv6 literal, which servers often write without brackets.
const genericValue = /^(?:[A-Za-z0-9\-.!%*_+`'~[\]:]+|"(?:[^"\\]|\\[\s\S])*")$/;

/**
 * Reads what follows the first `;` (or starts with it). `at` is the byte offset of `text` in the message.
 * `where`: in a URI more characters are allowed and quotes are not.
 */
export function readParameters(
  text: string,
  at: number,
  where: "header" | "uri",
  defects: Defects,
): Parameters {
  if (text === "") return noParameters;
  const parameters = new Map<string, string | null>();
  const pieces = splitOutsideQuotes(text, ";");
  for (const [index, piece] of pieces.entries()) {
    if (piece.text === "" && index === 0) continue;
    readParameter(piece.text, at + piece.at, where, parameters, defects);
  }
  return parameters;
}

function readParameter(
  text: string,
  at: number,
  where: "header" | "uri",
  into: Map<string, string | null>,
  defects: Defects,
): void {
  const equals = text.indexOf("=");
  const name = (equals === -1 ? text : text.slice(0, equals)).trim();
  const value = equals === -1 ? null : text.slice(equals + 1).trim();
  const nameOk = (where === "uri" ? uriName : token).test(name);
  if (!nameOk) defects.add("parameter-syntax", at, "a parameter name", text);
  else if (value !== null && where === "header" && !valueOk(value)) {
    defects.add("parameter-syntax", at + equals + 1, "a token, a host or a quoted string", value);
  }
  const key = name.toLowerCase();
  if (into.has(key)) defects.add("parameter-twice", at, `${key} once`, text);
  else into.set(key, value === null ? null : unquote(value));
}

function valueOk(value: string): boolean {
  return genericValue.test(value);
}

/** Takes `"…"` off and resolves `\x`; other text stays as it is. */
export function unquote(value: string): string {
  if (value.length < 2 || !value.startsWith('"') || !value.endsWith('"')) return value;
  return value.slice(1, -1).replaceAll(/\\([\s\S])/g, "$1");
}

/** Writes a quoted string (RFC 3261 25.1); line ends cannot be quoted and become spaces. */
export function quote(text: string): string {
  return `"${text.replaceAll(/[\r\n]+/g, " ").replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/** Writes header parameters, quoting the values that need it; starts with `;`, or is empty. */
export function printParameters(parameters: Parameters): string {
  let text = "";
  for (const [name, value] of parameters) {
    text += value === null ? `;${name}` : `;${name}=${genericValue.test(value) ? value : quote(value)}`;
  }
  return text;
}
