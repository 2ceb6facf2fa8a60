import { XMLParser, XMLValidator } from "fast-xml-parser";
import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";

/** An element of a document: with other elements in it, or with text. */
export interface XmlElement {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlElement[];
  readonly text: string;
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

function attributesOf(node: Node): Record<string, string> {
  const found = node[":@"];
  if (!isNode(found)) return {};
  return Object.fromEntries(
    Object.entries(found).map(([name, value]) => [name.replace(/^@/, ""), String(value)]),
  );
}

/** Text beside elements has no meaning in any config: nothing, where there is some. */
function elementOf(node: Node): XmlElement | undefined {
  const tag = Object.keys(node).find((name) => name !== ":@");
  const inner = tag === undefined ? undefined : node[tag];
  if (tag === undefined || !Array.isArray(inner)) return undefined;
  const nodes = inner.filter(isNode);
  const text = nodes.map((each) => (typeof each["#text"] === "string" ? each["#text"] : "")).join("");
  const below = nodes.filter((each) => !("#text" in each)).map(elementOf);
  const children = below.filter((child) => child !== undefined);
  if (children.length !== below.length || (children.length > 0 && text.trim() !== "")) return undefined;
  return { tag, attributes: attributesOf(node), children, text: children.length > 0 ? "" : text };
}

/** The root element of a document without a document type, strictly: one root, and text only where no elements are. */
export function decodeXml(body: string): Decoded<XmlElement> {
  if (/<!DOCTYPE|<!\[CDATA\[/i.test(body))
    return mismatch("document", "XML without document type and CDATA", body.slice(0, 80));
  const valid = XMLValidator.validate(body);
  if (valid !== true) return mismatch(`line ${valid.err.line}`, "well-formed XML", valid.err.msg);
  try {
    const parsed: unknown = parser.parse(body);
    const nodes = Array.isArray(parsed) ? parsed.filter(isNode) : [];
    const roots = nodes.filter((node) => !("#text" in node));
    const [root] = roots;
    const element = root === undefined || roots.length > 1 ? undefined : elementOf(root);
    if (element !== undefined) return decoded(element);
  } catch (error) {
    // The library throws on what its validator lets through (entities without end).
    return mismatch("document", "XML that can be read", String(error));
  }
  return mismatch("document", "one root, and text only where no elements are", body.slice(0, 80));
}
