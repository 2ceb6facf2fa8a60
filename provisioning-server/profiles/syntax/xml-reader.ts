import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { xmlLimit } from "./xml-text.ts";

/** An element: its attributes as they stand, and either elements or text in it. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  readonly text: string;
  /** 1-based. */
  readonly line: number;
}

interface Open extends XmlElement {
  readonly attributes: Map<string, string>;
  readonly children: Open[];
  text: string;
}

const named: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', apos: "'" };
const deepest = 40;

// What stands between `<` and `>`: a comment, a declaration, an end or a beginning. No DTD, no CDATA: no phone needs them,
// and entities of one's own are a way to make a reader work without end.
const markup =
  /<!--(?:(?!--)[^])*-->|<\?[^?]*\?>|<\/([A-Za-z_][\w.-]*)\s*>|<([A-Za-z_][\w.-]*)([^<>]*?)(\/)?>/y;
const attribute = /\s+([A-Za-z_][\w.-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/y;

function characterOf(reference: string): string | undefined {
  if (!reference.startsWith("#")) return Object.hasOwn(named, reference) ? named[reference] : undefined;
  const code = reference.startsWith("#x")
    ? Number.parseInt(reference.slice(2), 16)
    : Number(reference.slice(1));
  return Number.isInteger(code) && code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : undefined;
}

/** Text with its references resolved, once (XML 1.0 section 4.4); undefined where one means nothing. */
function resolve(text: string): string | undefined {
  let sound = true;
  const plain = text.replaceAll(/&([^;&]{0,10};?)/g, (_, reference: string) => {
    const character = reference.endsWith(";") ? characterOf(reference.slice(0, -1)) : undefined;
    sound &&= character !== undefined;
    return character ?? "";
  });
  return sound && xmlLimit(plain) === undefined ? plain : undefined;
}

function attributesOf(text: string): Map<string, string> | undefined {
  const attributes = new Map<string, string>();
  let at = 0;
  while (text.slice(at).trim() !== "") {
    attribute.lastIndex = at;
    const match = attribute.exec(text);
    const value = match === null ? undefined : resolve(match[2] ?? match[3] ?? "");
    if (match?.[1] === undefined || value === undefined || attributes.has(match[1])) return undefined;
    attributes.set(match[1], value);
    at = attribute.lastIndex;
  }
  return attributes;
}

/** One pass over a document, with a stack of its own: neither depth nor width can exhaust it. */
class Reader {
  readonly #body: string;
  readonly #open: Open[] = [];
  #root: Open | undefined;
  #line = 1;

  constructor(body: string) {
    this.#body = body;
  }

  read(): Decoded<XmlElement> {
    for (let at = 0; at < this.#body.length; at += 0) {
      const found = this.#body.indexOf("<", at);
      const next = found === -1 ? this.#body.length : found;
      const wrong = this.#text(this.#body.slice(at, next));
      if (wrong !== undefined) return mismatch(`line ${this.#line}`, wrong, this.#body.slice(at, next));
      if (found === -1) break;
      markup.lastIndex = found;
      const match = markup.exec(this.#body);
      const bad = match === null ? "a tag or comment" : this.#markup(match);
      if (bad !== undefined) return mismatch(`line ${this.#line}`, bad, this.#body.slice(found, found + 60));
      at = markup.lastIndex;
    }
    const [open] = this.#open;
    if (open !== undefined) return mismatch(`line ${this.#line}`, `</${open.name}>`, "the end");
    return this.#root === undefined ? mismatch("document", "an element", "none") : decoded(this.#root);
  }

  #countLines(text: string): void {
    for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) this.#line += 1;
  }

  #text(raw: string): string | undefined {
    const here = this.#open.at(-1);
    const plain = resolve(raw);
    if (plain === undefined) return "text with references that mean something";
    const blank = plain.trim() === "";
    if (here === undefined && !blank) return "nothing outside of the root";
    if (here !== undefined && here.children.length > 0 && !blank) return "elements or text, not both";
    if (here !== undefined) here.text += plain;
    this.#countLines(raw);
    return undefined;
  }

  #markup([whole, end, begin, attributes = "", closed]: RegExpExecArray): string | undefined {
    const wrong =
      end === undefined ? (begin === undefined ? undefined : this.#begin(begin, attributes)) : this.#end(end);
    this.#countLines(whole);
    return wrong ?? (closed === undefined ? undefined : this.#end(begin ?? ""));
  }

  #begin(name: string, text: string): string | undefined {
    const attributes = attributesOf(text);
    if (attributes === undefined) return "attributes in quotes, each once";
    const element: Open = { name, attributes, children: [], text: "", line: this.#line };
    const parent = this.#open.at(-1);
    if (parent === undefined && this.#root !== undefined) return "one root element";
    if (parent !== undefined && parent.text.trim() !== "") return "elements or text, not both";
    if (this.#open.length >= deepest) return `at most ${deepest} elements in each other`;
    parent?.children.push(element);
    this.#root ??= element;
    this.#open.push(element);
    return undefined;
  }

  #end(name: string): string | undefined {
    const open = this.#open.pop();
    return open?.name === name ? undefined : `</${open?.name ?? "nothing"}>`;
  }
}

/** Reads an XML document of elements, attributes and text: no DTD, no CDATA, no mixed content. Never throws. */
export function decodeXml(body: string): Decoded<XmlElement> {
  return new Reader(body.replace(/^\ufeff/, "")).read();
}
