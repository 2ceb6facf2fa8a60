import type { QualityMetrics } from "./quality-report.ts";

/** How a value stands on the wire, and what stands there when its phone does not know. */
type FieldKind =
  | "text"
  | "time"
  | "number"
  /** 127 is unknown (RFC 3611 4.7): levels. */
  | "level"
  /** 127 and 0 are unknown: R factors, of which 0 would be silence. */
  | "factor"
  /** 127, 12.7 and 0 are unknown. */
  | "mos"
  /** 0 and 65535 are unknown: no path takes no time. */
  | "delay"
  /** 65535 is unknown. */
  | "buffer";

export interface MetricField {
  readonly wire: string;
  readonly property: keyof QualityMetrics;
  readonly kind: FieldKind;
}

const field = (wire: string, property: keyof QualityMetrics, kind: FieldKind = "number"): MetricField => ({
  wire,
  property,
  kind,
});

/** The lines of a metrics block in the order of RFC 6035 4.6.1, each with its fields. */
export const metricLines: readonly { readonly name: string; readonly fields: readonly MetricField[] }[] = [
  { name: "Timestamps", fields: [field("START", "start", "time"), field("STOP", "stop", "time")] },
  {
    name: "SessionDesc",
    fields: [
      field("PT", "payloadType"),
      field("PD", "codec", "text"),
      field("SR", "sampleRate"),
      field("PPS", "packetsPerSecond"),
      field("FD", "frameDuration"),
      field("FO", "frameOctets"),
      field("FPP", "framesPerPacket"),
      field("FMTP", "formatParameters", "text"),
      field("PLC", "lossConcealment"),
      field("SSUP", "silenceSuppression", "text"),
    ],
  },
  {
    name: "JitterBuffer",
    fields: [
      field("JBA", "bufferAdaptive"),
      field("JBR", "bufferRate"),
      field("JBN", "bufferNominal", "buffer"),
      field("JBM", "bufferMaximum", "buffer"),
      field("JBX", "bufferAbsoluteMaximum", "buffer"),
    ],
  },
  { name: "PacketLoss", fields: [field("NLR", "loss"), field("JDR", "discard")] },
  {
    name: "BurstGapLoss",
    fields: [
      field("BLD", "burstLoss"),
      field("BD", "burstDuration"),
      field("GLD", "gapLoss"),
      field("GD", "gapDuration"),
      field("GMIN", "gapMinimum"),
    ],
  },
  {
    name: "Delay",
    fields: [
      field("RTD", "roundTrip", "delay"),
      field("ESD", "endSystem", "delay"),
      field("OWD", "oneWay", "delay"),
      field("SOWD", "symmetricOneWay", "delay"),
      field("IAJ", "jitter", "buffer"),
      field("MAJ", "absoluteJitter", "buffer"),
    ],
  },
  {
    name: "Signal",
    fields: [
      field("SL", "signalLevel", "level"),
      field("NL", "noiseLevel", "level"),
      field("RERL", "echoReturnLoss", "level"),
    ],
  },
  {
    name: "QualityEst",
    fields: [
      field("RLQ", "listeningR", "factor"),
      field("RCQ", "conversationalR", "factor"),
      field("EXTRI", "externalRIn", "factor"),
      field("EXTRO", "externalROut", "factor"),
      field("MOSLQ", "listeningMos", "mos"),
      field("MOSCQ", "conversationalMos", "mos"),
      field("QoEEstAlg", "algorithm", "text"),
    ],
  },
];
