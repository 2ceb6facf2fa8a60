import { Type, type Static } from "typebox";
import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { checkedOptions } from "./checked-options.ts";
import { controlCharacter } from "./control-character.ts";
import type { Pair, Refusal, Syntax, Written } from "./syntax.ts";
import { decodeXml, type XmlElement } from "./xml-reader.ts";
import { escapeXml, xmlLimit } from "./xml-text.ts";

// XML of items of one kind (`<setting id="ntp_server" value="…"/>`), which many vendors write, perhaps beside elements in
// elements with their values in attributes. A key is the item's name, or the way to an element from below the root:
//   ntp_server                                     <setting id="ntp_server" value="…"/>
//   function-key-def[3]                            <Item name="function-key-def" index="3">…</Item>
//   accounts/account@index=0/@username             <accounts><account index="0" username="…"/></accounts>
//   Message/Action                                 <Message><Action>…</Action></Message>

const Name = Type.String({ pattern: "^[A-Za-z_][A-Za-z0-9_.-]*$" });
const Texts = Type.Record(Name, Type.String());

const Options = Type.Object(
  {
    root: Name,
    /** Attributes of the root, always the same. */
    attributes: Type.Optional(Texts),
    item: Type.Optional(
      Type.Object(
        {
          /** Where items stand: elements below the root with `/` between them; absent: in the root. */
          path: Type.Optional(Type.String({ pattern: "^[A-Za-z0-9_/-]+$" })),
          element: Name,
          /** The attribute that holds the key. */
          name: Name,
          /** The attribute that holds the value; absent: it is the element's text. */
          value: Type.Optional(Name),
          /** The attribute for what stands in brackets behind a key. */
          index: Type.Optional(Name),
          /** Attributes that every item has. */
          fixed: Type.Optional(Texts),
        },
        { additionalProperties: false },
      ),
    ),
    /** By element: the attributes that tell it from its brothers. They stand in the key, the others are values. */
    naming: Type.Optional(Type.Record(Name, Type.Array(Name))),
    /** Texts stand in double quotes of their own and have no escape for one inside. */
    quotes: Type.Optional(Type.Literal("outer")),
  },
  { additionalProperties: false },
);
type Options = Static<typeof Options>;
type Attributes = readonly (readonly [name: string, value: string])[];

const itemForm = /^([A-Za-z0-9_][A-Za-z0-9_.%[\]-]{0,149})$/;
const indexedForm = /^([A-Za-z0-9_][A-Za-z0-9_.-]{0,149})(?:\[(\d{1,5})\])?$/;
const stepForm = /^([A-Za-z_][A-Za-z0-9_.-]{0,80})((?:@[A-Za-z_]{1,40}=[A-Za-z0-9_. -]{1,60})*)$/;
const attributeForm = /^@([A-Za-z_][A-Za-z0-9_.-]{0,60})$/;
const deepest = 12;

const optionsOf = checkedOptions(Options);

interface Step {
  readonly text: string;
  readonly name: string;
  readonly attributes: Attributes;
}

/** The way to a value: the elements above, and what it is in the last of them. */
interface Way {
  readonly steps: readonly Step[];
  /** The value stands in this attribute of the last element; absent: it is its text. */
  readonly attribute?: string;
  /** It is an item: printed on a line of its own. */
  readonly isItem?: true;
}

function stepOf(text: string): Step | undefined {
  const [, name, said = ""] = stepForm.exec(text) ?? [];
  if (name === undefined) return undefined;
  const attributes = said
    .split("@")
    .slice(1)
    .map((one): [string, string] => {
      const equals = one.indexOf("=");
      return [one.slice(0, equals), one.slice(equals + 1)];
    });
  return { text, name, attributes };
}

function stepsOf(path: string): Step[] | undefined {
  const steps = path.split("/").map(stepOf);
  const known = steps.filter((step) => step !== undefined);
  return known.length === steps.length && steps.length <= deepest ? known : undefined;
}

function itemWay(key: string, { item }: Options): Way | undefined {
  if (item === undefined) return undefined;
  const [, name, index] = (item.index === undefined ? itemForm : indexedForm).exec(key) ?? [];
  const above = item.path === undefined ? [] : stepsOf(item.path);
  if (name === undefined || above === undefined) return undefined;
  const indexed: Attributes = item.index === undefined || index === undefined ? [] : [[item.index, index]];
  const attributes = [[item.name, name] as const, ...indexed, ...Object.entries(item.fixed ?? {})];
  const step = { text: `${item.element}@${key}`, name: item.element, attributes };
  return { steps: [...above, step], isItem: true, ...(item.value ? { attribute: item.value } : {}) };
}

/** The names that tell an element from its brothers are those of the options, in their order. */
function isNamed({ name, attributes }: Step, { naming }: Options): boolean {
  const order = naming?.[name] ?? [];
  const places = attributes.map(([attribute]) => order.indexOf(attribute));
  return places.every((place, index) => place >= 0 && place > (places[index - 1] ?? -1));
}

function pathWay(key: string, options: Options): Way | undefined {
  const texts = key.split("/");
  const attribute = attributeForm.exec(texts.at(-1) ?? "")?.[1];
  const path = (attribute === undefined ? texts : texts.slice(0, -1)).join("/");
  const steps = stepsOf(path);
  const last = steps?.at(-1);
  if (steps === undefined || last === undefined || !steps.every((step) => isNamed(step, options)))
    return undefined;
  if (attribute !== undefined && options.naming?.[last.name]?.includes(attribute)) return undefined;
  // What would be read as an item is written as one.
  const at = steps
    .slice(0, -1)
    .map(({ text }) => text)
    .join("/");
  if (last.name === options.item?.element && at === (options.item.path ?? "")) return undefined;
  return { steps, ...(attribute === undefined ? {} : { attribute }) };
}

const wayOf = (key: string, options: Options): Way | undefined =>
  key.includes("/") || options.item === undefined ? pathWay(key, options) : itemWay(key, options);

function limitOf(value: string, way: Way, { quotes }: Options): string | undefined {
  if (controlCharacter.test(value)) return "one line of text without control characters";
  if (way.attribute === undefined && /^\s|\s$/u.test(value))
    return "text without blanks at its ends (the phone trims them)";
  if (quotes === "outer" && value.startsWith('"') && !/^"[^"]*"$/.test(value))
    return "text without double quotes (there is no escape for one)";
  return xmlLimit(value);
}

interface Node {
  readonly step: Step;
  readonly isItem: boolean;
  readonly children: Node[];
  readonly below: Map<string, Node>;
  /** `name` absent: the element's text. */
  readonly values: { readonly name: string | undefined; readonly value: string; readonly index: number }[];
  readonly extra: Attributes;
}

function nodeOf(step: Step, isItem = false, extra: Attributes = []): Node {
  return { step, isItem, children: [], below: new Map(), values: [], extra };
}

const printed = (attributes: Attributes): string =>
  attributes.map(([name, value]) => ` ${name}="${escapeXml(value)}"`).join("");

/** Puts pairs into a tree and prints it: a line for each value. */
class Writer {
  readonly lines: number[];
  readonly refused: Refusal[] = [];
  readonly #options: Options;
  readonly #text = ['<?xml version="1.0" encoding="UTF-8"?>'];

  constructor(options: Options, pairs: number) {
    this.#options = options;
    this.lines = Array.from({ length: pairs }, () => 0);
  }

  write(pairs: readonly Pair[]): string {
    const { root: name, attributes = {} } = this.#options;
    const root = nodeOf({ text: name, name, attributes: Object.entries(attributes) });
    for (const [index, pair] of pairs.entries()) {
      const limit = this.#place(root, pair, index);
      if (limit !== undefined) this.refused.push({ index, limit });
    }
    this.#print(root, "");
    return `${this.#text.join("\n")}\n`;
  }

  #place(root: Node, pair: Pair, index: number): string | undefined {
    const way = wayOf(pair.key, this.#options);
    if (way === undefined) return "a key as the item's name, or as `element/element/@attribute`";
    const limit = limitOf(pair.value, way, this.#options);
    if (limit !== undefined) return limit;
    let node: Node | undefined = root;
    for (const [depth, step] of way.steps.entries()) {
      if (node.values.some(({ name }) => name === undefined))
        return "elements or text in an element, not both";
      const isLast = depth === way.steps.length - 1;
      let next: Node | undefined = node.below.get(step.text);
      if (next === undefined) {
        const extra = isLast && way.isItem ? Object.entries(pair.attributes ?? {}) : [];
        next = nodeOf(step, way.isItem && isLast, extra);
        node.below.set(step.text, next);
        node.children.push(next);
      }
      node = next;
    }
    const isText = way.attribute === undefined;
    if (node.values.some(({ name }) => name === way.attribute)) return "each key once";
    if (
      isText
        ? node.children.length + node.values.length > 0
        : node.values[0]?.name === undefined && node.values.length > 0
    )
      return "elements, attributes or text in an element, not all of them";
    node.values.push({ name: way.attribute, value: pair.value, index });
    return undefined;
  }

  #print(node: Node, indent: string): void {
    const { step, values, children, extra, isItem } = node;
    const [only] = values;
    if (only !== undefined && only.name === undefined) {
      const text = `${indent}<${step.name}${printed([...step.attributes, ...extra])}`;
      this.#text.push(only.value === "" ? `${text}/>` : `${text}>${escapeXml(only.value)}</${step.name}>`);
      this.lines[only.index] = this.#text.length;
      return;
    }
    const open = `${indent}<${step.name}${printed(step.attributes)}`;
    const close = children.length === 0 && (values.length > 0 || isItem) ? "/>" : ">";
    if (values.length <= 1) {
      const value = only === undefined ? "" : printed([[only.name ?? "", only.value]]);
      this.#text.push(`${open}${value}${printed(extra)}${close}`);
      if (only !== undefined) this.lines[only.index] = this.#text.length;
    } else {
      this.#text.push(open);
      for (const [place, { name = "", value, index }] of values.entries()) {
        const end = place === values.length - 1 ? close : "";
        this.lines[index] = this.#text.push(`${indent} ${printed([[name, value]])}${end}`);
      }
    }
    for (const child of children) this.#print(child, `${indent}  `);
    if (close === ">") this.#text.push(`${indent}</${step.name}>`);
  }
}

function write(pairs: readonly Pair[], given: Readonly<Record<string, unknown>>): Written {
  const writer = new Writer(optionsOf(given), pairs.length);
  return { body: writer.write(pairs), lines: writer.lines, refused: writer.refused };
}

/** An item as a pair; undefined for one without a name or with other fixed attributes than we write. */
function itemPair(
  { attributes, text, children }: XmlElement,
  item: NonNullable<Options["item"]>,
): Pair | undefined {
  const own = new Map(attributes);
  const take = (name: string): string | undefined => {
    const value = own.get(name);
    own.delete(name);
    return value;
  };
  const name = take(item.name);
  const index = item.index === undefined ? undefined : take(item.index);
  const value = item.value === undefined ? text : take(item.value);
  const fixed = Object.entries(item.fixed ?? {}).every(([fixedName, wanted]) => take(fixedName) === wanted);
  if (name === undefined || value === undefined || !fixed || children.length > 0) return undefined;
  if (item.value !== undefined && text.trim() !== "") return undefined;
  const key = index === undefined ? name : `${name}[${index}]`;
  return own.size === 0 ? { key, value } : { key, value, attributes: Object.fromEntries(own) };
}

function pairsOf(element: XmlElement, path: string, options: Options): Decoded<Pair[]> {
  const { item, naming } = options;
  const pairs: Pair[] = [];
  for (const child of element.children) {
    const place = `line ${child.line}`;
    if (
      item !== undefined &&
      child.name === item.element &&
      path === (item.path === undefined ? "" : `${item.path}/`)
    ) {
      const pair = itemPair(child, item);
      if (pair === undefined)
        return mismatch(place, `a <${item.element}> with ${item.name} and a value`, child.name);
      pairs.push(pair);
      continue;
    }
    const names = naming?.[child.name] ?? [];
    const said = names.flatMap((name) => {
      const value = child.attributes.get(name);
      return value === undefined ? [] : [`@${name}=${value}`];
    });
    const step = `${path}${child.name}${said.join("")}`;
    const own = [...child.attributes].filter(([name]) => !names.includes(name));
    pairs.push(...own.map(([name, value]) => ({ key: `${step}/@${name}`, value })));
    if (child.children.length > 0) {
      const below = pairsOf(child, `${step}/`, options);
      if (!below.ok) return below;
      pairs.push(...below.value);
    } else if (own.length === 0) pairs.push({ key: step, value: child.text });
    else if (child.text.trim() !== "") return mismatch(place, "attributes or text", child.text);
  }
  return decoded(pairs);
}

function read(body: string, given: Readonly<Record<string, unknown>>): Decoded<readonly Pair[]> {
  const options = optionsOf(given);
  const document = decodeXml(body);
  if (!document.ok) return document;
  const { name, text, line, attributes } = document.value;
  const wanted = Object.entries(options.attributes ?? {});
  if (name !== options.root || text.trim() !== "")
    return mismatch(`line ${line}`, `elements in <${options.root}>`, name);
  if (attributes.size !== wanted.length || wanted.some(([key, value]) => attributes.get(key) !== value))
    return mismatch(`line ${line}`, `<${options.root}${printed(wanted)}>`, [...attributes.keys()].join(" "));
  const pairs = pairsOf(document.value, "", options);
  if (!pairs.ok) return pairs;
  const seen = new Set<string>();
  for (const { key, value } of pairs.value) {
    const way = wayOf(key, options);
    const limit = way === undefined ? "a key that can be written" : limitOf(value, way, options);
    if (limit !== undefined || seen.has(key)) return mismatch(key, limit ?? "each key once", value);
    seen.add(key);
  }
  return pairs;
}

/** Items with name and value, and elements in elements with values in attributes (Gigaset, Digium, ALE, Unify, Escene). */
export const xmlItems: Syntax = { name: "xml-items", options: Options, write, read };
