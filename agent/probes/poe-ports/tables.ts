import { tryParseMacAddress, type MacAddress } from "../../../protocol/mac-address.ts";
import type { SnmpValue } from "../../io/snmp/message.ts";
import type { Walk, WalkedColumn } from "../../io/snmp/walk.ts";

const noRows: ReadonlyMap<string, SnmpValue> = new Map();

/** What was read of a switch, by column; each reader takes only the type its column may have, else undefined. */
export class Tables {
  readonly #columns = new Map<string, WalkedColumn>();

  add(walk: Walk): void {
    for (const [column, walked] of walk.columns) this.#columns.set(column, walked);
  }

  rows(column: string): ReadonlyMap<string, SnmpValue> {
    return this.#columns.get(column)?.rows ?? noRows;
  }

  /** Whether the column was read to its end: then a row that is not there is not there. */
  complete(column: string): boolean {
    const walked = this.#columns.get(column);
    return walked !== undefined && walked.problem === undefined;
  }

  number(column: string, index: string): number | undefined {
    const value = this.rows(column).get(index);
    return typeof value === "number" ? value : undefined;
  }

  /** A counter of either width. */
  counter(column: string, index: string): bigint | undefined {
    const value = this.rows(column).get(index);
    if (typeof value === "bigint") return value;
    return typeof value === "number" && value >= 0 ? BigInt(value) : undefined;
  }

  bytes(column: string, index: string): Uint8Array | undefined {
    const value = this.rows(column).get(index);
    return value instanceof Uint8Array ? value : undefined;
  }

  /** Text without control characters; empty is undefined. */
  text(column: string, index: string): string | undefined {
    const value = this.bytes(column, index);
    return value === undefined ? undefined : plainText(value);
  }

  oid(column: string, index: string): string | undefined {
    const value = this.rows(column).get(index);
    return typeof value === "string" ? value : undefined;
  }
}

/** Printable ASCII, as nearly all that switches say. */
const isPlain = (octet: number) => octet >= 0x20 && octet < 0x7f;

/** What a switch says, fit for a terminal and a page: no control characters, bounded, trimmed; empty is undefined. */
export function plainText(bytes: Uint8Array): string | undefined {
  if (bytes.length < 1000 && bytes.every(isPlain)) {
    const plain = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1").trim();
    return plain === "" ? undefined : plain;
  }
  const text = Buffer.from(bytes.subarray(0, 1000))
    .toString("utf8")
    .replaceAll(/[\p{Cc}\p{Cf}]+/gu, " ")
    .trim();
  return text === "" ? undefined : text;
}

/** A MAC as six octets, or as text (FortiSwitch and others). */
export function macOf(bytes: Uint8Array | undefined): MacAddress | undefined {
  if (bytes === undefined) return undefined;
  if (bytes.length === 6) return tryParseMacAddress(Buffer.from(bytes).toString("hex"));
  return tryParseMacAddress(Buffer.from(bytes.subarray(0, 40)).toString("latin1"));
}

/** BITS: bit 0 is the highest of the first octet (RFC 2578 section 7.1.4). */
export function hasBit(bytes: Uint8Array | undefined, bit: number): boolean {
  return (((bytes?.[bit >> 3] ?? 0) << (bit & 7)) & 0x80) !== 0;
}

/** A number, or the first number of a text that some makes send in its place. */
export function numberIn(tables: Tables, column: string, index: string): number | undefined {
  const number = tables.number(column, index);
  if (number !== undefined) return number;
  const found = /-?\d+(?:\.\d+)?/.exec(tables.text(column, index) ?? "")?.[0];
  return found === undefined ? undefined : Number(found);
}
