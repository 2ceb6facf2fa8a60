import { Type } from "typebox";
import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { checkedOptions } from "./checked-options.ts";
import { controlCharacter } from "./control-character.ts";
import type { Pair, Refusal, Syntax, Written } from "./syntax.ts";

const Options = Type.Object(
  {
    /** Stands before everything; without it the phone takes nothing. */
    firstLine: Type.Optional(Type.String()),
    /** Bytes of a line at most, its CR LF counted; the phone leaves out longer ones. */
    longestLine: Type.Optional(Type.Integer({ minimum: 10 })),
  },
  { additionalProperties: false },
);
const optionsOf = checkedOptions(Options);

const key = /^[A-Z][A-Z0-9_]{0,99}$/;
const lineOf = ({ key: name, value }: Pair): string => `${name}="${value}"`;

function limitOf(pair: Pair, longest: number | undefined): string | undefined {
  if (!key.test(pair.key)) return "a key of capital letters, digits and `_`";
  if (controlCharacter.test(pair.value)) return "one line of text without control characters";
  if (!pair.value.isWellFormed()) return "well-formed Unicode";
  if (pair.value.includes('"')) return 'text without the sign "';
  if (longest === undefined) return undefined;
  const left = longest - Buffer.byteLength(lineOf({ key: pair.key, value: "" })) - 2;
  return Buffer.byteLength(pair.value) > left ? `at most ${left} bytes` : undefined;
}

function write(pairs: readonly Pair[], options: Readonly<Record<string, unknown>>): Written {
  const { firstLine, longestLine } = optionsOf(options);
  const text = firstLine === undefined ? [] : [firstLine];
  const lines: number[] = [];
  const refused: Refusal[] = [];
  for (const [index, pair] of pairs.entries()) {
    const limit = limitOf(pair, longestLine);
    if (limit !== undefined) refused.push({ index, limit });
    else text.push(lineOf(pair));
    lines.push(limit === undefined ? text.length : 0);
  }
  return { body: text.map((line) => `${line}\r\n`).join(""), lines, refused };
}

function read(body: string, options: Readonly<Record<string, unknown>>): Decoded<readonly Pair[]> {
  const { firstLine, longestLine } = optionsOf(options);
  const lines = body.split("\r\n");
  if (lines.at(-1) !== "" || lines.length === 1)
    return mismatch(`line ${lines.length}`, "CR LF at the end of each line", lines.at(-1) ?? "");
  if (firstLine !== undefined && lines[0] !== firstLine) return mismatch("line 1", firstLine, lines[0] ?? "");
  const pairs: Pair[] = [];
  for (const [index, line] of lines.entries()) {
    if (line === "" || line.startsWith("#")) continue;
    const [, name = "", value = ""] = /^([^="]*)="([^"]*)"$/.exec(line) ?? [];
    const pair = { key: name, value };
    const limit = limitOf(pair, longestLine);
    if (limit !== undefined) return mismatch(`line ${index + 1}`, limit, line);
    pairs.push(pair);
  }
  return decoded(pairs);
}

/** `KEY="value"`, CR LF after each line (Panasonic). There is no way to say a double quote. */
export const quotedLines: Syntax = { name: "quoted-lines", options: Options, write, read };
