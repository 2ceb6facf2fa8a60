import { Type, type Static } from "typebox";
import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { checkedOptions } from "./checked-options.ts";
import type { Pair, Refusal, Syntax, Written } from "./syntax.ts";

// <<VOIP CONFIG FILE>>Version:2.0000000000
// <SIP CONFIG MODULE>
// --SIP Line List--  :
// SIP1 Phone Number  :1001
// <<END OF FILE>>
//
// A key is `SIP CONFIG MODULE/SIP Line List/SIP1 Phone Number`, or `module/name` above the first list.

const Options = Type.Object(
  {
    /** What stands after `Version:`, without padding behind it; absent: Fanvil's own. */
    version: Type.Optional(Type.String({ pattern: "^[0-9.]{1,20}$" })),
  },
  { additionalProperties: false },
);
type Options = Static<typeof Options>;
const optionsOf = checkedOptions(Options);

// Fanvil's phones compare the line as a whole, padding and all.
function firstLine({ version }: Options): string {
  const line = `<<VOIP CONFIG FILE>>Version:${version ?? "2.0000000000"}`;
  return version === undefined ? line + " ".repeat(22) : line;
}
const lastLine = "<<END OF FILE>>";
const width = 19;

const name = "[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,58}[A-Za-z0-9._])?";
const keyForm = new RegExp(`^([A-Z0-9](?:[A-Za-z0-9 ]{0,38}[A-Z0-9])?)/(?:(${name})/)?(${name})$`);

interface KeyParts {
  readonly module: string;
  readonly list: string;
  readonly name: string;
}

function computeParts(key: string): KeyParts | undefined {
  const match = keyForm.exec(key);
  if (match === null) return undefined;
  const [, module = "", list = "", entry = ""] = match;
  return { module, list, name: entry };
}

const parted = new Map<string, KeyParts | undefined>();

/** Maps have few keys: each is taken apart once. */
function partsOf(key: string): KeyParts | undefined {
  if (parted.has(key)) return parted.get(key);
  const parts = computeParts(key);
  if (parted.size < 20_000) parted.set(key, parts);
  return parts;
}

/** A line has no escape for anything: what would end it, or be trimmed, is refused. */
function limitOf(pair: Pair): string | undefined {
  if (partsOf(pair.key) === undefined) return "a key as `MODULE/name` or `MODULE/list/name`";
  if (/[\p{Cc}\u2028\u2029]/u.test(pair.value)) return "one line of text without control characters";
  if (/^\s|\s$/u.test(pair.value)) return "text without blanks at its ends (the phone trims them)";
  return pair.value.isWellFormed() ? undefined : "well-formed Unicode";
}

type Lists = Map<string, number[]>;

/** Modules and lists in the order they came first; what stands in no list comes before the lists. */
function arrange(pairs: readonly Pair[]): { modules: Map<string, Lists>; refused: Refusal[] } {
  const modules = new Map<string, Lists>();
  const refused: Refusal[] = [];
  for (const [index, pair] of pairs.entries()) {
    const limit = limitOf(pair);
    const parts = partsOf(pair.key);
    if (limit !== undefined || parts === undefined) {
      refused.push({ index, limit: limit ?? "a key" });
      continue;
    }
    const lists: Lists = modules.get(parts.module) ?? new Map<string, number[]>([["", []]]);
    const indexes = lists.get(parts.list);
    if (indexes === undefined) lists.set(parts.list, [index]);
    else indexes.push(index);
    modules.set(parts.module, lists);
  }
  return { modules, refused };
}

function write(pairs: readonly Pair[], given: Readonly<Record<string, unknown>>): Written {
  const { modules, refused } = arrange(pairs);
  const lines = pairs.map(() => 0);
  const text = [firstLine(optionsOf(given))];
  for (const [module, lists] of modules) {
    text.push(`<${module}>`);
    for (const [list, indexes] of lists) {
      if (list !== "") text.push(`${`--${list}--`.padEnd(width)}:`);
      for (const index of indexes) {
        const { key, value } = pairs[index] ?? { key: "", value: "" };
        text.push(`${(key.split("/").at(-1) ?? "").padEnd(width)}:${value}`);
        lines[index] = text.length;
      }
    }
    text.push("");
  }
  return { body: `${text.join("\n")}\n${lastLine}\n`, lines, refused };
}

/** Reads line by line; keeps the module and list that it is in. */
class LineReader {
  readonly pairs: Pair[] = [];
  #module = "";
  #list = "";

  take(line: string): string | undefined {
    const module = /^<([^<>]+)>$/.exec(line)?.[1];
    const list = /^--(.+?)--\s*:$/.exec(line)?.[1];
    if (module !== undefined) {
      this.#module = module;
      this.#list = "";
    } else if (list !== undefined) this.#list = list.trim();
    else {
      const colon = line.indexOf(":");
      if (colon < 1) return "`name : value`";
      const path = [this.#module, this.#list, line.slice(0, colon).trimEnd()].filter((part) => part !== "");
      const pair = { key: path.join("/"), value: line.slice(colon + 1) };
      const limit = limitOf(pair);
      if (limit !== undefined) return limit;
      this.pairs.push(pair);
    }
    return undefined;
  }
}

function read(body: string, given: Readonly<Record<string, unknown>>): Decoded<readonly Pair[]> {
  const lines = body.split(/\r?\n/);
  const first = firstLine(optionsOf(given)).trimEnd();
  if (lines[0]?.trimEnd() !== first) return mismatch("line 1", first, lines[0] ?? "");
  const end = lines.indexOf(lastLine);
  if (end === -1 || lines.slice(end + 1).some((line) => line !== ""))
    return mismatch(`line ${lines.length}`, `${lastLine} at the end`, lines.at(-1) ?? "");
  const reader = new LineReader();
  for (const [index, line] of lines.slice(1, end).entries()) {
    const wrong = line === "" ? undefined : reader.take(line);
    if (wrong !== undefined) return mismatch(`line ${index + 2}`, wrong, line);
  }
  return decoded(reader.pairs);
}

/** Fanvil's text dialect: modules, lists and lines, without any escape. An empty right side clears the key. */
export const fanvilText: Syntax = { name: "fanvil-text", options: Options, write, read };
