import { canonicalNumber } from "./canonical-number.ts";
import type { NamedParties } from "./judge-identity.ts";

/**
 * The payload that the compact form leaves out (RFC 8224 4.1): the parties as the message names them, and its Date.
 * Undefined where the message does not say one of them.
 */
export function rebuildPayload(
  { caller, called }: NamedParties,
  date: string | undefined,
): object | undefined {
  const at = Date.parse(date ?? "");
  if (caller === undefined || called === undefined || Number.isNaN(at)) return undefined;
  return {
    dest: { tn: [canonicalNumber(called.user)] },
    iat: Math.floor(at / 1000),
    orig: { tn: canonicalNumber(caller.user) },
  };
}
