import type { CapturedPacket } from "./captured-packet.ts";

/** The head of a pcap file in microseconds (draft-ietf-opsawg-pcap 4), which every tool reads. */
export function encodePcapHeader(linkType: number): Buffer {
  const head = Buffer.alloc(24);
  head.writeUInt32LE(0xa1b2c3d4, 0);
  head.writeUInt16LE(2, 4);
  head.writeUInt16LE(4, 6);
  head.writeUInt32LE(262_144, 16);
  head.writeUInt32LE(linkType, 20);
  return head;
}

export function encodePcapRecord({ at, data, length }: Omit<CapturedPacket, "number" | "linkType">): Buffer {
  const record = Buffer.alloc(16 + data.length);
  const micros = Math.round((at % 1000) * 1000);
  record.writeUInt32LE(Math.floor(at / 1000) + Math.floor(micros / 1_000_000), 0);
  record.writeUInt32LE(micros % 1_000_000, 4);
  record.writeUInt32LE(data.length, 8);
  record.writeUInt32LE(length, 12);
  data.copy(record, 16);
  return record;
}
