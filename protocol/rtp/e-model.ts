// The E-model of ITU-T G.107 with its default values, narrowband: R = 93.2 − Id − Ie,eff + A; and the same form on the
// wideband (G.107.1) and fullband (G.107.2) scales. Scores of two scales cannot be compared.

export type RatingScale = "narrowband" | "wideband" | "fullband";

export interface CodecImpairment {
  readonly name: string;
  /** Equipment impairment, and robustness against random loss. */
  readonly ie: number;
  readonly bpl: number;
  readonly scale: RatingScale;
  /** Both figures are published for this codec on this scale (G.113 appendix I); else the score is an estimate. */
  readonly published: boolean;
}

const narrow = { scale: "narrowband", published: true } as const;

export const codecImpairments = {
  g711: { name: "G.711 without loss concealment", ie: 0, bpl: 4.3, ...narrow },
  "g711-plc": { name: "G.711 with loss concealment", ie: 0, bpl: 25.1, ...narrow },
  g729: { name: "G.729", ie: 10, bpl: 19, ...narrow },
  "g729a-vad": { name: "G.729A with VAD", ie: 11, bpl: 19, ...narrow },
  "g723-vad": { name: "G.723.1 6.3k with VAD", ie: 15, bpl: 16.1, ...narrow },
  "gsm-efr": { name: "GSM EFR", ie: 5, bpl: 10, ...narrow },
  // Their robustness against loss is published nowhere that we know: figures of other codecs stand in.
  g722: { name: "G.722", ie: 13, bpl: 25.1, scale: "wideband", published: false },
  opus: { name: "Opus", ie: 10.2, bpl: 4.3, scale: "fullband", published: false },
} as const satisfies Record<string, CodecImpairment>;

export type RatedCodec = keyof typeof codecImpairments;

/** Where R starts, and what Ie,eff runs up to at full loss; delay weighs 1.48 times on the fullband scale. */
const scales = {
  narrowband: { top: 93.2, ceiling: 95, delay: 1, divisor: 1 },
  wideband: { top: 129, ceiling: 95, delay: 1, divisor: 1.29 },
  fullband: { top: 148, ceiling: 132, delay: 1.48, divisor: 1.48 },
} as const;

export interface EModelInput {
  readonly codec: RatedCodec;
  /** Lost and discarded, percent of the interval. */
  readonly lossPercent: number;
  /** 1: random. */
  readonly burstRatio?: number;
  /** One way, mouth to ear, ms: network + packet time + lookahead + jitter buffer. */
  readonly delayMs: number;
  /** `full`: the delay part of G.107; `simple`: the straight line of older tools. */
  readonly delayModel?: "full" | "simple";
}

export interface Rating {
  /** On the codec's own scale: up to 93.2, 129 or 148. */
  readonly r: number;
  /** 1 to 4.5. */
  readonly mos: number;
  readonly delayImpairment: number;
  readonly lossImpairment: number;
}

/** R and MOS for a codec, its loss and its delay, on the codec's scale. */
export function rateCall(input: EModelInput): Rating {
  const { ie, bpl, scale } = codecImpairments[input.codec];
  const { top, ceiling, delay, divisor } = scales[scale];
  const ppl = input.lossPercent;
  const lossImpairment = ie + (ceiling - ie) * (ppl / (ppl / Math.max(1, input.burstRatio ?? 1) + bpl));
  const impair = input.delayModel === "simple" ? simpleDelayImpairment : fullDelayImpairment;
  const delayImpairment = delay * impair(input.delayMs);
  const r = top - delayImpairment - lossImpairment;
  return { r, mos: mosOfR(r / divisor), delayImpairment, lossImpairment };
}

/** Idd of G.107: nothing up to 100 ms. */
function fullDelayImpairment(ms: number): number {
  if (ms <= 100) return 0;
  const x = Math.log2(ms / 100);
  return 25 * ((1 + x ** 6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2);
}

function simpleDelayImpairment(ms: number): number {
  return 0.024 * ms + (ms > 177.3 ? 0.11 * (ms - 177.3) : 0);
}

/** G.107 annex B. */
export function mosOfR(r: number): number {
  if (r <= 0) return 1;
  if (r >= 100) return 4.5;
  return Math.max(1, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6);
}
