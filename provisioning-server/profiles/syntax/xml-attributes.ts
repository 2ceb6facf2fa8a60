import { XMLParser, XMLValidator } from "fast-xml-parser";
import { Type, type Static } from "typebox";
import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { checkedOptions } from "./checked-options.ts";
import { controlCharacter } from "./control-character.ts";
import type { Pair, Refusal, Syntax, Written } from "./syntax.ts";
import { escapeXml, xmlLimit } from "./xml-text.ts";

const Options = Type.Object(
  {
    /** The document's element. */
    root: Type.String({ pattern: "^[A-Za-z_][A-Za-z0-9_.-]*$" }),
    /** The element in it that carries the attributes; absent: the document's element itself (a manifest). */
    element: Type.Optional(Type.String({ pattern: "^[A-Za-z_][A-Za-z0-9_.-]*$" })),
  },
  { additionalProperties: false },
);
type Options = Static<typeof Options>;
const optionsOf = checkedOptions(Options);

const head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n';
const key = /^[A-Za-z_][A-Za-z0-9_.-]{0,199}$/;

/** One line of text: a parameter with a line break in it is legal XML and never what a phone expects. */
function limitOf(pair: Pair): string | undefined {
  if (!key.test(pair.key)) return "a key of letters, digits, `_`, `-` and `.` that starts with a letter";
  if (controlCharacter.test(pair.value)) return "one line of text without control characters";
  return xmlLimit(pair.value);
}

function frame({ root, element }: Options): { open: string[]; indent: string; close: string[] } {
  if (element === undefined) return { open: [`<${root}`], indent: "  ", close: ["/>"] };
  return { open: [`<${root}>`, `  <${element}`], indent: "    ", close: ["  />", `</${root}>`] };
}

function write(pairs: readonly Pair[], options: Readonly<Record<string, unknown>>): Written {
  const { open, indent, close } = frame(optionsOf(options));
  const text = [...open];
  const lines: number[] = [];
  const refused: Refusal[] = [];
  const used = new Set<string>();
  for (const [index, pair] of pairs.entries()) {
    // XML 1.0 section 3.1: no attribute twice in one element; phones reject the whole file for it.
    const twice = used.has(pair.key) ? "each key once: a second one makes the file no XML" : undefined;
    const limit = limitOf(pair) ?? twice;
    if (limit === undefined) {
      used.add(pair.key);
      text.push(`${indent}${pair.key}="${escapeXml(pair.value)}"`);
    } else refused.push({ index, limit });
    lines.push(limit === undefined ? text.length + 1 : 0);
  }
  return { body: `${head}${[...text, ...close].map((line) => `${line}\n`).join("")}`, lines, refused };
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

type Node = Readonly<Record<string, unknown>>;
const isNode = (value: unknown): value is Node => typeof value === "object" && value !== null;

/** Every attribute of every element, in the document's order: which element it stands in means nothing to the phone. */
function* attributesOf(nodes: unknown): Generator<[name: string, value: unknown]> {
  if (!Array.isArray(nodes)) return;
  for (const node of nodes.filter(isNode)) {
    const { ":@": attributes, ...inner } = node;
    if (isNode(attributes))
      for (const [name, value] of Object.entries(attributes)) yield [name.slice(1), value];
    for (const [tag, child] of Object.entries(inner)) {
      if (tag === "#text" && String(child).trim() !== "") yield ["#text", child];
      else yield* attributesOf(child);
    }
  }
}

function parse(body: string): Decoded<readonly (readonly [string, unknown])[]> {
  const valid = XMLValidator.validate(body);
  if (valid !== true) return mismatch(`line ${valid.err.line}`, "well-formed XML", valid.err.msg);
  try {
    return decoded([...attributesOf(parser.parse(body))]);
  } catch (error) {
    // The library throws on what its validator lets through (entities without end).
    return mismatch("document", "XML that can be read", String(error));
  }
}

function read(body: string): Decoded<readonly Pair[]> {
  const attributes = parse(body);
  if (!attributes.ok) return attributes;
  const pairs: Pair[] = [];
  for (const [name, value] of attributes.value) {
    const pair = { key: name, value: String(value) };
    const limit = name === "#text" ? "attributes alone, no text" : limitOf(pair);
    if (limit !== undefined) return mismatch(name, limit, pair.value);
    pairs.push(pair);
  }
  return decoded(pairs);
}

/**
 * XML whose attributes are the parameters (Poly UC Software). Written into one element; read from any, as the phone
 * does. Empty: the factory's value.
 */
export const xmlAttributes: Syntax = { name: "xml-attributes", options: Options, write, read };
