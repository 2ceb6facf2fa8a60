/** Where the packet of the network layer begins in a frame, and what it is. */
export interface LinkPayload {
  /** An EtherType: 0x0800 IPv4, 0x86dd IPv6, 0x0806 ARP … */
  readonly etherType: number;
  readonly offset: number;
  /** VLAN ids (802.1Q), outer first. */
  readonly vlans: readonly number[];
}

export const etherTypes = { ipv4: 0x0800, ipv6: 0x86dd } as const;

/** LINKTYPE_ values (tcpdump registry) that are read here. */
export const linkTypes = {
  loopback: 0,
  ethernet: 1,
  raw: 101,
  loop: 108,
  linuxCooked: 113,
  ipv4: 228,
  ipv6: 229,
  linuxCooked2: 276,
} as const;

/** DLT_RAW as some systems wrote it into files. */
const oldRaw = new Set([12, 14]);
const vlanTags = new Set([0x8100, 0x88a8, 0x9100]);
const noVlans: readonly number[] = [];

/** Undefined: a link type not read here, or too few octets. */
export function decodeLink(linkType: number, data: Buffer): LinkPayload | undefined {
  if (linkType === linkTypes.ethernet) return data.length < 14 ? undefined : afterVlans(data, 12);
  if (linkType === linkTypes.linuxCooked) return data.length < 16 ? undefined : afterVlans(data, 14);
  if (linkType === linkTypes.linuxCooked2) return data.length < 20 ? undefined : cooked2(data);
  if (linkType === linkTypes.loopback || linkType === linkTypes.loop) return byVersion(data, 4);
  const isRaw = linkType === linkTypes.raw || linkType === linkTypes.ipv4 || linkType === linkTypes.ipv6;
  return isRaw || oldRaw.has(linkType) ? byVersion(data, 0) : undefined;
}

/** LINKTYPE_LINUX_SLL2: the protocol comes first, the address last. */
function cooked2(data: Buffer): LinkPayload | undefined {
  const etherType = data.readUInt16BE(0);
  if (!vlanTags.has(etherType)) return { etherType, offset: 20, vlans: noVlans };
  return data.length < 24
    ? undefined
    : { etherType: data.readUInt16BE(22), offset: 24, vlans: [data.readUInt16BE(20) & 0x0fff] };
}

function afterVlans(data: Buffer, typeAt: number): LinkPayload | undefined {
  let etherType = data.readUInt16BE(typeAt);
  if (!vlanTags.has(etherType)) return { etherType, offset: typeAt + 2, vlans: noVlans };
  const vlans: number[] = [];
  let at = typeAt;
  while (vlanTags.has(etherType)) {
    if (data.length < at + 6) return undefined;
    vlans.push(data.readUInt16BE(at + 2) & 0x0fff);
    at += 4;
    etherType = data.readUInt16BE(at);
  }
  return { etherType, offset: at + 2, vlans };
}

/** The address family of BSD loopback differs from system to system; the version of the IP header does not. */
function byVersion(data: Buffer, offset: number): LinkPayload | undefined {
  const version = (data[offset] ?? 0) >> 4;
  if (version === 4) return { etherType: etherTypes.ipv4, offset, vlans: noVlans };
  return version === 6 ? { etherType: etherTypes.ipv6, offset, vlans: noVlans } : undefined;
}
