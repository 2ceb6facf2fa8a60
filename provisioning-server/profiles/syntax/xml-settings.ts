import { XMLParser, XMLValidator } from "fast-xml-parser";
import { Type, type Static } from "typebox";
import { Value } from "typebox/value";
import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { checkedOptions } from "./checked-options.ts";
import { controlCharacter } from "./control-character.ts";
import type { Pair, Refusal, Syntax, Written } from "./syntax.ts";
import { escapeXml, xmlLimit } from "./xml-text.ts";

const Options = Type.Object(
  {
    /** `perm` of elements that say nothing else; absent: none is written. */
    perm: Type.Optional(Type.String({ pattern: "^[A-Z!$&]{1,2}$" })),
  },
  { additionalProperties: false },
);
const optionsOf = checkedOptions(Options);

// A key is `[section/]name[idx]`, and `…@attribute` for what stands beside the value in the same element:
//   user_name[1]             <phone-settings> … <user_name idx="1">
//   functionKeys/fkey[0]     <functionKeys> … <fkey idx="0">
//   functionKeys/fkey[0]@label                  … label="…"
const keyForm =
  /^(?:([A-Za-z][A-Za-z-]{0,40})\/)?([A-Za-z_][A-Za-z0-9_]{0,80})(?:\[(\d{1,4})\])?(?:@([a-z_]{1,40}))?$/;
const mainSection = "phone-settings";
const head = '<?xml version="1.0" encoding="utf-8"?>\n<settings>\n';

interface KeyParts {
  readonly section: string;
  readonly name: string;
  readonly idx: string | undefined;
  readonly attribute: string | undefined;
  /** The element's own key. */
  readonly element: string;
}

const parted = new Map<string, KeyParts | undefined>();

function compute(key: string): KeyParts | undefined {
  const match = keyForm.exec(key);
  if (match === null) return undefined;
  const [, section = mainSection, name = "", idx, attribute] = match;
  // These two are the syntax's own.
  if (attribute === "idx" || attribute === "perm") return undefined;
  return { section, name, idx, attribute, element: key.split("@")[0] ?? key };
}

/** Maps have few keys: each is taken apart once. */
function partsOf(key: string): KeyParts | undefined {
  if (parted.has(key)) return parted.get(key);
  const parts = compute(key);
  if (parted.size < 20_000) parted.set(key, parts);
  return parts;
}

/** The phone keeps line breaks, which break the setting, and trims blanks. */
function textLimit(value: string): string | undefined {
  if (controlCharacter.test(value)) return "one line of text without control characters";
  if (/^\s|\s$/u.test(value)) return "text without blanks at its ends (the phone trims them)";
  return xmlLimit(value);
}

function limitOf(pair: Pair): string | undefined {
  if (partsOf(pair.key) === undefined) return "a key as `section/name[idx]`, perhaps with `@attribute`";
  return textLimit(pair.value);
}

interface Element {
  readonly parts: KeyParts;
  readonly perm: string | undefined;
  readonly value: string;
  attributes: string;
  readonly indexes: number[];
}

/** Puts pairs together to elements by section; a pair that cannot stand is refused. */
class Document {
  readonly sections = new Map<string, Map<string, Element>>();
  readonly refused: Refusal[] = [];
  readonly #perm: string | undefined;

  constructor(perm: string | undefined) {
    this.#perm = perm;
  }

  add(pair: Pair, index: number): void {
    const limit = limitOf(pair) ?? this.#place(pair, index);
    if (limit !== undefined) this.refused.push({ index, limit });
  }

  #place(pair: Pair, index: number): string | undefined {
    const parts = partsOf(pair.key);
    if (parts === undefined) return "a key";
    let section = this.sections.get(parts.section);
    if (section === undefined) this.sections.set(parts.section, (section = new Map<string, Element>()));
    const element = section.get(parts.element);
    if (parts.attribute === undefined) {
      if (element !== undefined) return "each setting once: the phone would take either";
      const perm = pair.attributes?.["perm"] ?? this.#perm;
      section.set(parts.element, { parts, perm, value: pair.value, attributes: "", indexes: [index] });
      return undefined;
    }
    if (element === undefined) return "an attribute after its element's value";
    if (element.attributes.includes(` ${parts.attribute}="`)) return "each attribute once";
    element.attributes += ` ${parts.attribute}="${escapeXml(pair.value)}"`;
    element.indexes.push(index);
    return undefined;
  }
}

function elementText({ parts, perm, value, attributes }: Element): string {
  const idx = parts.idx === undefined ? "" : ` idx="${parts.idx}"`;
  const may = perm === undefined ? "" : ` perm="${escapeXml(perm)}"`;
  return `    <${parts.name}${idx}${attributes}${may}>${escapeXml(value)}</${parts.name}>`;
}

function write(pairs: readonly Pair[], options: Readonly<Record<string, unknown>>): Written {
  const document = new Document(optionsOf(options).perm);
  for (const [index, pair] of pairs.entries()) document.add(pair, index);
  const text: string[] = [];
  const lines = pairs.map(() => 0);
  for (const [section, elements] of document.sections) {
    if (elements.size === 0) continue;
    // `e="2"` lets the phone take character references above 255.
    text.push(`  <${section} e="2">`);
    for (const element of elements.values()) {
      text.push(elementText(element));
      for (const index of element.indexes) lines[index] = text.length + 2;
    }
    text.push(`  </${section}>`);
  }
  const body = `${head}${text.map((line) => `${line}\n`).join("")}</settings>\n`;
  return { body, lines, refused: document.refused };
}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "@",
  ignoreDeclaration: true,
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  htmlEntities: true,
});

const Attributes = Type.Record(Type.String(), Type.String());
const Text = Type.Array(Type.Object({ "#text": Type.String() }, { additionalProperties: false }), {
  maxItems: 1,
});
const Nodes = Type.Array(Type.Record(Type.String(), Type.Unknown()));
type Nodes = Static<typeof Nodes>;

function nodesOf(value: unknown): Nodes | undefined {
  if (!Value.Check(Nodes, value)) return undefined;
  return value.filter((node) => typeof node["#text"] !== "string" || node["#text"].trim() !== "");
}

function tagOf(node: Nodes[number]): { tag: string; inner: unknown; attributes: Record<string, string> } {
  const { ":@": attributes, ...rest } = node;
  const [tag = "", inner] = Object.entries(rest)[0] ?? [];
  return { tag, inner, attributes: Value.Check(Attributes, attributes) ? attributes : {} };
}

/** An element as pairs: its value, then the attributes that stand for something of their own. */
function elementPairs(
  section: string,
  node: Nodes[number],
  usual: string | undefined,
): Decoded<readonly Pair[]> {
  const { tag, inner, attributes } = tagOf(node);
  const place = `${section}/${tag}`;
  if (!Value.Check(Text, inner)) return mismatch(place, "a value alone", JSON.stringify(inner) ?? "");
  const { "@idx": idx, "@perm": perm, ...others } = attributes;
  const path = section === mainSection ? tag : place;
  const key = idx === undefined ? path : `${path}[${idx}]`;
  const pairs: Pair[] = [
    {
      key,
      value: inner[0]?.["#text"] ?? "",
      ...(perm === undefined || perm === usual ? {} : { attributes: { perm } }),
    },
    ...Object.entries(others).map(([name, value]) => ({ key: `${key}@${name.slice(1)}`, value })),
  ];
  const wrong = pairs.find((pair) => limitOf(pair) !== undefined);
  return wrong === undefined ? decoded(pairs) : mismatch(wrong.key, limitOf(wrong) ?? "", wrong.value);
}

function readSections(sections: Nodes, usual: string | undefined): Decoded<readonly Pair[]> {
  const pairs: Pair[] = [];
  for (const section of sections) {
    const { tag, inner } = tagOf(section);
    const elements = nodesOf(inner);
    if (elements === undefined) return mismatch(tag, "a section of settings", JSON.stringify(inner) ?? "");
    for (const element of elements) {
      const read = elementPairs(tag, element, usual);
      if (!read.ok) return read;
      pairs.push(...read.value);
    }
  }
  return decoded(pairs);
}

function read(body: string, options: Readonly<Record<string, unknown>>): Decoded<readonly Pair[]> {
  const { perm } = optionsOf(options);
  const valid = XMLValidator.validate(body);
  if (valid !== true) return mismatch(`line ${valid.err.line}`, "well-formed XML", valid.err.msg);
  try {
    const [root, ...more] = nodesOf(parser.parse(body)) ?? [];
    const { tag, inner } = root === undefined ? { tag: "", inner: undefined } : tagOf(root);
    const sections = nodesOf(inner);
    if (tag !== "settings" || more.length > 0 || sections === undefined)
      return mismatch("document", "one element `settings`", tag);
    return readSections(sections, perm);
  } catch (error) {
    // The library throws on what its validator lets through (entities without end).
    return mismatch("document", "XML that can be read", String(error));
  }
}

/** XML elements with `idx` and `perm`, in sections (Snom). An empty element clears the setting. */
export const xmlSettings: Syntax = { name: "xml-settings", options: Options, write, read };
