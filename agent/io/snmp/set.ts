import type { Outcome } from "../../../protocol/observation.ts";
import type { SnmpFailure } from "./ask.ts";
import { parseOid } from "./oid.ts";
import type { Ask } from "./walk.ts";

/** One value to write. Switches take integers for all that is written here (PoE on and off). */
export interface SnmpSetting {
  readonly oid: string;
  readonly integer: number;
}

export type SnmpSet = { readonly ok: true } | { readonly ok: false; readonly failure: SnmpFailure };

/** RFC 3416 section 3; v1 says noSuchName for what may not be written, too (RFC 3584 section 4.4). */
const refusals: Record<number, [Outcome, string]> = {
  2: ["denied", "no such name, or no write access"],
  4: ["denied", "read only"],
  6: ["denied", "no access"],
  11: ["absent", "no such row"],
  16: ["denied", "not authorised"],
  17: ["denied", "not writable"],
  18: ["absent", "no such row now"],
};

/** All in one SET: the agent takes all of them or none. */
export async function setValues(ask: Ask, settings: readonly SnmpSetting[]): Promise<SnmpSet> {
  const oids = settings.map(({ oid }) => parseOid(oid));
  const reply = await ask({ type: "set", oids, integers: settings.map(({ integer }) => integer) });
  if (!reply.ok) return { ok: false, failure: reply.failure };
  const { errorStatus, errorIndex } = reply.pdu;
  if (errorStatus === 0) return { ok: true };
  const [outcome, words] = refusals[errorStatus] ?? ["refused", "the switch does not take this"];
  const which = settings[errorIndex - 1]?.oid ?? settings[0]?.oid ?? "";
  return { ok: false, failure: { outcome, why: `${which}: ${words} (error status ${errorStatus})` } };
}
