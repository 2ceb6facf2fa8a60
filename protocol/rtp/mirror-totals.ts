import { decoded, mismatch, type Decoded } from "../decoded.ts";

/** The header in which our mirror answers BYE: what it counted itself, so that loss at the end of a stream is known. */
export const mirrorTotalsHeader = "X-Offhook-Mirror";

/** What our mirror calls itself in SIP. */
export const mirrorProduct = "Offhook mirror";

export interface MirrorReport {
  /** Different packets of the source. */
  readonly received: number;
  /** Packets sent back, openers not among them. */
  readonly sent: number;
  /** Packets not answered for the mirror's limits. */
  readonly limited: number;
}

const fields = ["received", "sent", "limited"] as const;

export function encodeMirrorTotals(report: MirrorReport): string {
  return fields.map((field) => `${field}=${report[field]}`).join(";");
}

/** Reads the header's value; unknown fields are passed over. */
export function decodeMirrorTotals(value: string): Decoded<MirrorReport> {
  const found = { received: 0, sent: 0, limited: 0 };
  for (const field of fields) {
    const digits = new RegExp(`(?:^|;)\\s*${field}=(\\d{1,9})\\s*(?:;|$)`, "u").exec(value)?.[1];
    if (digits === undefined) return mismatch(field, "a count", value);
    found[field] = Number(digits);
  }
  return decoded(found);
}
