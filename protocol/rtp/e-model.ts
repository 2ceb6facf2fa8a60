// The E-model of ITU-T G.107, narrowband, with its default values: R = 93.2 − Id − Ie,eff + A.

export interface CodecImpairment {
  readonly name: string;
  /** Equipment impairment, and robustness against random loss (G.113 appendix I). */
  readonly ie: number;
  readonly bpl: number;
}

/** Codecs whose Ie and Bpl are published for the narrowband scale: only these give a grounded score. */
export const codecImpairments = {
  g711: { name: "G.711 without loss concealment", ie: 0, bpl: 4.3 },
  "g711-plc": { name: "G.711 with loss concealment", ie: 0, bpl: 25.1 },
  g729: { name: "G.729", ie: 10, bpl: 19 },
  "g729a-vad": { name: "G.729A with VAD", ie: 11, bpl: 19 },
  "g723-vad": { name: "G.723.1 6.3k with VAD", ie: 15, bpl: 16.1 },
  "gsm-efr": { name: "GSM EFR", ie: 5, bpl: 10 },
} as const satisfies Record<string, CodecImpairment>;

export type RatedCodec = keyof typeof codecImpairments;

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
  readonly r: number;
  /** 1 to 4.5. */
  readonly mos: number;
  readonly delayImpairment: number;
  readonly lossImpairment: number;
}

/** R and MOS for a codec, its loss and its delay. Narrowband: not comparable with a wideband score. */
export function rateCall(input: EModelInput): Rating {
  const { ie, bpl } = codecImpairments[input.codec];
  const ppl = input.lossPercent;
  const lossImpairment = ie + (95 - ie) * (ppl / (ppl / Math.max(1, input.burstRatio ?? 1) + bpl));
  const impair = input.delayModel === "simple" ? simpleDelayImpairment : fullDelayImpairment;
  const delayImpairment = impair(input.delayMs);
  const r = 93.2 - delayImpairment - lossImpairment;
  return { r, mos: mosOfR(r), delayImpairment, lossImpairment };
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
