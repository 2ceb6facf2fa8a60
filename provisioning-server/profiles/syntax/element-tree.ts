import { Type, type Static } from "typebox";
import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { checkedOptions } from "./checked-options.ts";
import { controlCharacter } from "./control-character.ts";
import type { Pair, Refusal, Syntax, Written } from "./syntax.ts";
import { decodeXml, type XmlElement } from "./xml-reader.ts";
import { escapeXml, xmlLimit } from "./xml-text.ts";

const Options = Type.Object(
  {
    root: Type.Optional(Type.String({ pattern: "^[A-Za-z_][A-Za-z0-9_-]*$" })),
    /** `ascii`: the phone knows no other characters. */
    charset: Type.Optional(Type.Enum(["ascii", "utf-8"])),
    /** The first line says version and encoding. */
    declaration: Type.Optional(Type.Literal(true)),
    /** Attributes that tell an element from its brothers: they stand in the key (`line@button=1`). */
    naming: Type.Optional(Type.Array(Type.String())),
    /** Elements that are told apart by their order alone (`TEMPLATE#1`), and carry their values in attributes. */
    numbered: Type.Optional(Type.Array(Type.String())),
  },
  { additionalProperties: false },
);
type Options = Static<typeof Options>;
const optionsOf = checkedOptions(Options);

// A key is the way to an element, from below the root:
//   Proxy_1_                                      <Proxy_1_>value</Proxy_1_>
//   sipProfile/sipLines/line@button=1/name        … <line button="1"> <name>value</name>
//   TEMPLATE#1/@MATCH                             <TEMPLATE MATCH="value"/>
const stepForm =
  /^([A-Za-z_][A-Za-z0-9_.-]{0,99})(?:#(\d{1,4}))?((?:@[A-Za-z]{1,40}=[A-Za-z0-9_. -]{1,60})*)$/;
const attributeForm = /^@([A-Za-z_][A-Za-z0-9_.-]{0,60})$/;
const deepest = 12;

interface Step {
  readonly text: string;
  readonly name: string;
  readonly attributes: readonly (readonly [string, string])[];
}

interface Way {
  readonly above: readonly Step[];
  readonly last: Step;
  /** The value stands in this attribute of `last`. */
  readonly attribute?: string;
}

function stepOf(text: string): Step | undefined {
  const match = stepForm.exec(text);
  if (match === null) return undefined;
  const [, name = "", , said = ""] = match;
  const attributes = said
    .split("@")
    .slice(1)
    .map((one): [string, string] => {
      const equals = one.indexOf("=");
      return [one.slice(0, equals), one.slice(equals + 1)];
    });
  return { text, name, attributes };
}

function computeWay(key: string): Way | undefined {
  const texts = key.split("/");
  const attribute = attributeForm.exec(texts.at(-1) ?? "")?.[1];
  const steps = (attribute === undefined ? texts : texts.slice(0, -1)).map(stepOf);
  const above: Step[] = [];
  for (const step of steps) {
    if (step === undefined) return undefined;
    above.push(step);
  }
  const last = above.pop();
  if (last === undefined || above.length >= deepest) return undefined;
  return { above, last, ...(attribute === undefined ? {} : { attribute }) };
}

const ways = new Map<string, Way | undefined>();

/** Maps have few keys: each is taken apart once. */
function wayOf(key: string): Way | undefined {
  if (ways.has(key)) return ways.get(key);
  const way = computeWay(key);
  if (ways.size < 20_000) ways.set(key, way);
  return way;
}

/** Whether the reader would find the way again: names that tell brothers apart are those of the options. */
function fits({ above, last, attribute }: Way, options: Options): boolean {
  const named = [...above, last].every(({ attributes }) =>
    attributes.every(([name]) => options.naming?.includes(name)),
  );
  const numbered = ({ name }: Step) => options.numbered?.includes(name) === true;
  return named && !above.some(numbered) && numbered(last) === (attribute !== undefined);
}

/** Why a value cannot stand in an element: phones trim it, and turn line ends into blanks. */
function limitOf(value: string, options: Options): string | undefined {
  if (controlCharacter.test(value)) return "one line of text without control characters";
  if (/^\s|\s$/u.test(value)) return "text without blanks at its ends (the phone trims them)";
  if (options.charset === "ascii" && /[^ -~]/.test(value)) return "ASCII text";
  return xmlLimit(value);
}

interface Node {
  readonly step: Step;
  readonly children: (Node | Leaf)[];
  readonly below: Map<string, Node>;
  readonly values: { readonly name: string; readonly pair: Pair; readonly index: number }[];
}
interface Leaf {
  readonly name: string;
  readonly attributes: readonly (readonly [string, string])[];
  readonly value: string;
  readonly index: number;
}

const nodeOf = (step: Step): Node => ({ step, children: [], below: new Map(), values: [] });

function below(node: Node, step: Step): Node {
  const known = node.below.get(step.text);
  if (known !== undefined) return known;
  const made = nodeOf(step);
  node.below.set(step.text, made);
  node.children.push(made);
  return made;
}

const printed = (attributes: readonly (readonly [string, string])[]): string =>
  attributes.map(([name, value]) => ` ${name}="${escapeXml(value)}"`).join("");

/** Puts pairs into a tree and prints it, a line for each value. */
class Writer {
  readonly lines: number[];
  readonly refused: Refusal[] = [];
  readonly #options: Options;
  readonly #text: string[] = [];

  constructor(options: Options, pairs: number) {
    this.#options = options;
    this.lines = Array.from({ length: pairs }, () => 0);
  }

  write(pairs: readonly Pair[]): string {
    const name = this.#options.root ?? "config";
    const root = nodeOf({ text: name, name, attributes: [] });
    for (const [index, pair] of pairs.entries()) {
      const limit = this.#place(root, pair, index);
      if (limit !== undefined) this.refused.push({ index, limit });
    }
    if (this.#options.declaration) this.#text.push('<?xml version="1.0" encoding="UTF-8"?>');
    this.#print(root, "");
    return `${this.#text.join("\n")}\n`;
  }

  #place(root: Node, pair: Pair, index: number): string | undefined {
    const way = wayOf(pair.key);
    if (way === undefined || !fits(way, this.#options))
      return "a key as `element/element`, of letters, digits, `_`, `-` and `.`";
    const limit = limitOf(pair.value, this.#options);
    if (limit !== undefined) return limit;
    let node = root;
    for (const step of way.above) node = below(node, step);
    if (way.attribute === undefined) {
      const attributes = [...way.last.attributes, ...Object.entries(pair.attributes ?? {})];
      node.children.push({ name: way.last.name, attributes, value: pair.value, index });
      return undefined;
    }
    const { values } = below(node, way.last);
    if (values.some(({ name }) => name === way.attribute)) return "each attribute once";
    values.push({ name: way.attribute, pair, index });
    return undefined;
  }

  #print(node: Node, indent: string): void {
    const { step, children, values } = node;
    for (const { index } of values) this.lines[index] = this.#text.length + 1;
    const said = printed([
      ...step.attributes,
      ...values.map(({ name, pair }) => [name, pair.value] as const),
    ]);
    if (children.length === 0 && values.length > 0) {
      this.#text.push(`${indent}<${step.name}${said}/>`);
      return;
    }
    this.#text.push(`${indent}<${step.name}${said}>`);
    for (const child of children) {
      if ("step" in child) this.#print(child, `${indent}  `);
      else this.#leaf(child, `${indent}  `);
    }
    this.#text.push(`${indent}</${step.name}>`);
  }

  #leaf({ name, attributes, value, index }: Leaf, indent: string): void {
    this.#text.push(`${indent}<${name}${printed(attributes)}>${escapeXml(value)}</${name}>`);
    this.lines[index] = this.#text.length;
  }
}

function write(pairs: readonly Pair[], options: Readonly<Record<string, unknown>>): Written {
  const writer = new Writer(optionsOf(options), pairs.length);
  return { body: writer.write(pairs), lines: writer.lines, refused: writer.refused };
}

/** The elements below one as pairs; recursion is as deep as decodeXml lets a document be. */
function pairsBelow(element: XmlElement, path: string, options: Options): Pair[] {
  const counts = new Map<string, number>();
  return element.children.flatMap((child) => {
    const count = (counts.get(child.name) ?? 0) + 1;
    counts.set(child.name, count);
    const own = [...child.attributes].filter(([name]) => !(options.naming ?? []).includes(name));
    const said = [...child.attributes].filter(([name]) => (options.naming ?? []).includes(name));
    const numbered = (options.numbered ?? []).includes(child.name);
    const step = `${child.name}${numbered ? `#${count}` : ""}${said.map(([name, value]) => `@${name}=${value}`).join("")}`;
    if (numbered) return own.map(([name, value]) => ({ key: `${path}${step}/@${name}`, value }));
    if (child.children.length > 0) return pairsBelow(child, `${path}${step}/`, options);
    const attributes = own.length === 0 ? {} : { attributes: Object.fromEntries(own) };
    // What the phone would take: it trims.
    return [{ key: `${path}${step}`, value: child.text.trim(), ...attributes }];
  });
}

function read(body: string, given: Readonly<Record<string, unknown>>): Decoded<readonly Pair[]> {
  const options = optionsOf(given);
  const document = decodeXml(body);
  if (!document.ok) return document;
  const { name, text, line } = document.value;
  const { root = "config" } = options;
  if (name !== root || text.trim() !== "") return mismatch(`line ${line}`, `elements in <${root}>`, name);
  const pairs = pairsBelow(document.value, "", options);
  for (const { key, value } of pairs) {
    const limit = wayOf(key) === undefined ? "a key that can be written" : limitOf(value, options);
    if (limit !== undefined) return mismatch(key, limit, value);
  }
  return decoded(pairs);
}

/** XML whose elements are the keys (Cisco's flat profile and device files). An empty element clears the setting. */
export const elementTree: Syntax = { name: "element-tree", options: Options, write, read };
