import { Type } from "typebox";
import { decoded, mismatch, type Decoded } from "../../../protocol/decoded.ts";
import { checkedOptions } from "./checked-options.ts";
import { controlCharacter } from "./control-character.ts";
import type { Pair, Refusal, Syntax, Written } from "./syntax.ts";
import { decodeXml, type XmlElement } from "./xml-elements.ts";
import { escapeXml, xmlLimit } from "./xml-text.ts";

const Options = Type.Object(
  {
    /**
     * sysConf: `<sip><line index="1"><PhoneNumber>`. module: `<SIP_CONFIG_MODULE><SIP_Line_List><SIP_Line_List_Entry>
     * <ID>SIP1</ID><Phone_Number>`.
     */
    dialect: Type.Enum(["sysConf", "module"]),
  },
  { additionalProperties: false },
);
const optionsOf = checkedOptions(Options);
type Dialect = "sysConf" | "module";

// A key is a path: `sip/line[1]/PhoneNumber`, `SIP_CONFIG_MODULE/SIP_Line_List[SIP1]/Phone_Number`. What stands in brackets
// is the `index`, or the `ID` of the list's entry.
const segmentForm = /^([A-Za-z_][A-Za-z0-9_.-]{0,60})(?:\[([A-Za-z0-9-]{1,16})\])?$/;

// A file is taken where its version is higher than the phone's, or always where it compares digests: these are what
// provisioners have sent all phones for years, and new files are taken all the same.
const heads = {
  sysConf: { root: "sysConf", version: "<Version>2.0000000000</Version>" },
  module: { root: "VOIP_CONFIG_FILE", version: "<version>2.0002</version>" },
};

interface Segment {
  readonly tag: string;
  readonly index: string | undefined;
}

function computeSegments(key: string): Segment[] | undefined {
  const parts = key.split("/").map((part) => segmentForm.exec(part));
  if (parts.length < 2 || parts.length > 6 || parts.includes(null)) return undefined;
  return parts.map((part) => ({ tag: part?.[1] ?? "", index: part?.[2] }));
}

const parted = new Map<string, readonly Segment[] | undefined>();

/** Maps have few keys: each is taken apart once. */
function segmentsOf(key: string): readonly Segment[] | undefined {
  if (parted.has(key)) return parted.get(key);
  const segments = computeSegments(key);
  if (parted.size < 20_000) parted.set(key, segments);
  return segments;
}

function limitOf(pair: Pair, dialect: Dialect): string | undefined {
  const segments = segmentsOf(pair.key);
  const last = segments?.at(-1);
  if (last === undefined || last.index !== undefined)
    return "a key as a path, `section/element` or `section/list[1]/element`";
  if (dialect === "module" && (last.tag === "ID" || segments?.some(({ tag }) => tag.endsWith("_Entry"))))
    return "a key without `ID` and `_Entry`, which are the list's own";
  if (controlCharacter.test(pair.value)) return "one line of text without control characters";
  return xmlLimit(pair.value);
}

interface Branch {
  readonly segment: Segment;
  readonly branches: Map<string, Branch>;
  /** In the order they came: a leaf, by the pair's index, or a branch. */
  readonly inner: (number | Branch)[];
}

const branchOf = (segment: Segment): Branch => ({ segment, branches: new Map(), inner: [] });

/** In modules, `List[1]` is an entry with an `ID` in the one list. */
function listAndEntry({ tag, index }: Segment): Segment[] {
  return index === undefined
    ? [{ tag, index }]
    : [
        { tag, index: undefined },
        { tag: `${tag}_Entry`, index },
      ];
}

/** Hangs a pair into the tree; parents that are there already are used again. */
function hang(root: Branch, pair: Pair, index: number, dialect: Dialect): void {
  let here = root;
  const segments = (segmentsOf(pair.key) ?? []).slice(0, -1);
  for (const segment of dialect === "module" ? segments.flatMap(listAndEntry) : segments) {
    const name = `${segment.tag}[${segment.index ?? ""}]`;
    let next = here.branches.get(name);
    if (next === undefined) {
      next = branchOf(segment);
      here.branches.set(name, next);
      here.inner.push(next);
    }
    here = next;
  }
  here.inner.push(index);
}

/** Writes a tree down; one object per file. */
class Writer {
  readonly text: string[] = [];
  readonly lines: number[];
  readonly #pairs: readonly Pair[];
  readonly #dialect: Dialect;

  constructor(pairs: readonly Pair[], dialect: Dialect) {
    this.#pairs = pairs;
    this.#dialect = dialect;
    this.lines = pairs.map(() => 0);
  }

  inner(branch: Branch, depth: number): void {
    for (const each of branch.inner) {
      if (typeof each === "number") this.#leaf(each, depth);
      else this.#element(each, depth);
    }
  }

  #put(depth: number, text: string): void {
    this.text.push(`${"  ".repeat(depth)}${text}`);
  }

  #leaf(index: number, depth: number): void {
    const pair = this.#pairs[index];
    const tag = pair?.key.slice(pair.key.lastIndexOf("/") + 1) ?? "";
    this.#put(depth, `<${tag}>${escapeXml(pair?.value ?? "")}</${tag}>`);
    this.lines[index] = this.text.length;
  }

  #element(branch: Branch, depth: number): void {
    const { tag, index } = branch.segment;
    const byId = index !== undefined && this.#dialect === "module";
    this.#put(depth, `<${tag}${index === undefined || byId ? "" : ` index="${index}"`}>`);
    if (byId) this.#put(depth + 1, `<ID>${index}</ID>`);
    this.inner(branch, depth + 1);
    this.#put(depth, `</${tag}>`);
  }
}

function write(pairs: readonly Pair[], options: Readonly<Record<string, unknown>>): Written {
  const { dialect } = optionsOf(options);
  const { root, version } = heads[dialect];
  const refused: Refusal[] = [];
  const tree = branchOf({ tag: root, index: undefined });
  for (const [index, pair] of pairs.entries()) {
    const limit = limitOf(pair, dialect);
    if (limit === undefined) hang(tree, pair, index, dialect);
    else refused.push({ index, limit });
  }
  const writer = new Writer(pairs, dialect);
  writer.text.push('<?xml version="1.0" encoding="UTF-8"?>', `<${root}>`, `  ${version}`);
  writer.inner(tree, 1);
  writer.text.push(`</${root}>`);
  return { body: `${writer.text.join("\n")}\n`, lines: writer.lines, refused };
}

/** Collects the leaves of a tree. */
class Reader {
  readonly pairs: Pair[] = [];
  readonly #dialect: Dialect;

  constructor(dialect: Dialect) {
    this.#dialect = dialect;
  }

  element({ tag, attributes, children, text }: XmlElement, path: string): void {
    const name = attributes["index"] === undefined ? tag : `${tag}[${attributes["index"]}]`;
    const here = path === "" ? name : `${path}/${name}`;
    if (children.length === 0) this.pairs.push({ key: here, value: text });
    for (const child of children) {
      const id = child.children[0];
      if (this.#dialect === "module" && child.tag === `${tag}_Entry` && id?.tag === "ID")
        for (const leaf of child.children.slice(1)) this.element(leaf, `${here}[${id.text}]`);
      else this.element(child, here);
    }
  }
}

function read(body: string, options: Readonly<Record<string, unknown>>): Decoded<readonly Pair[]> {
  const { dialect } = optionsOf(options);
  const document = decodeXml(body);
  if (!document.ok) return document;
  const { root, version } = heads[dialect];
  const { tag, children, text } = document.value;
  const versionTag = version.slice(1, version.indexOf(">"));
  if (tag !== root || text.trim() !== "" || children[0]?.tag !== versionTag)
    return mismatch("document", `<${root}> that begins with <${versionTag}>`, tag);
  const reader = new Reader(dialect);
  for (const child of children.slice(1)) reader.element(child, "");
  const wrong = reader.pairs.find((pair) => limitOf(pair, dialect) !== undefined);
  return wrong === undefined
    ? decoded(reader.pairs)
    : mismatch(wrong.key, limitOf(wrong, dialect) ?? "", wrong.value);
}

/** Fanvil's two XML dialects, of modules and of paths. An empty element clears the key. */
export const fanvilXml: Syntax = { name: "fanvil-xml", options: Options, write, read };
