// Readers of the XML syntaxes that share nothing with ours: an XML library takes the document apart, and the way to a value
// is told in the words of the vendors' guides.
import { XMLParser, XMLValidator } from "fast-xml-parser";

export type Found = readonly (readonly [key: string, value: string])[];
export type Options = Readonly<Record<string, unknown>>;

interface Element {
  readonly name: string;
  readonly attributes: readonly (readonly [name: string, value: string])[];
  readonly children: readonly Element[];
  readonly text: string;
}

const parser = new XMLParser({
  preserveOrder: true,
  ignoreAttributes: false,
  attributeNamePrefix: "",
  parseTagValue: false,
  parseAttributeValue: false,
  trimValues: false,
  ignoreDeclaration: true,
});

/** The library's nodes: `{ tag: [nodes], ":@": { attribute: value } }` and `{ "#text": text }`. */
function elementsOf(nodes: unknown): Element[] {
  return (nodes as Record<string, unknown>[]).flatMap((node) => {
    const name = Object.keys(node).find((key) => key !== ":@" && key !== "#text");
    if (name === undefined) return [];
    const inside = node[name] as Record<string, unknown>[];
    const text = inside.map((one) => (one["#text"] ?? "") as string).join("");
    const attributes = Object.entries((node[":@"] ?? {}) as Record<string, string>);
    return [{ name, attributes, children: elementsOf(inside), text }];
  });
}

/** The document's root. @throws where the library does not take it for XML. */
function rootOf(body: string): Element {
  const verdict = XMLValidator.validate(body);
  if (verdict !== true) throw new Error(`line ${verdict.err.line}: ${verdict.err.msg}`);
  const [root, ...more] = elementsOf(parser.parse(body));
  if (root === undefined || more.length > 0) throw new Error("a document has one root");
  return root;
}

const attributeOf = ({ attributes }: Element, name: string): string | undefined =>
  attributes.find(([other]) => other === name)?.[1];
const stringsOf = (value: unknown): readonly string[] => (value ?? []) as string[];

interface Naming {
  /** Attributes that tell this element from its brothers. */
  readonly named: (element: string) => readonly string[];
  /** Elements that are counted. */
  readonly numbered: readonly string[];
}

/** Elements in elements: `a/b@name=1/c`, and `…/@attribute` for what stands in an attribute. */
function walk(elements: readonly Element[], way: string, naming: Naming): Found {
  const counts = new Map<string, number>();
  return elements.flatMap((element): Found => {
    const { name, attributes, children, text } = element;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    const number = naming.numbered.includes(name) ? `#${counts.get(name)}` : "";
    const names = naming.named(name);
    const said = attributes.filter(([other]) => names.includes(other));
    const step = `${way}${name}${number}${said.map(([other, value]) => `@${other}=${value}`).join("")}`;
    const values = attributes.filter(([other]) => !names.includes(other));
    const own = values.map(([other, value]) => [`${step}/@${other}`, value] as const);
    if (children.length > 0) return [...own, ...walk(children, `${step}/`, naming)];
    return own.length > 0 ? own : [[step, text]];
  });
}

function elementTree(body: string, options: Options): Found {
  const named = stringsOf(options["naming"]);
  return walk(rootOf(body).children, "", { named: () => named, numbered: stringsOf(options["numbered"]) });
}

interface Item {
  readonly path?: string;
  readonly element: string;
  readonly name: string;
  readonly value?: string;
  readonly index?: string;
}

function itemOf(element: Element, item: Item): readonly [string, string] {
  const index = item.index === undefined ? undefined : attributeOf(element, item.index);
  const key = `${attributeOf(element, item.name)}${index === undefined ? "" : `[${index}]`}`;
  return [key, item.value === undefined ? element.text : (attributeOf(element, item.value) ?? "")];
}

/** Items where they stand, elements in elements beside them. */
function xmlItems(body: string, options: Options): Found {
  const item = options["item"] as Item | undefined;
  const names = (options["naming"] ?? {}) as Record<string, string[]>;
  const naming = { named: (element: string) => names[element] ?? [], numbered: [] };
  const places = item === undefined ? undefined : (item.path?.split("/") ?? []);
  const visit = (elements: readonly Element[], way: readonly string[]): Found =>
    elements.flatMap((element): Found => {
      const here = places?.join("/") === way.join("/");
      if (here && item !== undefined && element.name === item.element && isItem(element, item, names))
        return [itemOf(element, item)];
      const above = places !== undefined && way.every((step, at) => step === places[at]);
      if (above && element.name === places[way.length] && element.attributes.length === 0)
        return visit(element.children, [...way, element.name]);
      return walk([element], way.map((step) => `${step}/`).join(""), naming);
    });
  return visit(rootOf(body).children, []);
}

function isItem(element: Element, item: Item, names: Readonly<Record<string, string[]>>): boolean {
  const value = item.value === undefined ? element.text : attributeOf(element, item.value);
  return (value !== undefined && element.children.length === 0) || names[element.name] === undefined;
}

const pValues = (body: string): Found =>
  rootOf(body)
    .children.filter(({ name }) => name === "config")
    .flatMap(({ children }) =>
      children.map((element): Found[number] => [attributeOf(element, "name") ?? element.name, element.text]),
    );

/** `<line index="1">`, and in the older dialect `<List><List_Entry><ID>L1</ID>`. */
function fanvilXml(body: string): Found {
  const visit = (elements: readonly Element[], way: string): Found =>
    elements.flatMap((element): Found => {
      const { name, children, text } = element;
      if (children.length === 0) return [[way + name, text]];
      const entries = children.filter((child) => child.name === `${name}_Entry`);
      if (entries.length === 0) {
        const index = attributeOf(element, "index");
        return visit(children, `${way}${name}${index === undefined ? "" : `[${index}]`}/`);
      }
      return entries.flatMap((entry) => {
        const [id, ...values] = entry.children;
        return visit(values, `${way}${name}[${id?.text}]/`);
      });
    });
  return visit(
    rootOf(body).children.filter(({ name }) => name.toLowerCase() !== "version"),
    "",
  );
}

const xmlAttributes = (body: string): Found => {
  const visit = ({ attributes, children }: Element): Found => [...attributes, ...children.flatMap(visit)];
  return visit(rootOf(body));
};

const xmlSettings = (body: string): Found =>
  rootOf(body).children.flatMap((section) =>
    section.children.flatMap((element): Found => {
      const way = section.name === "phone-settings" ? "" : `${section.name}/`;
      const idx = attributeOf(element, "idx");
      const key = `${way}${element.name}${idx === undefined ? "" : `[${idx}]`}`;
      const beside = element.attributes.filter(([name]) => name !== "idx" && name !== "perm");
      return [[key, element.text], ...beside.map(([name, value]) => [`${key}@${name}`, value] as const)];
    }),
  );

const lpconfig = (body: string): Found =>
  rootOf(body).children.flatMap((section) =>
    section.children.map((entry) => [
      `${attributeOf(section, "name")}/${attributeOf(entry, "name")}`,
      entry.text,
    ]),
  );

const parameterList = (body: string): Found =>
  rootOf(body).children.flatMap(({ children: [name, ...parameters] }) =>
    parameters.map(({ children: [parameter, value] }) => [
      `${name?.text.replace(/\.$/, "")}/${parameter?.text}`,
      value?.text ?? "",
    ]),
  );

export const xmlReaders: Readonly<Record<string, (body: string, options: Options) => Found>> = {
  "element-tree": elementTree,
  "fanvil-xml": fanvilXml,
  "p-values": pValues,
  "parameter-list": parameterList,
  "xml-attributes": xmlAttributes,
  "xml-items": xmlItems,
  "xml-settings": xmlSettings,
  lpconfig,
};
