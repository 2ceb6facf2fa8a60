import { decoded, mismatch, type Decoded } from "../../protocol/decoded.ts";

/** Nothing in the agent protocol nests or grows like this; what does was made to hurt. */
const deepest = 32;
const mostKeys = 256;

const tab = 0x09;
const lineFeed = 0x0a;
const carriageReturn = 0x0d;
const space = 0x20;
const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const openList = 0x5b;
const backslash = 0x5c;
const closeList = 0x5d;
const openObject = 0x7b;
const closeObject = 0x7d;

/** An open bracket; `keys` of an object, to tell doubled ones. */
interface Level {
  readonly keys: Set<string> | undefined;
  key: boolean;
}

/**
 * JSON as the agent protocol allows it: at most 32 levels deep, at most 256 keys in an object, no key twice, no
 * `__proto__`, no number that JavaScript cannot hold. The walk comes before JSON.parse, which then refuses the rest.
 */
export function decodeStrictJson(text: string): Decoded<unknown> {
  const bad = walk(text);
  if (bad !== undefined) return bad;
  try {
    return decoded(JSON.parse(text));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const position = /position (\d+)/.exec(why)?.[1];
    return mismatch(
      position === undefined ? "the body" : `character ${position}`,
      "JSON",
      why.replace(/ in JSON at position.*/, ""),
    );
  }
}

type Refusal = Extract<Decoded<unknown>, { ok: false }>;

function walk(text: string): Refusal | undefined {
  const levels: Level[] = [];
  for (let at = 0; at < text.length;) {
    const code = text.charCodeAt(at);
    const top = levels.at(-1);
    if (code === quote) {
      const end = endOfString(text, at);
      if (top?.key === true) {
        const bad = takeKey(top, text.slice(at, end), at);
        if (bad !== undefined) return bad;
      }
      at = end;
      continue;
    }
    if (code === openObject || code === openList) {
      if (levels.length === deepest)
        return mismatch(`character ${at}`, `at most ${deepest} levels`, "one more");
      levels.push({ keys: code === openObject ? new Set() : undefined, key: code === openObject });
    } else if (code === closeObject || code === closeList) levels.pop();
    else if (code === comma && top !== undefined) top.key = top.keys !== undefined;
    else if (code !== colon && !isSpace(code)) {
      const end = endOfWord(text, at);
      const word = text.slice(at, end);
      if (Math.abs(Number(word)) === Number.POSITIVE_INFINITY)
        return mismatch(`character ${at}`, "a number of IEEE 754", word);
      at = end;
      continue;
    }
    at += 1;
  }
  return undefined;
}

function isSpace(code: number): boolean {
  return code === space || code === lineFeed || code === carriageReturn || code === tab;
}

function takeKey(level: Level, literal: string, at: number): Refusal | undefined {
  level.key = false;
  const key = literal.includes("\\") ? unescaped(literal) : literal.slice(1, -1);
  if (key === "__proto__") return mismatch(`character ${at}`, "a key of the protocol", key);
  if (level.keys?.has(key) === true) return mismatch(`character ${at}`, "each key once", key);
  level.keys?.add(key);
  if ((level.keys?.size ?? 0) > mostKeys)
    return mismatch(`character ${at}`, `at most ${mostKeys} keys in an object`, "one more");
  return undefined;
}

/** A key that is not JSON stays as it is written: JSON.parse refuses the whole text later. */
function unescaped(literal: string): string {
  try {
    return String(JSON.parse(literal));
  } catch {
    return literal;
  }
}

/** After the closing quote, or the end of the text. */
function endOfString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === backslash) at += 1;
    else if (code === quote) return at + 1;
  }
  return text.length;
}

/** After a number, `true`, `false`, `null`, or whatever stands in their place. */
function endOfWord(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === comma || code === closeList || code === closeObject || isSpace(code) || code === quote)
      return at;
    at += 1;
  }
  return at;
}
