import { Type, type Static } from "typebox";
import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { checkedOptions } from "./checked-options.ts";
import type { Pair, Refusal, Syntax, Written } from "./syntax.ts";

// java.util.Properties, as `load(InputStream)` reads it: ISO 8859-1 with \uXXXX for the rest. So all that is not printable
// ASCII is written as \uXXXX, which any reader takes.

const Options = Type.Object(
  {
    /** The word that clears a key. */
    clear: Type.Optional(Type.String({ minLength: 1 })),
  },
  { additionalProperties: false },
);
type Options = Static<typeof Options>;
const optionsOf = checkedOptions(Options);

const key = /^[A-Za-z0-9_.-]{1,200}$/;
const short: Readonly<Record<string, string>> = { "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r" };
const long: Readonly<Record<string, string>> = { t: "\t", n: "\n", f: "\f", r: "\r" };

function limitOf(pair: Pair, { clear }: Options): string | undefined {
  if (!key.test(pair.key)) return "a key of letters, digits, `_`, `-` and `.`";
  if (!pair.value.isWellFormed()) return "well-formed Unicode";
  return pair.value !== "" && pair.value === clear
    ? `anything but ${clear}, which clears the key`
    : undefined;
}

function escape(value: string): string {
  return value
    .replaceAll(/[\\:=#!]|^ /g, String.raw`\$&`)
    .replaceAll(/[\t\n\f\r]/g, (character) => short[character] ?? character)
    .replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`);
}

/** The value of a right side; undefined where an escape means nothing. */
function unescape(text: string): string | undefined {
  if (!/^(?:[^\\]|\\u[0-9A-Fa-f]{4}|\\[^u])*$/.test(text)) return undefined;
  return text.replaceAll(/\\(?:u([0-9A-Fa-f]{4})|(.))/g, (_, code?: string, character?: string) =>
    code === undefined
      ? (long[character ?? ""] ?? character ?? "")
      : String.fromCharCode(Number.parseInt(code, 16)),
  );
}

function write(pairs: readonly Pair[], given: Readonly<Record<string, unknown>>): Written {
  const options = optionsOf(given);
  const text: string[] = [];
  const refused: Refusal[] = [];
  const lines = pairs.map((pair, index) => {
    const limit = limitOf(pair, options);
    if (limit !== undefined) refused.push({ index, limit });
    const value = pair.value === "" ? (options.clear ?? "") : escape(pair.value);
    return limit === undefined ? text.push(`${pair.key}=${value}`) : 0;
  });
  return { body: text.map((line) => `${line}\n`).join(""), lines, refused };
}

function read(body: string, given: Readonly<Record<string, unknown>>): Decoded<readonly Pair[]> {
  const options = optionsOf(given);
  const pairs: Pair[] = [];
  for (const [index, line] of body.split(/\r?\n/).entries()) {
    if (line === "" || /^[#!]/.test(line)) continue;
    const place = `line ${index + 1}`;
    const equals = line.indexOf("=");
    const right = line.slice(equals + 1);
    const value = right === options.clear ? "" : unescape(right);
    if (equals < 1 || value === undefined) return mismatch(place, "`key=value` with sound escapes", line);
    if (/[^ -~]/.test(right)) return mismatch(place, String.raw`ASCII, with \uXXXX for the rest`, line);
    const pair = { key: line.slice(0, equals), value };
    const limit = limitOf(pair, options);
    if (limit !== undefined) return mismatch(place, limit, line);
    pairs.push(pair);
  }
  return decoded(pairs);
}

/** Java properties in ASCII (Jitsi). Carries any text, line breaks too. */
export const javaProperties: Syntax = { name: "java-properties", options: Options, write, read };
