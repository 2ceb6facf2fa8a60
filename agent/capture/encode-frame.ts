import { isIPv6, SocketAddress } from "node:net";

/** One end of a datagram. */
export interface FrameEnd {
  readonly address: string;
  readonly port: number;
}

/** A datagram that a socket sent or got, as it knows it. */
export interface FrameParts {
  readonly source: FrameEnd;
  readonly destination: FrameEnd;
  readonly payload: Uint8Array;
  /** Present: a segment of TCP, that begins with this sequence number. */
  readonly sequence?: number;
}

/** An IP packet around what a socket sent or got: headers are made, checksums of the transport left out. */
export function encodeFrame({ source, destination, payload, sequence }: FrameParts): Buffer {
  const head = sequence === undefined ? udpHeader(payload.length) : tcpHeader(sequence);
  head.writeUInt16BE(source.port, 0);
  head.writeUInt16BE(destination.port, 2);
  const protocol = sequence === undefined ? 17 : 6;
  const addresses = [source.address, destination.address].map((each) => each.replace(/^::ffff:/i, ""));
  const size = head.length + payload.length;
  return Buffer.concat([
    addresses.some(isIPv6) ? ipv6Header(addresses, protocol, size) : ipv4Header(addresses, protocol, size),
    head,
    payload,
  ]);
}

/** RFC 768; a checksum of 0 says there is none. */
function udpHeader(length: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(8 + length, 4);
  return head;
}

/** RFC 9293 3.1: 5 words, ACK and PSH. */
function tcpHeader(sequence: number): Buffer {
  const head = Buffer.alloc(20);
  head.writeUInt32BE(sequence >>> 0, 4);
  head.writeUInt8(5 << 4, 12);
  head.writeUInt8(0x18, 13);
  head.writeUInt16BE(0xffff, 14);
  return head;
}

/** RFC 791 3.1. */
function ipv4Header(addresses: readonly string[], protocol: number, length: number): Buffer {
  const head = Buffer.alloc(20);
  head.writeUInt8(0x45, 0);
  head.writeUInt16BE(20 + length, 2);
  head.writeUInt8(64, 8);
  head.writeUInt8(protocol, 9);
  for (const [index, address] of addresses.entries())
    Buffer.from(address.split(".").map(Number)).copy(head, 12 + index * 4);
  head.writeUInt16BE(checksumOf(head), 10);
  return head;
}

/** RFC 8200 3. */
function ipv6Header(addresses: readonly string[], protocol: number, length: number): Buffer {
  const head = Buffer.alloc(40);
  head.writeUInt8(0x60, 0);
  head.writeUInt16BE(length, 4);
  head.writeUInt8(protocol, 6);
  head.writeUInt8(64, 7);
  for (const [index, address] of addresses.entries()) ipv6Octets(address).copy(head, 8 + index * 16);
  return head;
}

function ipv6Octets(address: string): Buffer {
  const plain = new SocketAddress({ address: address.replace(/%.*$/, ""), family: "ipv6" }).address;
  const [left = "", right] = plain.split("::");
  const words = (text: string) => (text === "" ? [] : text.split(":"));
  const gap = right === undefined ? 0 : 8 - words(left).length - words(right).length;
  const all = [...words(left), ...Array.from({ length: gap }, () => "0"), ...words(right ?? "")];
  const octets = Buffer.alloc(16);
  for (const [index, word] of all.slice(0, 8).entries())
    octets.writeUInt16BE(Number.parseInt(word, 16), index * 2);
  return octets;
}

/** RFC 1071. */
function checksumOf(header: Buffer): number {
  let sum = 0;
  for (let at = 0; at < header.length; at += 2) sum += header.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
