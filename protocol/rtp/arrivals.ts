import { decoded, mismatch, type Decoded } from "../decoded.ts";
import type { RtcpPacket } from "./rtcp.ts";

// How packets of a stream arrived, told by RTCP APP (RFC 3550 6.7) under the name OFFH. A source asks with subtype 0 and
// as many octets of zero as the answer has, so that the answer is no larger; the mirror answers with subtype 1:
//
//    0                   1                   2                   3
//   |  TOS octet    | TTL           |  zero                         |    four times, most packets first;
//   |  packets that arrived so                                      |    0 packets: no more

/** Packets that arrived alike. */
export interface Arrival {
  /** TOS octet or traffic class: DSCP × 4, and two bits of ECN. */
  readonly tos: number;
  readonly ttl: number;
  readonly packets: number;
}

const application = "OFFH";
const subtype = { ask: 0, tell: 1 } as const;
const most = 4;
const entry = 8;

/** Counts packets by how they arrived. */
export class ArrivalCount {
  readonly #packets = new Map<number, number>();

  /** What the system does not tell is not counted. */
  take({ tos, ttl }: { readonly tos?: number; readonly ttl?: number }): void {
    if (tos === undefined || ttl === undefined) return;
    const kind = (tos << 8) | ttl;
    this.#packets.set(kind, (this.#packets.get(kind) ?? 0) + 1);
  }

  /** Most packets first. */
  get all(): Arrival[] {
    return [...this.#packets]
      .map(([kind, packets]) => ({ tos: kind >> 8, ttl: kind & 0xff, packets }))
      .toSorted((a, b) => b.packets - a.packets);
  }
}

/** The source's question. */
export function askArrivals(ssrc: number): RtcpPacket {
  const data = new Uint8Array(most * entry);
  return { kind: "application", ssrc, subtype: subtype.ask, name: application, data };
}

export function asksArrivals(packet: RtcpPacket): boolean {
  return packet.kind === "application" && packet.name === application && packet.subtype === subtype.ask;
}

/** The mirror's answer: of more than four kinds the rarest are left out. */
export function tellArrivals(ssrc: number, arrivals: readonly Arrival[]): RtcpPacket {
  const data = new Uint8Array(most * entry);
  const view = new DataView(data.buffer);
  for (const [i, { tos, ttl, packets }] of arrivals.slice(0, most).entries()) {
    view.setUint8(i * entry, tos);
    view.setUint8(i * entry + 1, ttl);
    view.setUint32(i * entry + 4, packets);
  }
  return { kind: "application", ssrc, subtype: subtype.tell, name: application, data };
}

/** Reads tellArrivals(); undefined for any other packet. */
export function decodeArrivals(packet: RtcpPacket): Decoded<readonly Arrival[]> | undefined {
  if (packet.kind !== "application" || packet.name !== application || packet.subtype !== subtype.tell)
    return undefined;
  const { data } = packet;
  if (data.length !== most * entry) return mismatch("data", `${most * entry} octets`, `${data.length}`);
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  const entries = Array.from({ length: most }, (_, i) => ({
    tos: view.getUint8(i * entry),
    ttl: view.getUint8(i * entry + 1),
    packets: view.getUint32(i * entry + 4),
  }));
  return decoded(entries.filter(({ packets }) => packets > 0));
}
