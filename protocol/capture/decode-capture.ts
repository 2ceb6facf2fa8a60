import { mismatch, type Mismatch } from "../decoded.ts";
import type { CapturedPacket } from "./captured-packet.ts";
import type { Piece } from "./piece.ts";
import { readPcapHeader, readPcapRecord, type PcapForm } from "./pcap.ts";
import { readPcapngBlock, type PcapngSection } from "./pcapng.ts";

type Format =
  | { readonly kind: "unknown" }
  | { readonly kind: "pcap"; readonly form: PcapForm }
  | { readonly kind: "pcapng"; readonly section: PcapngSection };

/**
 * Reads pcap and pcapng (draft-ietf-opsawg-pcap, -pcapng) from chunks, however they are cut, in constant memory. A file
 * that ends within a packet or is damaged gives all packets before that place.
 */
export class CaptureDecoder {
  #format: Format = { kind: "unknown" };
  #waiting: Buffer = Buffer.alloc(0);
  /** Octets of the file before those that wait. */
  #offset = 0;
  #count = 0;
  #broken: Mismatch | undefined;

  /** The packets that are whole with this chunk; their data are views into it. */
  feed(chunk: Buffer): CapturedPacket[] {
    const packets: CapturedPacket[] = [];
    if (this.#broken !== undefined) return packets;
    const octets = this.#waiting.length === 0 ? chunk : Buffer.concat([this.#waiting, chunk]);
    let used = 0;
    for (;;) {
      const piece = this.#take(octets, used);
      if (piece.kind === "wait") break;
      if (piece.kind === "broken") {
        this.#broken = { ...piece.why, place: `byte ${this.#offset + used}: ${piece.why.place}` };
        break;
      }
      used += piece.length;
      if (piece.packet !== undefined) packets.push(piece.packet);
    }
    this.#offset += used;
    this.#waiting = octets.subarray(used);
    return packets;
  }

  /** Why the file was not read to its end; undefined where it was. */
  end(): Mismatch | undefined {
    if (this.#broken !== undefined) return this.#broken;
    const place = `byte ${this.#offset}`;
    if (this.#format.kind === "unknown")
      return mismatch(place, "a pcap or pcapng file", `${this.#waiting.length} octets`).why;
    if (this.#waiting.length === 0) return undefined;
    return mismatch(place, "a whole record", `the end of the file after ${this.#waiting.length} octets of it`)
      .why;
  }

  #take(octets: Buffer, at: number): Piece {
    const format = this.#format;
    if (format.kind === "pcap") return readPcapRecord(format.form, octets, at, this.#next);
    if (format.kind === "pcapng") return readPcapngBlock(format.section, octets, at, this.#next);
    return this.#begin(octets, at);
  }

  readonly #next = (): number => {
    this.#count += 1;
    return this.#count;
  };

  #begin(octets: Buffer, at: number): Piece {
    if (octets.length - at < 4) return { kind: "wait" };
    if (octets.readUInt32LE(at) === 0x0a0d0d0a) {
      this.#format = { kind: "pcapng", section: { littleEndian: true, interfaces: [] } };
      return { kind: "used", length: 0 };
    }
    const header = readPcapHeader(octets, at);
    if (header === undefined) return { kind: "wait" };
    if (!header.ok) return { kind: "broken", why: header.why };
    this.#format = { kind: "pcap", form: header.value };
    return { kind: "used", length: 24 };
  }
}
