import { decoded, mismatch, type Decoded } from "../decoded.ts";

// RFC 3611 section 3: blocks of type, type-specific octet, length in 32-bit words − 1, body.

/** RFC 3611 4.7; 127 stands for unavailable in levels, R and MOS. */
export interface VoipMetrics {
  readonly ssrc: number;
  /** 256 × share: lost, discarded; in bursts, in gaps. */
  readonly lossRate: number;
  readonly discardRate: number;
  readonly burstDensity: number;
  readonly gapDensity: number;
  /** ms. */
  readonly burstDuration: number;
  readonly gapDuration: number;
  readonly roundTrip: number;
  readonly endSystemDelay: number;
  /** dBm; dB. */
  readonly signalLevel: number;
  readonly noiseLevel: number;
  readonly echoReturnLoss: number;
  readonly gmin: number;
  readonly rFactor: number;
  readonly externalR: number;
  /** 10 × MOS. */
  readonly mosListening: number;
  readonly mosConversational: number;
  readonly receiverConfig: number;
  /** ms. */
  readonly bufferNominal: number;
  readonly bufferMax: number;
  readonly bufferAbsoluteMax: number;
}

/** RFC 3611 4.6, without TTL. Jitter in ticks of the timestamp. */
export interface StatisticsSummary {
  readonly ssrc: number;
  /** First number, and the one after the last; 16 bits on the wire. */
  readonly begin: number;
  readonly end: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly jitterMin: number;
  readonly jitterMax: number;
  readonly jitterMean: number;
  readonly jitterDeviation: number;
}

export type XrBlock =
  /** RRT (BT 4): the time at which a receiver asks, as NTP. */
  | { readonly kind: "receiver-time"; readonly ntpSeconds: number; readonly ntpFraction: number }
  /** DLRR (BT 5): the answer to it, as LSR and DLSR are to SR. */
  | {
      readonly kind: "since-receiver-time";
      readonly entries: readonly { readonly ssrc: number; readonly last: number; readonly since: number }[];
    }
  | { readonly kind: "voip-metrics"; readonly metrics: VoipMetrics }
  /** One that has loss, duplicates and jitter, and no TTL. */
  | { readonly kind: "statistics-summary"; readonly summary: StatisticsSummary }
  /** Loss and duplicate run lengths, other statistics, and whatever else: kept as it is. */
  | { readonly kind: "other"; readonly type: number; readonly specific: number; readonly body: Uint8Array };

const receiverTime = 4;
const sinceReceiverTime = 5;
const voipMetrics = 7;
const statisticsSummary = 6;
// Flags of a summary with loss, duplicates and jitter, and without TTL.
const lossDuplicatesJitter = 0xe0;

/** Reads the blocks of an XR packet; `at` is their place in the compound, for refusals. */
export function decodeXrBlocks(bytes: Uint8Array, at: number): Decoded<readonly XrBlock[]> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks: XrBlock[] = [];
  let here = 0;
  while (here < bytes.length) {
    if (here + 4 > bytes.length) return mismatch(`byte ${at + here}`, "a block of 4 octets", "the end");
    const length = 4 * view.getUint16(here + 2);
    const body = bytes.subarray(here + 4, here + 4 + length);
    if (body.length < length) return mismatch(`byte ${at + here + 2}`, `${length} octets`, `${body.length}`);
    blocks.push(readBlock(view.getUint8(here), view.getUint8(here + 1), body));
    here += 4 + length;
  }
  return decoded(blocks);
}

function readBlock(type: number, specific: number, body: Uint8Array): XrBlock {
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength);
  if (type === receiverTime && body.length === 8)
    return { kind: "receiver-time", ntpSeconds: view.getUint32(0), ntpFraction: view.getUint32(4) };
  if (type === sinceReceiverTime && body.length % 12 === 0) {
    const entries = Array.from({ length: body.length / 12 }, (_, i) => ({
      ssrc: view.getUint32(12 * i),
      last: view.getUint32(12 * i + 4),
      since: view.getUint32(12 * i + 8),
    }));
    return { kind: "since-receiver-time", entries };
  }
  if (type === voipMetrics && body.length === 32) return { kind: "voip-metrics", metrics: readMetrics(view) };
  // The last four octets are those of TTL: what is no zero there is kept as it is.
  if (
    type === statisticsSummary &&
    specific === lossDuplicatesJitter &&
    body.length === 36 &&
    view.getUint32(32) === 0
  )
    return { kind: "statistics-summary", summary: readSummary(view) };
  return { kind: "other", type, specific, body };
}

function readSummary(view: DataView): StatisticsSummary {
  return {
    ssrc: view.getUint32(0),
    begin: view.getUint16(4),
    end: view.getUint16(6),
    lost: view.getUint32(8),
    duplicates: view.getUint32(12),
    jitterMin: view.getUint32(16),
    jitterMax: view.getUint32(20),
    jitterMean: view.getUint32(24),
    jitterDeviation: view.getUint32(28),
  };
}

function writeSummary(summary: StatisticsSummary): Uint8Array {
  const view = new DataView(new ArrayBuffer(36));
  view.setUint32(0, summary.ssrc);
  view.setUint16(4, summary.begin);
  view.setUint16(6, summary.end);
  const { lost, duplicates, jitterMin, jitterMax, jitterMean, jitterDeviation } = summary;
  for (const [i, word] of [lost, duplicates, jitterMin, jitterMax, jitterMean, jitterDeviation].entries())
    view.setUint32(8 + 4 * i, word);
  return new Uint8Array(view.buffer);
}

function readMetrics(view: DataView): VoipMetrics {
  return {
    ssrc: view.getUint32(0),
    lossRate: view.getUint8(4),
    discardRate: view.getUint8(5),
    burstDensity: view.getUint8(6),
    gapDensity: view.getUint8(7),
    burstDuration: view.getUint16(8),
    gapDuration: view.getUint16(10),
    roundTrip: view.getUint16(12),
    endSystemDelay: view.getUint16(14),
    signalLevel: view.getInt8(16),
    noiseLevel: view.getInt8(17),
    echoReturnLoss: view.getUint8(18),
    gmin: view.getUint8(19),
    rFactor: view.getUint8(20),
    externalR: view.getUint8(21),
    mosListening: view.getUint8(22),
    mosConversational: view.getUint8(23),
    receiverConfig: view.getUint8(24),
    bufferNominal: view.getUint16(26),
    bufferMax: view.getUint16(28),
    bufferAbsoluteMax: view.getUint16(30),
  };
}

export function encodeXrBlocks(blocks: readonly XrBlock[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(blocks.map(writeBlock)));
}

function writeBlock(block: XrBlock): Uint8Array {
  switch (block.kind) {
    case "receiver-time": {
      const body = Buffer.alloc(8);
      body.writeUInt32BE(block.ntpSeconds >>> 0, 0);
      body.writeUInt32BE(block.ntpFraction >>> 0, 4);
      return head(receiverTime, 0, body);
    }
    case "since-receiver-time": {
      const body = Buffer.alloc(12 * block.entries.length);
      for (const [i, { ssrc, last, since }] of block.entries.entries()) {
        for (const [j, word] of [ssrc, last, since].entries()) body.writeUInt32BE(word >>> 0, 12 * i + 4 * j);
      }
      return head(sinceReceiverTime, 0, body);
    }
    case "voip-metrics":
      return head(voipMetrics, 0, writeMetrics(block.metrics));
    case "statistics-summary":
      return head(statisticsSummary, lossDuplicatesJitter, writeSummary(block.summary));
    case "other":
      return head(block.type, block.specific, block.body);
  }
}

function head(type: number, specific: number, body: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(4 + ((body.length + 3) & ~3));
  bytes[0] = type;
  bytes[1] = specific;
  bytes.writeUInt16BE((bytes.length - 4) / 4, 2);
  bytes.set(body, 4);
  return bytes;
}

function writeMetrics(metrics: VoipMetrics): Uint8Array {
  const view = new DataView(new ArrayBuffer(32));
  view.setUint32(0, metrics.ssrc);
  for (const [i, octet] of [
    metrics.lossRate,
    metrics.discardRate,
    metrics.burstDensity,
    metrics.gapDensity,
  ].entries())
    view.setUint8(4 + i, octet);
  for (const [i, word] of [
    metrics.burstDuration,
    metrics.gapDuration,
    metrics.roundTrip,
    metrics.endSystemDelay,
  ].entries())
    view.setUint16(8 + 2 * i, word);
  for (const [i, octet] of [
    metrics.signalLevel,
    metrics.noiseLevel,
    metrics.echoReturnLoss,
    metrics.gmin,
    metrics.rFactor,
    metrics.externalR,
    metrics.mosListening,
    metrics.mosConversational,
    metrics.receiverConfig,
  ].entries())
    view.setUint8(16 + i, octet);
  for (const [i, word] of [metrics.bufferNominal, metrics.bufferMax, metrics.bufferAbsoluteMax].entries())
    view.setUint16(26 + 2 * i, word);
  return new Uint8Array(view.buffer);
}
