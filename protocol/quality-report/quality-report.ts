import type { MacAddress } from "../mac-address.ts";

/** An end of the RTP stream as a report names it. */
export interface ReportedEnd {
  readonly address?: string;
  readonly port?: number;
  /** As hex digits without `0x`, lower case. */
  readonly ssrc?: string;
}

/** What one end measured of the stream it received. What it could not say is absent. */
export interface QualityMetrics {
  /** ms since 1970. */
  readonly start?: number;
  readonly stop?: number;
  readonly payloadType?: number;
  readonly codec?: string;
  /** Hz. */
  readonly sampleRate?: number;
  readonly packetsPerSecond?: number;
  /** ms. */
  readonly frameDuration?: number;
  readonly frameOctets?: number;
  readonly framesPerPacket?: number;
  readonly formatParameters?: string;
  /** 0 unknown, 1 disabled, 2 enhanced, 3 standard. */
  readonly lossConcealment?: number;
  readonly silenceSuppression?: string;
  /** 0 unknown, 2 fixed, 3 adaptive. */
  readonly bufferAdaptive?: number;
  readonly bufferRate?: number;
  /** ms, as the next two. */
  readonly bufferNominal?: number;
  readonly bufferMaximum?: number;
  readonly bufferAbsoluteMaximum?: number;
  /** %: lost on the way; dropped by the jitter buffer because they came too late. */
  readonly loss?: number;
  readonly discard?: number;
  /** %, and mean durations in ms. */
  readonly burstLoss?: number;
  readonly burstDuration?: number;
  readonly gapLoss?: number;
  readonly gapDuration?: number;
  readonly gapMinimum?: number;
  /** ms, all six. */
  readonly roundTrip?: number;
  readonly endSystem?: number;
  readonly oneWay?: number;
  readonly symmetricOneWay?: number;
  readonly jitter?: number;
  readonly absoluteJitter?: number;
  /** dBm0, dBm0, dB. */
  readonly signalLevel?: number;
  readonly noiseLevel?: number;
  readonly echoReturnLoss?: number;
  /** R factors, 0–120. */
  readonly listeningR?: number;
  readonly conversationalR?: number;
  readonly externalRIn?: number;
  readonly externalROut?: number;
  /** MOS, 1–5. */
  readonly listeningMos?: number;
  readonly conversationalMos?: number;
  /** How the estimates were made. */
  readonly algorithm?: string;
}

export interface QualityAlert {
  /** What crossed its limit, such as `NLR` or `RCQ`. */
  readonly type: string;
  /** Warning, Critical or Clear. */
  readonly severity: string;
  /** local or remote. */
  readonly direction: string;
}

/** One report of a phone about a call (RFC 6035 4.6); `local` is the phone that reports. */
export interface QualityReport {
  readonly kind: "session" | "interval" | "alert";
  /** The call has ended with this report. */
  readonly callEnded: boolean;
  readonly alert?: QualityAlert;
  readonly callId?: string;
  readonly localId?: string;
  readonly remoteId?: string;
  readonly originId?: string;
  readonly localGroup?: string;
  readonly remoteGroup?: string;
  readonly localEnd?: ReportedEnd;
  readonly remoteEnd?: ReportedEnd;
  readonly localMac?: MacAddress;
  readonly remoteMac?: MacAddress;
  readonly local?: QualityMetrics;
  readonly remote?: QualityMetrics;
  readonly dialogId?: string;
  /** Lines that no RFC names, such as `x-UserAgent`, by their name in lower case. */
  readonly others: ReadonlyMap<string, string>;
}
