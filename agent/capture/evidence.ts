import { chmod, open, type FileHandle } from "node:fs/promises";
import { encodePcapHeader, encodePcapRecord } from "../../protocol/capture/encode-pcap.ts";
import { linkTypes } from "../../protocol/capture/decode-link.ts";

/** A datagram that a probe sent or got, as its socket knows it: IPv4 and ports, no more. */
export interface EvidenceDatagram {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly source: { readonly address: string; readonly port: number };
  readonly destination: { readonly address: string; readonly port: number };
  readonly payload: Uint8Array;
  readonly dscp?: number;
}

/** Keeps the packets of a finding in a file that every tool reads. */
export interface EvidenceWriter {
  /** @returns the packet's number in the file, for the observation's evidence */
  add(datagram: EvidenceDatagram): number;
  /** Everything is in the file after this. */
  close(): Promise<void>;
}

/**
 * Opens an evidence file (pcap of raw IP). A probe adds what it sends and gets, and writes `packet N of FILE` into the
 * observation's evidence; IP and UDP headers are made from what its socket knows, checksums left out.
 *
 * @throws what opening the file throws
 */
export async function openEvidence(path: string): Promise<EvidenceWriter> {
  const file = await open(path, "w", 0o640);
  await chmod(path, 0o640);
  return new PcapEvidence(file);
}

class PcapEvidence implements EvidenceWriter {
  readonly #file: FileHandle;
  #last: Promise<unknown>;
  #count = 0;

  constructor(file: FileHandle) {
    this.#file = file;
    this.#last = file.write(encodePcapHeader(linkTypes.raw));
    this.#last.catch(() => {});
  }

  add(datagram: EvidenceDatagram): number {
    const data = encodeDatagram(datagram);
    const record = encodePcapRecord({ at: datagram.at, data, length: data.length });
    this.#last = this.#last.then(() => this.#file.write(record));
    this.#last.catch(() => {});
    this.#count += 1;
    return this.#count;
  }

  async close(): Promise<void> {
    try {
      await this.#last;
    } finally {
      await this.#file.close();
    }
  }
}

/** An IPv4 packet (RFC 791 3.1) with its UDP datagram (RFC 768); a UDP checksum of 0 says there is none. */
function encodeDatagram({ source, destination, payload, dscp = 0 }: EvidenceDatagram): Buffer {
  const packet = Buffer.alloc(28 + payload.length);
  packet.writeUInt8(0x45, 0);
  packet.writeUInt8(dscp << 2, 1);
  packet.writeUInt16BE(packet.length, 2);
  packet.writeUInt8(64, 8);
  packet.writeUInt8(17, 9);
  addressOctets(source.address).copy(packet, 12);
  addressOctets(destination.address).copy(packet, 16);
  packet.writeUInt16BE(headerChecksum(packet.subarray(0, 20)), 10);
  packet.writeUInt16BE(source.port, 20);
  packet.writeUInt16BE(destination.port, 22);
  packet.writeUInt16BE(8 + payload.length, 24);
  packet.set(payload, 28);
  return packet;
}

const addressOctets = (address: string) =>
  Buffer.from(
    address
      .replace(/^::ffff:/i, "")
      .split(".")
      .map(Number),
  );

/** RFC 1071. */
function headerChecksum(header: Buffer): number {
  let sum = 0;
  for (let at = 0; at < header.length; at += 2) sum += header.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
