import { Type } from "typebox";
import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import type { Pair, Refusal, Syntax, Written } from "./syntax.ts";

const Options = Type.Object({}, { additionalProperties: false });

const key = /^[A-Za-z][A-Za-z0-9_.]{0,60}$/;
const line = /^([A-Za-z][A-Za-z0-9_.]{0,60})[ \t]*:[ \t]*(?:"([^"]*)"|([^\s"#;]*))[ \t]*(?:[#;].*)?$/;

/** No escape is known for a quote, and no character set beyond ASCII. */
function limitOf(pair: Pair): string | undefined {
  if (!key.test(pair.key)) return "a key of letters, digits, `_` and `.`";
  if (pair.value.includes('"')) return "text without quotes (the file has no escape for them)";
  if (/[^ -~]/.test(pair.value)) return "one line of ASCII text";
  return undefined;
}

function write(pairs: readonly Pair[]): Written {
  const text: string[] = [];
  const refused: Refusal[] = [];
  const lines = pairs.map((pair, index) => {
    const limit = limitOf(pair);
    if (limit !== undefined) refused.push({ index, limit });
    return limit === undefined ? text.push(`${pair.key}: "${pair.value}"`) : 0;
  });
  return { body: text.map((one) => `${one}\n`).join(""), lines, refused };
}

function read(body: string): Decoded<readonly Pair[]> {
  const pairs: Pair[] = [];
  for (const [index, text] of body.split(/\r?\n/).entries()) {
    if (text.trim() === "" || /^\s*[#;]/.test(text)) continue;
    const match = line.exec(text);
    const pair = { key: match?.[1] ?? "", value: match?.[2] ?? match?.[3] ?? "" };
    const limit = match === null ? '`key: "value"`' : limitOf(pair);
    if (limit !== undefined) return mismatch(`line ${index + 1}`, limit, text);
    pairs.push(pair);
  }
  return decoded(pairs);
}

/** `key: "value"`, a line each, with comments behind `#` and `;` (Cisco 7940 and 7960). */
export const cnfLines: Syntax = { name: "cnf-lines", options: Options, write, read };
