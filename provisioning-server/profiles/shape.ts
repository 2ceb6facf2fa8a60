import { tryParseMacAddress } from "../../protocol/mac-address.ts";

// Shapes of user agents and paths, as profiles write them: text with placeholders, no regular expressions. A blank stands
// for one or more blanks; case does not count.
//   {mac} {MAC}   a valid MAC, bare or with `:` or `-`; the spelling tells how it is written, either is read
//   {model}       letters, digits, `_` `+` `-`        {firmware}  a digit, then letters, digits, `.` `_` `-`
//   {code}        letters and digits; {code:12} twelve digits, filled up with zeros from the left
//   {word}        anything without a blank or slash   {rest}      anything, also nothing

const placeholderNames = ["mac", "MAC", "model", "firmware", "code", "word", "rest"] as const;
type PlaceholderName = (typeof placeholderNames)[number];

type Token =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "blank" }
  | { readonly kind: "placeholder"; readonly name: PlaceholderName; readonly width: number };

/** A shape, taken apart once. */
export interface Shape {
  readonly text: string;
  readonly tokens: readonly Token[];
  /** How many slashes it has: a path is matched by its last segments. */
  readonly slashes: number;
  /** The text it begins and ends with, lower case; empty where a placeholder stands there. */
  readonly lead: string;
  readonly tail: string;
  /** Characters that are told and not left open: of two shapes that fit, the one that tells more is the better. */
  readonly told: number;
}

/** How a text is matched. */
export interface MatchOptions {
  /** What stands for `{model}` is first looked for among these; other words only where none of them fits. */
  readonly isModel?: (word: string) => boolean;
  /** A garbled MAC is passed over and tells nothing, and so is what follows the shape. */
  readonly loose?: boolean;
}

/** What a text said where the placeholders stand. */
export interface Captures {
  mac?: string;
  model?: string;
  firmware?: string;
  code?: string;
}

const isPlaceholder = (name: string): name is PlaceholderName =>
  (placeholderNames as readonly string[]).includes(name);

/** The shape, or what is wrong with it. */
export function parseShape(text: string): Shape | { readonly wrong: string } {
  const tokens: Token[] = [];
  for (const part of text.split(/(\{[^{}]*\}| +)/)) {
    if (part === "") continue;
    if (part.startsWith(" ")) tokens.push({ kind: "blank" });
    else if (part.startsWith("{")) {
      const [name = "", width] = part.slice(1, -1).split(":");
      if (!isPlaceholder(name))
        return { wrong: `a placeholder of ${placeholderNames.join(", ")}, not {${name}}` };
      tokens.push({ kind: "placeholder", name, width: Number(width ?? 0) });
    } else if (/[{}]/.test(part)) return { wrong: "closed braces" };
    else tokens.push({ kind: "text", text: part.toLowerCase() });
  }
  return { text, tokens, slashes: text.split("/").length - 1, ...literals(tokens) };
}

function literals(tokens: readonly Token[]): Pick<Shape, "lead" | "tail" | "told"> {
  const textOf = (token: Token | undefined) => (token?.kind === "text" ? token.text : "");
  return {
    lead: textOf(tokens[0]),
    tail: textOf(tokens.at(-1)),
    told: tokens.reduce((sum, token) => sum + textOf(token).length, 0),
  };
}

const runs: Record<Exclude<PlaceholderName, "mac" | "MAC">, RegExp> = {
  model: /[A-Za-z0-9_+-]*/y,
  firmware: /(?:[0-9][A-Za-z0-9._-]*(?:\([A-Za-z0-9._-]+\))?)?/y,
  code: /[A-Za-z0-9]*/y,
  word: /[^\s/]*/y,
  rest: /[^]*/y,
};

const macForms = [
  /[0-9A-Fa-f]{12}(?![0-9A-Za-z])/y,
  /(?:[0-9A-Fa-f]{2}[:-]){5}[0-9A-Fa-f]{2}(?![0-9A-Za-z:-])/y,
];
const garbledMac = /[^\s()/,;]*/y;
const blanks = /[ \t]*/y;
const digits = /^\d+$/;

/** Length of the run of a class at `from`; sticky expressions of one class each, so linear. */
function runLength(expression: RegExp, text: string, from: number): number {
  expression.lastIndex = from;
  return expression.test(text) ? expression.lastIndex - from : 0;
}

/** The longest name of a model (phone-model.ts) and what may stand around it. */
const longestModel = 48;

// A hostile text must not make the matcher try without end: real agents need a few dozen steps.
const mostSteps = 4000;

class Matcher {
  readonly #tokens: readonly Token[];
  readonly #text: string;
  readonly #lower: string;
  readonly #options: MatchOptions;
  readonly captures: Captures = {};
  #steps = 0;

  constructor(shape: Shape, text: string, lower: string, options: MatchOptions) {
    this.#tokens = shape.tokens;
    this.#text = text;
    this.#lower = lower;
    this.#options = options;
  }

  from(token: number, at: number): boolean {
    this.#steps += 1;
    if (this.#steps > mostSteps) return false;
    const here = this.#tokens[token];
    if (here === undefined) return this.#isEnd(at);
    if (here.kind === "text")
      return this.#lower.startsWith(here.text, at) && this.from(token + 1, at + here.text.length);
    if (here.kind === "blank") {
      const length = runLength(blanks, this.#text, at);
      return length > 0 && this.from(token + 1, at + length);
    }
    return here.name === "mac" || here.name === "MAC"
      ? this.#mac(token, at)
      : this.#run(here.name, here.width, token, at);
  }

  #isEnd(at: number): boolean {
    if (at === this.#text.length) return true;
    return this.#options.loose === true && !/[A-Za-z0-9]/.test(this.#text.charAt(at));
  }

  #mac(token: number, at: number): boolean {
    for (const form of macForms) {
      const length = runLength(form, this.#text, at);
      const mac = length === 0 ? undefined : tryParseMacAddress(this.#text.slice(at, at + length));
      // Model codes filled up with zeros have twelve digits as well; no phone's MAC begins with four empty octets.
      if (mac === undefined || mac.startsWith("00000000") || !this.from(token + 1, at + length)) continue;
      this.captures.mac = mac;
      return true;
    }
    if (this.#options.loose !== true) return false;
    const length = runLength(garbledMac, this.#text, at);
    return length > 0 && this.from(token + 1, at + length);
  }

  #run(name: Exclude<PlaceholderName, "mac" | "MAC">, width: number, token: number, at: number): boolean {
    const run = runLength(runs[name], this.#text, at);
    const longest = name === "model" ? Math.min(run, longestModel) : run;
    const shortest = name === "rest" ? 0 : Math.max(1, width);
    const isModel = name === "model" ? this.#options.isModel : undefined;
    for (let length = width > 0 ? Math.min(width, longest) : longest; length >= shortest; length -= 1) {
      const found = this.#text.slice(at, at + length);
      if (width > 0 && !digits.test(found)) return false;
      if (isModel?.(found) === false || !this.from(token + 1, at + length)) continue;
      if (name === "model" || name === "firmware") this.captures[name] = found;
      if (name === "code") this.captures.code = plainCode(found);
      return true;
    }
    return false;
  }
}

/** `000000000108` is 108: how many zeros stand in front is the file name's affair. */
export function plainCode(code: string): string {
  return code.replace(/^0+(?=.)/, "");
}

/** Whether the whole text has the shape, and what stands at its placeholders. `lower`: the text in lower case. */
export function matchShape(
  shape: Shape,
  text: string,
  options: MatchOptions = {},
  lower = text.toLowerCase(),
): Captures | undefined {
  if (!lower.startsWith(shape.lead)) return undefined;
  if (options.loose !== true && !lower.endsWith(shape.tail)) return undefined;
  const matcher = new Matcher(shape, text, lower, options);
  if (matcher.from(0, 0)) return matcher.captures;
  if (options.isModel === undefined || !shape.text.includes("{model}")) return undefined;
  return matchShape(shape, text, options.loose === true ? { loose: true } : {}, lower);
}

/** The text of a shape for one phone: file names. Undefined where a placeholder has no value. */
export function fillShape(
  shape: Shape,
  values: { mac?: string; model?: string; code?: string },
): string | undefined {
  let text = "";
  for (const part of shape.text.split(/(\{[^{}]*\})/)) {
    if (!part.startsWith("{")) {
      text += part;
      continue;
    }
    const [name, width] = part.slice(1, -1).split(":");
    const value =
      name === "mac"
        ? values.mac
        : name === "MAC"
          ? values.mac?.toUpperCase()
          : name === "model"
            ? values.model
            : name === "code"
              ? values.code
              : undefined;
    if (value === undefined) return undefined;
    text += value.padStart(Number(width ?? 0), "0");
  }
  return text;
}
