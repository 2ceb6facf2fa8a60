import { Type } from "typebox";
import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { controlCharacter } from "./control-character.ts";
import type { Pair, Refusal, Syntax, Written } from "./syntax.ts";
import { decodeXml, type XmlElement } from "./xml-reader.ts";
import { escapeXml, xmlLimit } from "./xml-text.ts";

const Options = Type.Object({}, { additionalProperties: false });

// A key is `object/parameter`; the object is a path as TR-104 has it, whose last dot is the syntax's own:
//   VoiceService.1.VoiceProfile.1.SIP/ProxyServer   <O><N>VoiceService.1.VoiceProfile.1.SIP.</N> <P><N>ProxyServer</N>…
const keyForm = /^([A-Za-z][A-Za-z0-9_.-]{0,150})\/([A-Za-z0-9_-]{1,80})$/;
const head = '<?xml version="1.0" encoding="UTF-8"?>\n<ParameterList>\n';

function limitOf(pair: Pair): string | undefined {
  const [, object] = keyForm.exec(pair.key) ?? [];
  if (object === undefined || object.endsWith(".")) return "a key as `object/parameter`, letters and digits";
  if (controlCharacter.test(pair.value)) return "one line of text without control characters";
  if (/^\s|\s$/u.test(pair.value)) return "text without blanks at its ends";
  return xmlLimit(pair.value);
}

const parted = (key: string): [string, string] => {
  const slash = key.indexOf("/");
  return [key.slice(0, slash), key.slice(slash + 1)];
};

function write(pairs: readonly Pair[]): Written {
  const refused: Refusal[] = [];
  const lines = pairs.map(() => 0);
  const objects = new Map<string, number[]>();
  for (const [index, pair] of pairs.entries()) {
    const limit = limitOf(pair);
    if (limit !== undefined) {
      refused.push({ index, limit });
      continue;
    }
    const [object] = parted(pair.key);
    const indexes = objects.get(object);
    if (indexes === undefined) objects.set(object, [index]);
    else indexes.push(index);
  }
  const text: string[] = [];
  for (const [object, indexes] of objects) {
    text.push(`  <O><N>${object}.</N>`);
    for (const index of indexes) {
      const { key, value } = pairs[index] ?? { key: "", value: "" };
      text.push(`    <P><N>${parted(key)[1]}</N><V>${escapeXml(value)}</V></P>`);
      lines[index] = text.length + 2;
    }
    text.push("  </O>");
  }
  return { body: `${head}${text.map((line) => `${line}\n`).join("")}</ParameterList>\n`, lines, refused };
}

function pairOf(object: string, parameter: XmlElement): Decoded<Pair> {
  const [name, value, ...more] = parameter.children;
  const sound = parameter.name === "P" && name?.name === "N" && value?.name === "V" && more.length === 0;
  if (!sound) return mismatch(`line ${parameter.line}`, "a parameter of name and value", parameter.name);
  const pair = { key: `${object.slice(0, -1)}/${name.text}`, value: value.text };
  const limit = object.endsWith(".") ? limitOf(pair) : "an object whose name ends in a dot";
  return limit === undefined ? decoded(pair) : mismatch(`line ${parameter.line}`, limit, pair.value);
}

function read(body: string): Decoded<readonly Pair[]> {
  const document = decodeXml(body);
  if (!document.ok) return document;
  const root = document.value;
  if (root.name !== "ParameterList") return mismatch("document", "a ParameterList", root.name);
  const pairs: Pair[] = [];
  for (const object of root.children) {
    const [name, ...parameters] = object.children;
    if (object.name !== "O" || name?.name !== "N")
      return mismatch(`line ${object.line}`, "an object with its name", object.name);
    for (const parameter of parameters) {
      const pair = pairOf(name.text, parameter);
      if (!pair.ok) return pair;
      pairs.push(pair.value);
    }
  }
  return decoded(pairs);
}

/** Objects with parameters in short tags, named as TR-104 does (OBi devices). */
export const parameterList: Syntax = { name: "parameter-list", options: Options, write, read };
