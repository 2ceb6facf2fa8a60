import { XMLParser, XMLValidator } from "fast-xml-parser";
import { Type, type Static } from "typebox";
import { Check } from "typebox/value";
import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { controlCharacter } from "./control-character.ts";
import type { Pair, Refusal, Syntax, Written } from "./syntax.ts";
import { escapeXml, xmlLimit } from "./xml-text.ts";

const Options = Type.Object({}, { additionalProperties: false });

const namespace = "http://www.linphone.org/xsds/lpconfig.xsd";
const head = `<?xml version="1.0" encoding="UTF-8"?>\n<config xmlns="${namespace}">\n`;

const name = /^[A-Za-z0-9_.-]{1,100}\/[A-Za-z0-9_.-]{1,100}$/;

/** Linphone keeps what it reads in an INI file: one line per value, trimmed. */
function limitOf(pair: Pair): string | undefined {
  if (!name.test(pair.key)) return "a key as `section/entry`, of letters, digits, `_`, `-` and `.`";
  if (controlCharacter.test(pair.value)) return "one line of text without control characters";
  if (/^\s|\s$/u.test(pair.value))
    return "text without blanks at its ends (Linphone keeps it in an INI file)";
  return xmlLimit(pair.value);
}

function split(key: string): [string, string] {
  const slash = key.indexOf("/");
  return [key.slice(0, slash), key.slice(slash + 1)];
}

function write(pairs: readonly Pair[]): Written {
  const refused: Refusal[] = [];
  const lines = pairs.map(() => 0);
  const sections = new Map<string, number[]>();
  for (const [index, pair] of pairs.entries()) {
    const limit = limitOf(pair);
    if (limit !== undefined) {
      refused.push({ index, limit });
      continue;
    }
    const [section] = split(pair.key);
    sections.set(section, [...(sections.get(section) ?? []), index]);
  }
  const text: string[] = [];
  for (const [section, indexes] of sections) {
    text.push(`  <section name="${escapeXml(section)}">`);
    for (const index of indexes) {
      const { key, value } = pairs[index] ?? { key: "", value: "" };
      // Without `overwrite` an entry that the phone has already keeps its old value.
      text.push(`    <entry name="${escapeXml(split(key)[1])}" overwrite="true">${escapeXml(value)}</entry>`);
      lines[index] = text.length + 2;
    }
    text.push("  </section>");
  }
  return { body: `${head}${text.map((line) => `${line}\n`).join("")}</config>\n`, lines, refused };
}

const Text = Type.Array(Type.Object({ "#text": Type.String() }), { maxItems: 1 });
const Entry = Type.Object({
  entry: Text,
  ":@": Type.Object({ "@name": Type.String(), "@overwrite": Type.Literal("true") }),
});
const Section = Type.Object({ section: Type.Array(Entry), ":@": Type.Object({ "@name": Type.String() }) });
const Document = Type.Tuple([
  Type.Object({
    config: Type.Array(Section),
    ":@": Type.Object({ "@xmlns": Type.Literal(namespace) }),
  }),
]);
type Document = Static<typeof Document>;

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

/** Blanks between elements mean nothing; inside an entry they are its value. */
function withoutLayout(nodes: unknown): unknown {
  if (!Array.isArray(nodes)) return nodes;
  return nodes
    .filter(
      (node: Record<string, unknown>) => typeof node["#text"] !== "string" || node["#text"].trim() !== "",
    )
    .map((node: Record<string, unknown>) =>
      Object.fromEntries(
        Object.entries(node).map(([tag, inner]) => [tag, tag === "entry" ? inner : withoutLayout(inner)]),
      ),
    );
}

function parse(body: string): Decoded<Document> {
  const valid = XMLValidator.validate(body);
  if (valid !== true) return mismatch(`line ${valid.err.line}`, "well-formed XML", valid.err.msg);
  try {
    const document: unknown = withoutLayout(parser.parse(body));
    if (Check(Document, document)) return decoded(document);
  } catch (error) {
    // The library throws on what its validator lets through (entities without end).
    return mismatch("document", "XML that can be read", String(error));
  }
  return mismatch("document", "a config of sections of entries with overwrite", body);
}

function read(body: string): Decoded<readonly Pair[]> {
  const document = parse(body);
  if (!document.ok) return document;
  const pairs = document.value[0].config.flatMap((section) =>
    section.section.map((entry) => ({
      key: `${section[":@"]["@name"]}/${entry[":@"]["@name"]}`,
      value: entry.entry[0]?.["#text"] ?? "",
    })),
  );
  const wrong = pairs.find((pair) => limitOf(pair) !== undefined);
  return wrong === undefined ? decoded(pairs) : mismatch(wrong.key, limitOf(wrong) ?? "", wrong.value);
}

/** Linphone's XML of sections and entries (lpconfig.xsd). Keys are `section/entry`; an empty entry clears it. */
export const lpconfig: Syntax = { name: "lpconfig", options: Options, write, read };
