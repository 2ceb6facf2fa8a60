/** Builds frames for captures, by hand and apart from what reads them. */

export function udp(sourcePort: number, destinationPort: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt16BE(sourcePort, 0);
  head.writeUInt16BE(destinationPort, 2);
  head.writeUInt16BE(8 + payload.length, 4);
  return Buffer.concat([head, payload]);
}

export interface Ipv4Draft {
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly payload: Uint8Array;
  readonly tos?: number;
  readonly id?: number;
  readonly ttl?: number;
  /** Flags and offset as they stand in the header. */
  readonly fragment?: number;
}

const octets = (address: string) => Buffer.from(address.split(".").map(Number));

export function ipv4(draft: Ipv4Draft): Buffer {
  const head = Buffer.alloc(20);
  head[0] = 0x45;
  head[1] = draft.tos ?? 0;
  head.writeUInt16BE(20 + draft.payload.length, 2);
  head.writeUInt16BE(draft.id ?? 0, 4);
  head.writeUInt16BE(draft.fragment ?? 0, 6);
  head[8] = draft.ttl ?? 64;
  head[9] = draft.protocol;
  octets(draft.source).copy(head, 12);
  octets(draft.destination).copy(head, 16);
  return Buffer.concat([head, draft.payload]);
}

export function ethernet(etherType: number, payload: Uint8Array, vlans: readonly number[] = []): Buffer {
  const tags = vlans.flatMap((vlan) => [0x81, 0x00, vlan >> 8, vlan & 0xff]);
  const type = [etherType >> 8, etherType & 0xff];
  return Buffer.concat([Buffer.alloc(12, 2), Buffer.from([...tags, ...type]), payload]);
}
