import { decoded, mismatch, type Decoded } from "../decoded.ts";
import { decodeXrBlocks, encodeXrBlocks, type XrBlock } from "./rtcp-xr.ts";

// RFC 3550 section 6: packets one after the other in a compound, each with this head
//
//    0                   1                   2                   3
//   |V=2|P|  count  |      type     |  length in 32-bit words − 1   |

/** What a receiver reports of one stream (RFC 3550 6.4.1). */
export interface ReportBlock {
  readonly ssrc: number;
  /** Of the last interval, 256 × share. */
  readonly fractionLost: number;
  /** Since the start, signed: duplicates make it negative. */
  readonly lost: number;
  /** Highest sequence number, with its wraps. */
  readonly highest: number;
  /** In timestamp units. */
  readonly jitter: number;
  /** Middle 32 bits of the NTP time in the last SR; 0: none came. */
  readonly lastSenderReport: number;
  /** Since then, 1/65536 s. */
  readonly sinceLastSenderReport: number;
}

/** RTP and NTP time of one instant, and what was sent until then. */
export interface SenderInfo {
  readonly ntpSeconds: number;
  readonly ntpFraction: number;
  readonly timestamp: number;
  readonly packets: number;
  readonly octets: number;
}

export type RtcpPacket =
  | {
      readonly kind: "sender-report";
      readonly ssrc: number;
      readonly info: SenderInfo;
      readonly reports: readonly ReportBlock[];
    }
  | { readonly kind: "receiver-report"; readonly ssrc: number; readonly reports: readonly ReportBlock[] }
  | {
      readonly kind: "source-description";
      readonly chunks: readonly { readonly ssrc: number; readonly cname: string | undefined }[];
    }
  | { readonly kind: "bye"; readonly ssrcs: readonly number[]; readonly reason: string | undefined }
  | {
      readonly kind: "application";
      readonly ssrc: number;
      readonly subtype: number;
      /** Four characters. */
      readonly name: string;
      readonly data: Uint8Array;
    }
  | { readonly kind: "extended-report"; readonly ssrc: number; readonly blocks: readonly XrBlock[] }
  | { readonly kind: "other"; readonly type: number; readonly count: number; readonly body: Uint8Array };

const types = {
  "sender-report": 200,
  "receiver-report": 201,
  "source-description": 202,
  bye: 203,
  application: 204,
  "extended-report": 207,
} as const;

/** RFC 5761 4: RTCP among RTP shows types 192–223 where RTP has marker and payload type. */
export function looksLikeRtcp(bytes: Uint8Array): boolean {
  return bytes.length >= 8 && (bytes[0] ?? 0) >> 6 === 2 && (bytes[1] ?? 0) >= 192 && (bytes[1] ?? 0) <= 223;
}

/** Reads a compound; a packet of a type that is not known is kept as it is. */
export function decodeRtcp(bytes: Uint8Array): Decoded<readonly RtcpPacket[]> {
  const packets: RtcpPacket[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + 4 > bytes.length) return mismatch(`byte ${at}`, "a head of 4 octets", `${bytes.length - at}`);
    const view = new DataView(bytes.buffer, bytes.byteOffset + at, bytes.byteLength - at);
    const first = view.getUint8(0);
    if (first >> 6 !== 2) return mismatch(`byte ${at}`, "version 2", `version ${first >> 6}`);
    const length = 4 * (view.getUint16(2) + 1);
    if (at + length > bytes.length)
      return mismatch(`byte ${at + 2}`, `${length} octets`, `${bytes.length - at}`);
    const padding = (first & 0x20) === 0 ? 0 : (bytes[at + length - 1] ?? 0);
    if ((first & 0x20) !== 0 && (padding === 0 || padding % 4 !== 0 || padding > length - 4))
      return mismatch(
        `byte ${at + length - 1}`,
        `a padding count of whole words up to ${length - 4}`,
        `${padding}`,
      );
    const body = bytes.subarray(at + 4, at + length - padding);
    const packet = decodeOne(view.getUint8(1), first & 0x1f, body, at);
    if (!packet.ok) return packet;
    packets.push(packet.value);
    at += length;
  }
  return packets.length === 0 ? mismatch("length", "a packet", "nothing") : decoded(packets);
}

function decodeOne(type: number, count: number, body: Uint8Array, at: number): Decoded<RtcpPacket> {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const short = (needed: number) => mismatch(`byte ${at + 4}`, `${needed} octets`, `${body.length}`);
  if (type === types["sender-report"] || type === types["receiver-report"]) {
    const start = type === types["sender-report"] ? 24 : 4;
    if (body.length < start + 24 * count) return short(start + 24 * count);
    const reports = Array.from({ length: count }, (_, i) => readReport(view, start + 24 * i));
    const ssrc = view.getUint32(0);
    if (type === types["receiver-report"]) return decoded({ kind: "receiver-report", ssrc, reports });
    return decoded({ kind: "sender-report", ssrc, info: readSenderInfo(view), reports });
  }
  if (type === types["source-description"]) return readDescription(body, count, at);
  if (type === types.bye) return readBye(body, count, at);
  if (type === types.application) {
    if (body.length < 8) return short(8);
    const name = Buffer.from(body.subarray(4, 8)).toString("latin1");
    return decoded({
      kind: "application",
      ssrc: view.getUint32(0),
      subtype: count,
      name,
      data: body.subarray(8),
    });
  }
  if (type === types["extended-report"]) {
    if (body.length < 4) return short(4);
    const blocks = decodeXrBlocks(body.subarray(4), at + 8);
    return blocks.ok
      ? decoded({ kind: "extended-report", ssrc: view.getUint32(0), blocks: blocks.value })
      : blocks;
  }
  return decoded({ kind: "other", type, count, body });
}

function readSenderInfo(view: DataView): SenderInfo {
  return {
    ntpSeconds: view.getUint32(4),
    ntpFraction: view.getUint32(8),
    timestamp: view.getUint32(12),
    packets: view.getUint32(16),
    octets: view.getUint32(20),
  };
}

function readReport(view: DataView, at: number): ReportBlock {
  return {
    ssrc: view.getUint32(at),
    fractionLost: view.getUint8(at + 4),
    lost: (view.getInt32(at + 4) << 8) >> 8,
    highest: view.getUint32(at + 8),
    jitter: view.getUint32(at + 12),
    lastSenderReport: view.getUint32(at + 16),
    sinceLastSenderReport: view.getUint32(at + 20),
  };
}

const cnameItem = 1;

function readDescription(body: Uint8Array, count: number, at: number): Decoded<RtcpPacket> {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  const chunks: { ssrc: number; cname: string | undefined }[] = [];
  let here = 0;
  for (let i = 0; i < count; i += 1) {
    if (here + 4 > body.length) return mismatch(`byte ${at + 4 + here}`, "an SSRC", "the end");
    const ssrc = view.getUint32(here);
    let cname: string | undefined;
    here += 4;
    while (here < body.length && body[here] !== 0) {
      const end = here + 2 + (body[here + 1] ?? 0);
      if (here + 2 > body.length || end > body.length)
        return mismatch(`byte ${at + 4 + here}`, "a whole item", "the end");
      if (body[here] === cnameItem) cname = Buffer.from(body.subarray(here + 2, end)).toString("utf8");
      here = end;
    }
    // At least one octet of zero ends the items, up to the next whole word.
    here = (here & ~3) + 4;
    chunks.push({ ssrc, cname });
  }
  return decoded({ kind: "source-description", chunks });
}

function readBye(body: Uint8Array, count: number, at: number): Decoded<RtcpPacket> {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  if (body.length < 4 * count) return mismatch(`byte ${at + 4}`, `${4 * count} octets`, `${body.length}`);
  const ssrcs = Array.from({ length: count }, (_, i) => view.getUint32(4 * i));
  const text = body.subarray(4 * count);
  const reason =
    text.length === 0 ? undefined : Buffer.from(text.subarray(1, 1 + (text[0] ?? 0))).toString("utf8");
  return decoded({ kind: "bye", ssrcs, reason });
}

/** Writes a compound. Numbers are taken modulo their field's width. */
export function encodeRtcp(packets: readonly RtcpPacket[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(packets.map(encodeOne)));
}

function encodeOne(packet: RtcpPacket): Uint8Array {
  switch (packet.kind) {
    case "sender-report": {
      const { ntpSeconds, ntpFraction, timestamp, packets, octets } = packet.info;
      const words = [packet.ssrc, ntpSeconds, ntpFraction, timestamp, packets, octets];
      return whole(200, packet.reports.length, [wordsOf(words), ...packet.reports.map(writeReport)]);
    }
    case "receiver-report":
      return whole(201, packet.reports.length, [wordsOf([packet.ssrc]), ...packet.reports.map(writeReport)]);
    case "source-description":
      return whole(202, packet.chunks.length, packet.chunks.map(writeChunk));
    case "bye": {
      const reason = Buffer.from(packet.reason ?? "").subarray(0, 255);
      const text = reason.length === 0 ? Buffer.alloc(0) : Buffer.concat([Buffer.of(reason.length), reason]);
      return whole(203, packet.ssrcs.length, [wordsOf(packet.ssrcs), toWords(text)]);
    }
    case "application": {
      const name = Buffer.from(packet.name.padEnd(4).slice(0, 4), "latin1");
      return whole(204, packet.subtype, [wordsOf([packet.ssrc]), name, toWords(packet.data)]);
    }
    case "extended-report":
      return whole(207, 0, [wordsOf([packet.ssrc]), encodeXrBlocks(packet.blocks)]);
    case "other":
      return whole(packet.type, packet.count, [toWords(packet.body)]);
  }
}

function whole(type: number, count: number, parts: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(parts);
  const bytes = Buffer.alloc(4 + body.length);
  bytes[0] = 0x80 | (count & 0x1f);
  bytes[1] = type;
  bytes.writeUInt16BE(body.length / 4, 2);
  body.copy(bytes, 4);
  return bytes;
}

function wordsOf(words: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * words.length);
  const view = new DataView(bytes.buffer);
  for (const [i, word] of words.entries()) view.setUint32(4 * i, word);
  return bytes;
}

function toWords(bytes: Uint8Array): Uint8Array {
  const padded = new Uint8Array((bytes.length + 3) & ~3);
  padded.set(bytes);
  return padded;
}

function writeReport(report: ReportBlock): Uint8Array {
  const lost = Math.max(-0x80_0000, Math.min(0x7f_ffff, report.lost)) & 0xff_ffff;
  const { ssrc, highest, jitter, lastSenderReport, sinceLastSenderReport } = report;
  const loss = ((report.fractionLost & 0xff) << 24) | lost;
  return wordsOf([ssrc, loss, highest, jitter, lastSenderReport, sinceLastSenderReport]);
}

function writeChunk({
  ssrc,
  cname,
}: {
  readonly ssrc: number;
  readonly cname: string | undefined;
}): Uint8Array {
  const text = Buffer.from(cname ?? "").subarray(0, 255);
  const item =
    cname === undefined ? Buffer.alloc(0) : Buffer.concat([Buffer.of(cnameItem, text.length), text]);
  return Buffer.concat([wordsOf([ssrc]), toWords(Buffer.concat([item, Buffer.of(0)]))]);
}
