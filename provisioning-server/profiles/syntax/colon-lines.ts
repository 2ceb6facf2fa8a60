import { Type } from "typebox";
import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { controlCharacter } from "./control-character.ts";
import type { Pair, Refusal, Syntax, Written } from "./syntax.ts";

const Options = Type.Object({}, { additionalProperties: false });

// `dst [start|end] relative date`, `802.1x root and intermediate certificates`: single blanks, and no colon.
const key = /^[a-z0-9[][a-z0-9_.|[\]-]*(?: [a-z0-9_.|[\]-]+)*$/;

function limitOf(pair: Pair): string | undefined {
  if (pair.key.length > 100 || !key.test(pair.key))
    return "a key of lower-case words with one blank between them";
  if (controlCharacter.test(pair.value)) return "one line of text without control characters";
  if (!pair.value.isWellFormed()) return "well-formed Unicode";
  if (pair.value.includes('"')) return 'text without the sign "';
  return undefined;
}

/** A `#` after a blank starts a comment, and blanks at the ends are trimmed. */
function needsQuotes(value: string): boolean {
  return /#|^\s|\s$/u.test(value);
}

function lineOf({ key: name, value }: Pair): string {
  if (value === "") return `${name}:`;
  return needsQuotes(value) ? `${name}: "${value}"` : `${name}: ${value}`;
}

function write(pairs: readonly Pair[]): Written {
  const text: string[] = [];
  const lines: number[] = [];
  const refused: Refusal[] = [];
  for (const [index, pair] of pairs.entries()) {
    const limit = limitOf(pair);
    if (limit !== undefined) refused.push({ index, limit });
    else text.push(lineOf(pair));
    lines.push(limit === undefined ? text.length : 0);
  }
  return { body: text.map((line) => `${line}\n`).join(""), lines, refused };
}

function readRightSide(text: string, place: string): Decoded<string> {
  if (!/["#]/.test(text)) return decoded(text);
  const [, quoted] = /^"([^"]*)"$/.exec(text) ?? [];
  return quoted === undefined
    ? mismatch(place, "quotes around a value with # or blanks", text)
    : decoded(quoted);
}

function read(body: string): Decoded<readonly Pair[]> {
  const lines = body.split(/\r?\n/);
  if (lines.at(-1) !== "")
    return mismatch(`line ${lines.length}`, "a line end at the end", lines.at(-1) ?? "");
  const pairs: Pair[] = [];
  for (const [index, line] of lines.entries()) {
    if (line === "" || line.startsWith("#")) continue;
    const place = `line ${index + 1}`;
    const colon = line.indexOf(":");
    const name = line.slice(0, Math.max(colon, 0));
    if (!key.test(name)) return mismatch(place, "`key: value`", line);
    const value = readRightSide(line.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, ""), place);
    if (!value.ok) return value;
    const pair = { key: name, value: value.value };
    const limit = limitOf(pair);
    if (limit !== undefined) return mismatch(place, limit, line);
    pairs.push(pair);
  }
  return decoded(pairs);
}

/** `key: value`, a line each, in lower case with blanks (Mitel, Aastra). There is no way to say a double quote. */
export const colonLines: Syntax = { name: "colon-lines", options: Options, write, read };
