import { Type, type Static } from "typebox";
import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { checkedOptions } from "./checked-options.ts";
import { controlCharacter } from "./control-character.ts";
import type { Pair, Refusal, Syntax, Written } from "./syntax.ts";

// key = value
// [section]
// key=value
//
// A key is `key`, or `section/key`. Nothing is quoted or escaped: what a line cannot hold is refused.

const Options = Type.Object(
  {
    /** Stands before everything; without it the phone takes nothing. */
    firstLine: Type.Optional(Type.String()),
    /** What stands between key and value. */
    separator: Type.Optional(Type.Enum([" = ", "="])),
    /** An empty right side means the factory's value, or nothing at all: it is refused. */
    noEmpty: Type.Optional(Type.Literal(true)),
  },
  { additionalProperties: false },
);
type Options = Static<typeof Options>;
const optionsOf = checkedOptions(Options);

const keyForm = /^(?:([A-Za-z0-9_.-]{1,60})\/)?([A-Za-z0-9_.-]{1,200})$/;

function limitOf({ key, value }: Pair, { noEmpty }: Options): string | undefined {
  if (!keyForm.test(key)) return "a key as `key` or `section/key`, of letters, digits, `_`, `-` and `.`";
  if (controlCharacter.test(value)) return "one line of text without control characters";
  if (/^\s|\s$/u.test(value)) return "text without blanks at its ends (the phone trims them)";
  if (!value.isWellFormed()) return "well-formed Unicode";
  return noEmpty && value === "" ? "a value that is not empty" : undefined;
}

function parts(key: string): [section: string, name: string] {
  const [, section = "", name = ""] = keyForm.exec(key) ?? [];
  return [section, name];
}

function write(pairs: readonly Pair[], given: Readonly<Record<string, unknown>>): Written {
  const options = optionsOf(given);
  const refused: Refusal[] = [];
  // Lines before any section come first.
  const sections = new Map<string, number[]>([["", []]]);
  for (const [index, pair] of pairs.entries()) {
    const limit = limitOf(pair, options);
    const [section] = parts(pair.key);
    const indexes = sections.get(section);
    if (limit !== undefined) refused.push({ index, limit });
    else if (indexes === undefined) sections.set(section, [index]);
    else indexes.push(index);
  }
  const text = options.firstLine === undefined ? [] : [options.firstLine];
  const lines = pairs.map(() => 0);
  for (const [section, indexes] of sections) {
    if (section !== "") text.push(`[${section}]`);
    for (const index of indexes) {
      const { key, value } = pairs[index] ?? { key: "", value: "" };
      const line = `${parts(key)[1]}${options.separator ?? "="}${value}`;
      lines[index] = text.push(value === "" ? line.trimEnd() : line);
    }
  }
  return { body: `${text.join("\n")}\n`, lines, refused };
}

function read(body: string, given: Readonly<Record<string, unknown>>): Decoded<readonly Pair[]> {
  const options = optionsOf(given);
  const lines = body.split(/\r?\n/);
  const { firstLine } = options;
  if (firstLine !== undefined && lines[0] !== firstLine) return mismatch("line 1", firstLine, lines[0] ?? "");
  const pairs: Pair[] = [];
  let section = "";
  for (const [index, line] of lines.entries()) {
    if (line === "" || /^[#;]/.test(line)) continue;
    const head = /^\[([A-Za-z0-9_.-]{1,60})\]$/.exec(line)?.[1];
    if (head !== undefined) {
      section = head;
      continue;
    }
    const place = `line ${index + 1}`;
    const equals = line.indexOf("=");
    const name = line.slice(0, Math.max(equals, 0)).replace(/[ \t]+$/, "");
    const value = line.slice(equals + 1).replace(/^[ \t]+|[ \t]+$/g, "");
    const pair = { key: section === "" ? name : `${section}/${name}`, value };
    const limit = name === "" ? "`key = value`" : limitOf(pair, options);
    if (limit !== undefined) return mismatch(place, limit, line);
    pairs.push(pair);
  }
  return decoded(pairs);
}

/** Lines of `key = value`, perhaps in sections, without quotes and escapes (Akuvox, Algo, Alcatel IP Touch). */
export const iniLines: Syntax = { name: "ini-lines", options: Options, write, read };
