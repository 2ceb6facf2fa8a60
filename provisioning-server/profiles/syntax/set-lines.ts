import { Type } from "typebox";
import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { checkedOptions } from "./checked-options.ts";
import { controlCharacter } from "./control-character.ts";
import type { Pair, Refusal, Syntax, Written } from "./syntax.ts";

const Options = Type.Object(
  {
    /** Files that the script fetches after its settings. Phones put their own MAC in for `$MACADDR`. */
    get: Type.Optional(Type.Array(Type.String({ pattern: "^[A-Za-z0-9$._-]+$" }))),
  },
  { additionalProperties: false },
);
const optionsOf = checkedOptions(Options);

const key = /^[A-Z0-9][A-Z0-9_]{0,99}$/;
const bare = /^[A-Za-z0-9_.:/,@%+=-]+$/;

function limitOf(pair: Pair): string | undefined {
  if (!key.test(pair.key)) return "a key of capital letters, digits and `_`";
  if (controlCharacter.test(pair.value)) return "one line of text without control characters";
  if (!pair.value.isWellFormed()) return "well-formed Unicode";
  if (pair.value.includes('"')) return 'text without the sign "';
  return undefined;
}

function lineOf({ key: name, value }: Pair): string {
  return `SET ${name} ${bare.test(value) ? value : `"${value}"`}`;
}

function write(pairs: readonly Pair[], options: Readonly<Record<string, unknown>>): Written {
  const { get = [] } = optionsOf(options);
  const text: string[] = [];
  const lines: number[] = [];
  const refused: Refusal[] = [];
  for (const [index, pair] of pairs.entries()) {
    const limit = limitOf(pair);
    if (limit !== undefined) refused.push({ index, limit });
    else text.push(lineOf(pair));
    lines.push(limit === undefined ? text.length : 0);
  }
  text.push(...get.map((file) => `GET ${file}`));
  return { body: text.map((line) => `${line}\n`).join(""), lines, refused };
}

function readLine(line: string, place: string): Decoded<Pair> {
  const [, name = "", quoted, plain = ""] = /^SET ([^ ]+) (?:"([^"]*)"|([^ "]+))$/.exec(line) ?? [];
  const pair = { key: name, value: quoted ?? plain };
  const limit = limitOf(pair);
  if (limit !== undefined) return mismatch(place, limit, line);
  return quoted === undefined && !bare.test(plain)
    ? mismatch(place, "quotes around a value with other signs", line)
    : decoded(pair);
}

/** Settings alone: of the script's commands only GET is known, and it sets nothing. */
function read(body: string): Decoded<readonly Pair[]> {
  const lines = body.split(/\r?\n/);
  if (lines.at(-1) !== "")
    return mismatch(`line ${lines.length}`, "a line end at the end", lines.at(-1) ?? "");
  const pairs: Pair[] = [];
  for (const [index, line] of lines.entries()) {
    if (line === "" || line.startsWith("##") || /^GET [A-Za-z0-9$._-]+$/.test(line)) continue;
    const pair = readLine(line, `line ${index + 1}`);
    if (!pair.ok) return pair;
    pairs.push(pair.value);
  }
  return decoded(pairs);
}

/** Avaya's settings script: `SET NAME value`, and `GET file` at the end. There is no way to say a double quote. */
export const setLines: Syntax = { name: "set-lines", options: Options, write, read };
