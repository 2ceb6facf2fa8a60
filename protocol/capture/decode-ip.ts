import { etherTypes } from "./decode-link.ts";

/** One IP packet or fragment. Addresses stay octets until somebody wants to read them. */
export interface IpPacket {
  /** 4 or 16 octets, views. */
  readonly source: Buffer;
  readonly destination: Buffer;
  /** Of the payload: 17 UDP, 6 TCP, 1 ICMP, 58 ICMPv6. */
  readonly protocol: number;
  /** 0–63. */
  readonly dscp: number;
  /** TTL or hop limit. */
  readonly ttl: number;
  /** Identification of IPv4, which a copy on another way keeps; 0 in IPv6, which has none. */
  readonly id: number;
  /** IPv4: do not fragment. IPv6 never does on the way: true. */
  readonly dontFragment: boolean;
  /** Absent: a whole packet. */
  readonly fragment?: { readonly id: number; readonly offset: number; readonly more: boolean };
  /** Without the link's padding; shorter than the header says where the capture cut it. */
  readonly payload: Buffer;
  /** Octets that the capture left out of the payload. */
  readonly missing: number;
}

export const ipProtocols = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 } as const;

/** Undefined: no IP, or its header is damaged. */
export function decodeIp(etherType: number, data: Buffer, at: number): IpPacket | undefined {
  if (etherType === etherTypes.ipv4) return decodeIpv4(data, at);
  return etherType === etherTypes.ipv6 ? decodeIpv6(data, at) : undefined;
}

/** RFC 791 3.1. A total length of 0 is one that the sending host left to its network card. */
function decodeIpv4(data: Buffer, at: number): IpPacket | undefined {
  if (data.length < at + 20) return undefined;
  const first = data.readUInt8(at);
  const header = (first & 0x0f) * 4;
  const total = data.readUInt16BE(at + 2) || data.length - at;
  if (first >> 4 !== 4 || header < 20 || total < header || data.length < at + header) return undefined;
  const end = Math.min(at + total, data.length);
  const flags = data.readUInt16BE(at + 6);
  const isFragment = (flags & 0x3fff) !== 0;
  return {
    source: data.subarray(at + 12, at + 16),
    destination: data.subarray(at + 16, at + 20),
    protocol: data.readUInt8(at + 9),
    dscp: data.readUInt8(at + 1) >> 2,
    ttl: data.readUInt8(at + 8),
    id: data.readUInt16BE(at + 4),
    dontFragment: (flags & 0x4000) !== 0,
    ...(isFragment
      ? {
          fragment: {
            id: data.readUInt16BE(at + 4),
            offset: (flags & 0x1fff) * 8,
            more: (flags & 0x2000) !== 0,
          },
        }
      : {}),
    payload: data.subarray(at + header, end),
    missing: at + total - end,
  };
}

const extension = { hopByHop: 0, routing: 43, fragment: 44, authentication: 51, destination: 60 } as const;

/** RFC 8200 3 and 4: extension headers are walked, the fragment header read. */
function decodeIpv6(data: Buffer, at: number): IpPacket | undefined {
  if (data.length < at + 40 || data.readUInt8(at) >> 4 !== 6) return undefined;
  const end = at + 40 + data.readUInt16BE(at + 4);
  let protocol = data.readUInt8(at + 6);
  let next = at + 40;
  let fragment: IpPacket["fragment"];
  for (;;) {
    const length = extensionLength(protocol, data, next);
    if (length === undefined) return undefined;
    if (length === 0) break;
    if (protocol === extension.fragment) fragment = readFragment(data, next);
    protocol = data.readUInt8(next);
    next += length;
  }
  const kept = Math.max(next, Math.min(end, data.length));
  return {
    source: data.subarray(at + 8, at + 24),
    destination: data.subarray(at + 24, at + 40),
    protocol,
    dscp: (data.readUInt16BE(at) >> 6) & 0x3f,
    ttl: data.readUInt8(at + 7),
    id: 0,
    dontFragment: true,
    ...(fragment === undefined ? {} : { fragment }),
    payload: data.subarray(next, kept),
    missing: Math.max(0, end - kept),
  };
}

/** 0: no extension header. Undefined: one that is not all there. */
function extensionLength(protocol: number, data: Buffer, at: number): number | undefined {
  if (protocol === extension.fragment) return data.length < at + 8 ? undefined : 8;
  const isOptions =
    protocol === extension.hopByHop || protocol === extension.routing || protocol === extension.destination;
  if (!isOptions && protocol !== extension.authentication) return 0;
  if (data.length < at + 2) return undefined;
  const units = data.readUInt8(at + 1);
  const length = isOptions ? 8 * (units + 1) : 4 * (units + 2);
  return data.length < at + length ? undefined : length;
}

/** An "atomic" fragment (offset 0, no more) is a whole packet (RFC 6946). */
function readFragment(data: Buffer, at: number): IpPacket["fragment"] {
  const bits = data.readUInt16BE(at + 2);
  const fragment = { id: data.readUInt32BE(at + 4), offset: bits & 0xfff8, more: (bits & 1) === 1 };
  return fragment.offset === 0 && !fragment.more ? undefined : fragment;
}
