import { decoded, mismatch, type Decoded } from "../decoded.ts";

/** The header in which our mirror tells, in its answer to OPTIONS, how the request arrived. */
export const arrivedHeader = "X-Offhook-Arrived";

export interface Arrived {
  /** TOS octet or traffic class: DSCP × 4, and two bits of ECN. */
  readonly tos: number;
  readonly ttl: number;
}

export function encodeArrived({ tos, ttl }: Arrived): string {
  return `tos=${tos};ttl=${ttl}`;
}

/** Reads the header's value; unknown fields are passed over. */
export function decodeArrived(value: string): Decoded<Arrived> {
  const field = (name: string) =>
    new RegExp(`(?:^|;)\\s*${name}=(\\d{1,3})\\s*(?:;|$)`, "u").exec(value)?.[1];
  const [tos, ttl] = [Number(field("tos")), Number(field("ttl"))];
  if (!(tos <= 255)) return mismatch("tos", "0 to 255", value);
  if (!(ttl <= 255)) return mismatch("ttl", "0 to 255", value);
  return decoded({ tos, ttl });
}
