import type { IpPacket } from "./decode-ip.ts";

/** A packet put together, and how many fragments it came in. */
export interface Reassembled {
  readonly packet: IpPacket;
  readonly fragments: number;
}

interface Gathering {
  readonly began: number;
  readonly pieces: { readonly offset: number; readonly payload: Buffer }[];
  /** Known once the last fragment has come. */
  total: number | undefined;
  have: number;
}

/** Packets half there at once; the oldest goes first. RFC 791 3.2 waits 15 s at least; RFC 8200 4.5 says 60 s. */
const limits = { packets: 1024, waitMs: 60_000, octets: 65_535 };

/** Puts IP fragments together (RFC 815, RFC 8200 4.5): bounded, duplicates dropped, overlaps refused (RFC 5722). */
export class FragmentReassembly {
  readonly #gathering = new Map<string, Gathering>();
  /** Packets of which some fragment never came. */
  lost = 0;

  /** The whole packet once its last piece is there; fragments are copied, for their chunks go. */
  add(packet: IpPacket, at: number): Reassembled | undefined {
    const { fragment } = packet;
    if (fragment === undefined) return { packet, fragments: 1 };
    const key = `${packet.source.toString("latin1")}${packet.destination.toString("latin1")}${packet.protocol} ${fragment.id}`;
    const gathering = this.#gathering.get(key) ?? this.#open(key, at);
    if (!place(gathering, packet)) return undefined;
    if (gathering.total === undefined || gathering.have < gathering.total) return undefined;
    this.#gathering.delete(key);
    return whole(packet, gathering);
  }

  #open(key: string, at: number): Gathering {
    for (const [old, { began }] of this.#gathering) {
      if (this.#gathering.size < limits.packets && at - began < limits.waitMs) break;
      this.#gathering.delete(old);
      this.lost += 1;
    }
    const gathering: Gathering = { began: at, pieces: [], total: undefined, have: 0 };
    this.#gathering.set(key, gathering);
    return gathering;
  }
}

function place(gathering: Gathering, { fragment, payload, missing }: IpPacket): boolean {
  if (fragment === undefined || missing > 0 || payload.length === 0) return false;
  const { offset, more } = fragment;
  const end = offset + payload.length;
  const overlaps = gathering.pieces.some(
    (piece) => offset < piece.offset + piece.payload.length && piece.offset < end,
  );
  if (overlaps || end > limits.octets) return false;
  gathering.pieces.push({ offset, payload: Buffer.from(payload) });
  gathering.have += payload.length;
  if (!more) gathering.total = end;
  return true;
}

function whole(packet: IpPacket, { pieces }: Gathering): Reassembled {
  const payload = Buffer.concat(pieces.toSorted((a, b) => a.offset - b.offset).map((piece) => piece.payload));
  const { fragment: _, ...rest } = packet;
  return { packet: { ...rest, payload, missing: 0 }, fragments: pieces.length };
}
