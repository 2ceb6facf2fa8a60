// ITU-T G.711: eight bits per sample, logarithmic, 8000 samples a second. Samples here are 16-bit signed; µ-law keeps
// 14 of their bits and A-law 13.

export type G711Law = "pcmu" | "pcma";

/** RFC 3551 table 4. */
export const g711PayloadType = { pcmu: 0, pcma: 8 } as const;
export const g711Clock = 8000;

const muBias = 0x84;
const muClip = 32635;

/** One sample to µ-law. */
export function encodeMuLaw(sample: number): number {
  const sign = sample < 0 ? 0x80 : 0;
  const magnitude = Math.min(Math.abs(sample), muClip) + muBias;
  const exponent = 31 - Math.clz32(magnitude) - 7;
  const mantissa = (magnitude >> (exponent + 3)) & 0x0f;
  return ~(sign | (exponent << 4) | mantissa) & 0xff;
}

/** One µ-law octet to a sample; 0x7f and 0xff are both 0. */
export function decodeMuLaw(octet: number): number {
  const bits = ~octet & 0xff;
  const exponent = (bits >> 4) & 7;
  const magnitude = ((((bits & 0x0f) << 3) + muBias) << exponent) - muBias;
  return (bits & 0x80) === 0 ? magnitude : 0 - magnitude;
}

/** One sample to A-law. */
export function encodeALaw(sample: number): number {
  const positive = sample >= 0;
  // One's complement of the negatives: A-law has no zero, −1 is the mirror image of 0.
  const magnitude = Math.min(positive ? sample : -sample - 1, 0x7fff) >> 4;
  const exponent = magnitude < 16 ? 0 : 31 - Math.clz32(magnitude) - 3;
  const mantissa = (magnitude >> Math.max(0, exponent - 1)) & 0x0f;
  return ((positive ? 0x80 : 0) | (exponent << 4) | mantissa) ^ 0x55;
}

/** One A-law octet to a sample. */
export function decodeALaw(octet: number): number {
  const bits = octet ^ 0x55;
  const exponent = (bits >> 4) & 7;
  const mantissa = bits & 0x0f;
  const magnitude = exponent === 0 ? (mantissa << 4) + 8 : ((mantissa << 4) + 0x108) << (exponent - 1);
  return (bits & 0x80) !== 0 ? magnitude : -magnitude;
}

export function encodeG711(law: G711Law, samples: readonly number[]): Uint8Array {
  return Uint8Array.from(samples, law === "pcmu" ? encodeMuLaw : encodeALaw);
}

export function decodeG711(law: G711Law, octets: Uint8Array): Int16Array {
  return Int16Array.from(octets, law === "pcmu" ? decodeMuLaw : decodeALaw);
}

/** `count` samples of a sine from sample `from` on: a tone that goes on where the last packet stopped. */
export function toneSamples(hertz: number, from: number, count: number, amplitude = 8000): number[] {
  const step = (2 * Math.PI * hertz) / g711Clock;
  return Array.from({ length: count }, (_, i) => Math.round(amplitude * Math.sin(step * (from + i))));
}
