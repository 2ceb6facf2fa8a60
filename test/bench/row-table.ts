import { element, integer, octets, oid } from "../fakes/switch/ber.ts";
import type { Row } from "../fakes/switch/agent.ts";
import { compare } from "../fakes/switch/agent.ts";
import { PortState } from "../fakes/switch/port-state.ts";
import { buildRows } from "../fakes/switch/tables.ts";

// The rows of one simulated switch, encoded once: what is measured is the client, so the switch must cost next to nothing.

const wanted = 5021;
const ports = 48;

/** Columns that a whole walk reads and our look does not ask for, until there are as many rows as a real switch has. */
const padding = [
  ...[1, 4, 10, 11, 12, 13, 14, 15, 16, 17, 18, 20, 21, 22].map((column) => `1.3.6.1.2.1.2.2.1.${column}`),
  ...[2, 3, 4, 5, 6, 10, 14, 16, 17].map((column) => `1.3.6.1.2.1.31.1.1.1.${column}`),
  ...[2, 4, 5, 6, 7, 9, 10, 11, 13, 16, 17, 18].map((column) => `1.3.6.1.2.1.10.7.2.1.${column}`),
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((column) => `1.3.6.1.4.1.9.9.402.1.2.1.${20 + column}`),
  ...[8, 13, 14, 15, 16, 17, 18, 19, 20].map((column) => `1.0.8802.1.1.2.1.4.1.1.${column}`),
  ...[4, 5, 6, 7, 8, 9, 10, 11, 12].map((column) => `1.0.8802.1.1.2.1.3.7.1.${column}`),
];

/** What the walks of a reader that does not choose are begun at; together they cover every row. */
export const roots = [
  "1.3.6.1.2.1.1",
  "1.3.6.1.2.1.2",
  "1.3.6.1.2.1.10",
  "1.3.6.1.2.1.31",
  "1.3.6.1.2.1.47",
  "1.3.6.1.2.1.105",
  "1.3.6.1.4.1.9.9.402",
  "1.0.8802.1.1.2",
] as const;

/** 5,021 rows: 48 ports with a phone each, two uplinks. */
export function switchRows(): Row[] {
  const powered = Array.from({ length: ports }, (_, i) => {
    const port = new PortState(`Gi1/0/${i + 1}`, 10_101 + i, i + 1, true, 0);
    const mac = `805ec000${(i + 1).toString(16).padStart(4, "0")}`;
    port.change(
      { phone: { mac, model: "SIP-T46U", firmware: "108.86.0.45", maker: "Yealink", asked: 6.5 } },
      0,
    );
    return port;
  });
  const uplinks = [1, 2].map((n) => new PortState(`Te1/1/${n}`, 10_200 + n, 0, false, 0));
  const facts = {
    name: "access-1",
    about: "Offhook simulated switch of the bench",
    sysObjectId: "1.3.6.1.4.1.9.1.2694",
    budget: 740,
    uptime: () => 345_600_000,
  };
  const rows = buildRows(facts, [...powered, ...uplinks]);
  const more: Row[] = [];
  for (const column of padding)
    for (const { ifIndex } of [...powered, ...uplinks])
      more.push({
        arcs: [...column.split(".").map(Number), ifIndex],
        value: () => integer(1_000_000 + ifIndex, 0x41),
      });
  const all = [...rows, ...more.slice(0, wanted - rows.length)];
  if (all.length !== wanted) throw new Error(`${all.length} rows, not ${wanted}`);
  return all.toSorted((a, b) => compare(a.arcs, b.arcs));
}

const get = 0xa0;
const getBulk = 0xa5;
const room = 1400;
/** Enough for the octets in front of the varbinds. */
const head = 80;
const exceptions = { noSuchInstance: 0x81, endOfMibView: 0x82 } as const;

interface Cursor {
  index: number;
  name: Buffer;
}

/** Answers GET, GETNEXT and GETBULK from encoded rows. */
export class RowTable {
  readonly #arcs: readonly (readonly number[])[];
  readonly #names: readonly Buffer[];
  readonly #varbinds: readonly Buffer[];
  /** Where the row after a name is; every name is asked for again and again. */
  readonly #after = new Map<string, number>();
  readonly #out = Buffer.alloc(65_536);

  constructor(rows: readonly Row[]) {
    this.#arcs = rows.map(({ arcs }) => arcs);
    const names = rows.map(({ arcs }) => oid(arcs));
    this.#names = names.map((name) => name.subarray(2));
    this.#varbinds = rows.map(({ value }, i) => element(0x30, Buffer.concat([names[i] ?? name0, value()])));
    for (const [i, name] of this.#names.entries()) this.#after.set(name.toString("latin1"), i + 1);
  }

  /** The reply's octets, and how many rows it has; undefined: nothing to answer. */
  answer(request: Buffer): { bytes: Buffer; rows: number } | undefined {
    const asked = readRequest(request);
    if (asked === undefined) return undefined;
    const end = asked.type === get ? this.#one(asked.names) : this.#next(asked);
    return { bytes: this.#finish(asked, end), rows: end.rows };
  }

  #next({ type, repetitions, names }: Asked): { at: number; rows: number } {
    const cursors = names.map((name): Cursor => ({ name, index: this.#indexAfter(name) }));
    let at = head;
    let rows = 0;
    for (let repetition = 0; repetition < (type === getBulk ? repetitions : 1); repetition++) {
      let over = 0;
      for (const cursor of cursors) {
        const varbind = this.#varbinds[cursor.index];
        const bytes = varbind ?? exception(cursor.name, exceptions.endOfMibView);
        if (at - head + bytes.length > room && rows > 0) return { at, rows };
        bytes.copy(this.#out, at);
        at += bytes.length;
        rows += 1;
        if (varbind === undefined) over += 1;
        else {
          cursor.name = this.#names[cursor.index] ?? cursor.name;
          cursor.index += 1;
        }
      }
      if (over === cursors.length) break;
    }
    return { at, rows };
  }

  #one(names: readonly Buffer[]): { at: number; rows: number } {
    let at = head;
    for (const name of names) {
      const after = this.#after.get(name.toString("latin1"));
      const bytes = this.#varbinds[(after ?? 0) - 1] ?? exception(name, exceptions.noSuchInstance);
      bytes.copy(this.#out, at);
      at += bytes.length;
    }
    return { at, rows: names.length };
  }

  #finish({ lead, id }: Asked, { at }: { at: number }): Buffer {
    const list = at - head;
    const numbers = [0x02, 0x01, 0x00, 0x02, 0x01, 0x00];
    const inner = [...id, ...numbers, ...lengthOf(0x30, list)];
    const pdu = [...lengthOf(0xa2, inner.length + list), ...inner];
    const all = [...lengthOf(0x30, lead.length + pdu.length + list), ...lead, ...pdu];
    this.#out.set(all, head - all.length);
    return Buffer.from(this.#out.subarray(head - all.length, at));
  }

  /** The first row after a name, by binary search the first time. */
  #indexAfter(name: Buffer): number {
    const key = name.toString("latin1");
    const known = this.#after.get(key);
    if (known !== undefined) return known;
    const arcs = arcsOf(name);
    let low = 0;
    let high = this.#arcs.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(this.#arcs[middle] ?? [], arcs) <= 0) low = middle + 1;
      else high = middle;
    }
    this.#after.set(key, low);
    return low;
  }
}

const name0 = octets("");

interface Asked {
  /** Version and community, as they came. */
  readonly lead: Buffer;
  readonly type: number;
  /** The request id with its tag. */
  readonly id: Buffer;
  readonly repetitions: number;
  readonly names: readonly Buffer[];
}

function exception(name: Buffer, tag: number): Buffer {
  return element(0x30, Buffer.concat([element(0x06, name), Buffer.from([tag, 0])]));
}

function lengthOf(tag: number, length: number): number[] {
  if (length < 0x80) return [tag, length];
  return length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff];
}

function arcsOf(name: Buffer): number[] {
  const arcs: number[] = [];
  let arc = 0;
  for (const octet of name) {
    arc = arc * 128 + (octet & 0x7f);
    if (octet >= 0x80) continue;
    if (arcs.length === 0)
      arcs.push(Math.min(2, Math.floor(arc / 40)), arc - 40 * Math.min(2, Math.floor(arc / 40)));
    else arcs.push(arc);
    arc = 0;
  }
  return arcs;
}

/** Reads as little as it needs; our clients are well-formed. */
function readRequest(bytes: Buffer): Asked | undefined {
  const start = contentAt(bytes, 0);
  const version = endOf(bytes, start);
  const community = endOf(bytes, version);
  const type = bytes[community] ?? 0;
  const idAt = contentAt(bytes, community);
  const idEnd = endOf(bytes, idAt);
  const firstEnd = endOf(bytes, idEnd);
  const secondEnd = endOf(bytes, firstEnd);
  const repetitions = bytes.readIntBE(contentAt(bytes, firstEnd), secondEnd - contentAt(bytes, firstEnd));
  const names: Buffer[] = [];
  for (let at = contentAt(bytes, secondEnd); at < bytes.length; at = endOf(bytes, at)) {
    const nameAt = contentAt(bytes, at);
    names.push(bytes.subarray(contentAt(bytes, nameAt), endOf(bytes, nameAt)));
  }
  const id = bytes.subarray(idAt, idEnd);
  return { lead: bytes.subarray(start, community), type, id, repetitions, names };
}

function contentAt(bytes: Buffer, at: number): number {
  const first = bytes[at + 1] ?? 0;
  return at + 2 + (first < 0x80 ? 0 : first - 0x80);
}

function endOf(bytes: Buffer, at: number): number {
  const first = bytes[at + 1] ?? 0;
  const content = contentAt(bytes, at);
  return content + (first < 0x80 ? first : bytes.readUIntBE(at + 2, first - 0x80));
}
