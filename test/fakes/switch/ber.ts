// A small BER writer and reader for the simulated switch, apart from the agent's, so that neither can hide the
// other's mistakes.

export function element(tag: number, content: Uint8Array): Buffer {
  const n = content.length;
  const length = n < 0x80 ? [n] : n < 0x100 ? [0x81, n] : [0x82, n >> 8, n & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

/** Two's complement in the fewest octets, for INTEGER and the unsigned types alike. */
export function integer(value: number | bigint, tag = 0x02): Buffer {
  const octets: number[] = [];
  let rest = BigInt(value);
  do {
    octets.unshift(Number(rest & 0xffn));
    rest >>= 8n;
  } while (rest !== 0n && rest !== -1n);
  const first = octets[0] ?? 0;
  if (rest === 0n && first >= 0x80) octets.unshift(0);
  if (rest === -1n && first < 0x80) octets.unshift(0xff);
  return element(tag, Buffer.from(octets));
}

export const octets = (value: string | Uint8Array) =>
  element(0x04, typeof value === "string" ? Buffer.from(value, "utf8") : value);

function arcOctets(arc: number): number[] {
  const out = [arc % 128];
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128))
    out.unshift(0x80 + (rest % 128));
  return out;
}

export function oid(arcs: readonly number[]): Buffer {
  const [top = 0, second = 0, ...rest] = arcs;
  return element(0x06, Buffer.from([...arcOctets(40 * top + second), ...rest.flatMap(arcOctets)]));
}

export interface Element {
  readonly tag: number;
  readonly content: Buffer;
  readonly rest: Buffer;
}

/** @throws on anything malformed; the switch then says nothing, as real ones do. */
export function read(bytes: Buffer, tag?: number): Element {
  const found = bytes.readUInt8(0);
  if (tag !== undefined && found !== tag) throw new Error(`tag ${found} in place of ${tag}`);
  const first = bytes.readUInt8(1);
  const long = first < 0x80 ? 0 : first - 0x80;
  const length = long === 0 ? first : bytes.readUIntBE(2, long);
  const start = 2 + long;
  if (start + length > bytes.length) throw new Error("cut off");
  return { tag: found, content: bytes.subarray(start, start + length), rest: bytes.subarray(start + length) };
}

export function readInteger(bytes: Buffer): { value: number; rest: Buffer } {
  const { content, rest } = read(bytes, 0x02);
  return { value: content.readIntBE(0, content.length), rest };
}

export function readOid(content: Buffer): number[] {
  const arcs: number[] = [];
  let arc = 0;
  for (const octet of content) {
    arc = arc * 128 + (octet & 0x7f);
    if (octet >= 0x80) continue;
    if (arcs.length === 0) {
      const top = Math.min(2, Math.floor(arc / 40));
      arcs.push(top, arc - 40 * top);
    } else arcs.push(arc);
    arc = 0;
  }
  return arcs;
}
