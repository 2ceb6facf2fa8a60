import { Type } from "typebox";
import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { checkedOptions } from "./checked-options.ts";
import { controlCharacter } from "./control-character.ts";
import type { Pair, Refusal, Syntax, Written } from "./syntax.ts";
import { decodeXml, type XmlElement } from "./xml-elements.ts";
import { escapeXml, xmlLimit } from "./xml-text.ts";

const Options = Type.Object(
  {
    /** Grandstream's `gs_provision`, or Htek's `hl_provision`. */
    root: Type.Enum(["gs_provision", "hl_provision"]),
    /** `1`: elements named by number, `P271`. `2`: `item` elements with a name. One file cannot hold both. */
    config: Type.Enum(["1", "2"]),
  },
  { additionalProperties: false },
);
const optionsOf = checkedOptions(Options);

const keyForms = { "1": /^P\d{1,6}$/, "2": /^[A-Za-z][A-Za-z0-9_.-]{0,150}$/ };
const keyLimits = { "1": "a key as P and digits", "2": "a name of letters, digits, `_`, `-` and `.`" };

/** The phone keeps each value on one line of its own store. */
function limitOf(pair: Pair, config: "1" | "2"): string | undefined {
  if (!keyForms[config].test(pair.key)) return keyLimits[config];
  if (controlCharacter.test(pair.value)) return "one line of text without control characters";
  return xmlLimit(pair.value);
}

function line(pair: Pair, config: "1" | "2"): string {
  const value = escapeXml(pair.value);
  return config === "1"
    ? `    <${pair.key}>${value}</${pair.key}>`
    : `    <item name="${pair.key}">${value}</item>`;
}

function write(pairs: readonly Pair[], options: Readonly<Record<string, unknown>>): Written {
  const { root, config } = optionsOf(options);
  const text = [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<${root} version="1">`,
    `  <config version="${config}">`,
  ];
  const lines: number[] = [];
  const refused: Refusal[] = [];
  for (const [index, pair] of pairs.entries()) {
    const limit = limitOf(pair, config);
    if (limit !== undefined) refused.push({ index, limit });
    else text.push(line(pair, config));
    lines.push(limit === undefined ? text.length : 0);
  }
  return { body: `${text.join("\n")}\n  </config>\n</${root}>\n`, lines, refused };
}

function readPair(element: XmlElement, config: "1" | "2"): Decoded<Pair> {
  const { tag, attributes, children, text } = element;
  const key = config === "1" ? tag : attributes["name"];
  if (children.length > 0 || key === undefined || (config === "2" && tag !== "item"))
    return mismatch(tag, config === "1" ? "elements as <P271>" : "elements as <item name>", tag);
  const pair = { key, value: text };
  const limit = limitOf(pair, config);
  return limit === undefined ? decoded(pair) : mismatch(key, limit, text);
}

function read(body: string, options: Readonly<Record<string, unknown>>): Decoded<readonly Pair[]> {
  const { root, config } = optionsOf(options);
  const document = decodeXml(body);
  if (!document.ok) return document;
  const { tag, children, text } = document.value;
  // A `mac` beside the config names the phone: it is not a setting.
  const configs = children.filter((child) => child.tag !== "mac");
  const [inner] = configs;
  if (tag !== root || text.trim() !== "" || inner?.tag !== "config" || configs.length > 1)
    return mismatch("document", `<${root}> with one <config>`, tag);
  if (inner.attributes["version"] !== config)
    return mismatch("config", `version ${config}`, inner.attributes["version"] ?? "nothing");
  if (inner.children.length === 0 && inner.text.trim() !== "")
    return mismatch("config", "elements", inner.text.slice(0, 80));
  const pairs: Pair[] = [];
  for (const child of inner.children) {
    const pair = readPair(child, config);
    if (!pair.ok) return pair;
    pairs.push(pair.value);
  }
  return decoded(pairs);
}

/** Grandstream's and Htek's XML of P-values or named items. An empty element clears the key. */
export const pValues: Syntax = { name: "p-values", options: Options, write, read };
