import { Type } from "typebox";
import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { checkedOptions } from "./checked-options.ts";
import { controlCharacter } from "./control-character.ts";
import type { Pair, Refusal, Syntax, Written } from "./syntax.ts";

const Options = Type.Object(
  {
    /** Stands before everything; without it the phone takes nothing. */
    firstLine: Type.Optional(Type.String()),
    /** The word that clears a key. */
    clear: Type.Optional(Type.String({ minLength: 1 })),
  },
  { additionalProperties: false },
);
const optionsOf = checkedOptions(Options);

const key = /^[A-Za-z0-9_.-]{1,200}$/;
const mustBeQuoted = /[#"]|^\s|\s$/;

/** Why a value cannot stand on the right side of a line, or undefined. */
function limitOf(pair: Pair, clear: string | undefined): string | undefined {
  if (!key.test(pair.key)) return "a key of letters, digits, `_`, `-` and `.`";
  if (controlCharacter.test(pair.value)) return "one line of text without control characters";
  if (!pair.value.isWellFormed()) return "well-formed Unicode";
  if (pair.value === "" && clear === undefined) return "a value that is not empty";
  if (pair.value === clear) return `anything but ${clear}, which clears the key`;
  if (needsQuotes(pair.value) && pair.value.endsWith("\\"))
    return "a value in quotes that does not end in a backslash";
  return undefined;
}

/** `#` starts a comment, blanks at the ends are trimmed, and a quote is only plain inside of quotes. */
function needsQuotes(value: string): boolean {
  return mustBeQuoted.test(value);
}

function rightSide(value: string, clear: string | undefined): string {
  if (value === "") return clear ?? "";
  return needsQuotes(value) ? `"${value.replaceAll('"', '\\"')}"` : value;
}

function write(pairs: readonly Pair[], options: Readonly<Record<string, unknown>>): Written {
  const { firstLine, clear } = optionsOf(options);
  const text = firstLine === undefined ? [] : [firstLine];
  const lines: number[] = [];
  const refused: Refusal[] = [];
  for (const [index, pair] of pairs.entries()) {
    const limit = limitOf(pair, clear);
    if (limit !== undefined) refused.push({ index, limit });
    else text.push(`${pair.key} = ${rightSide(pair.value, clear)}`);
    lines.push(limit === undefined ? text.length : 0);
  }
  return { body: `${text.join("\n")}\n`, lines, refused };
}

/** The value of a right side: bare, or in quotes with `\"` for a quote. */
function readRightSide(text: string, place: string): Decoded<string> {
  if (!text.startsWith('"')) {
    return /[#"]/.test(text)
      ? mismatch(place, "quotes around a value with # or a quote", text)
      : decoded(text);
  }
  let value = "";
  for (let at = 1; at < text.length; at += 1) {
    const escaped = text[at] === "\\" && text[at + 1] === '"';
    if (text[at] === '"')
      return at === text.length - 1
        ? decoded(value)
        : mismatch(place, "nothing after the closing quote", text);
    value += escaped ? '"' : text[at];
    if (escaped) at += 1;
  }
  return mismatch(place, "a closing quote", text);
}

function read(body: string, options: Readonly<Record<string, unknown>>): Decoded<readonly Pair[]> {
  const { firstLine, clear } = optionsOf(options);
  const lines = body.split(/\r?\n/);
  if (lines.at(-1) !== "")
    return mismatch(`line ${lines.length}`, "a line end at the end", lines.at(-1) ?? "");
  if (firstLine !== undefined && lines[0] !== firstLine) return mismatch("line 1", firstLine, lines[0] ?? "");
  const pairs: Pair[] = [];
  for (const [index, line] of lines.entries()) {
    if (line === "" || line.startsWith("#")) continue;
    const place = `line ${index + 1}`;
    const equals = line.indexOf("=");
    const name = line.slice(0, Math.max(equals, 0)).replace(/[ \t]+$/, "");
    if (!key.test(name)) return mismatch(place, "`key = value`", line);
    const right = line.slice(equals + 1).replace(/^[ \t]+|[ \t]+$/g, "");
    const value = right === clear ? decoded("") : readRightSide(right, place);
    if (!value.ok) return value;
    if (controlCharacter.test(value.value)) return mismatch(place, "text without control characters", line);
    pairs.push({ key: name, value: value.value });
  }
  return decoded(pairs);
}

/** `key = value`, a line each (Yealink, Akuvox, Algo). A value with a line break is refused: it would add a parameter. */
export const keyValue: Syntax = { name: "key-value", options: Options, write, read };
