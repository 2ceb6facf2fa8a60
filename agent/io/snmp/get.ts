import type { SnmpPdu, SnmpValue } from "./message.ts";
import { parseOid } from "./oid.ts";
import type { SnmpFailure } from "./ask.ts";
import type { Ask } from "./walk.ts";

/** Values by OID; those the agent does not have are missing. */
export type SnmpValues =
  | { readonly ok: true; readonly values: ReadonlyMap<string, SnmpValue> }
  | { readonly ok: false; readonly failure: SnmpFailure };

const perRequest = 16;
/** RFC 3416: a v3 user known to the switch, with no right to read at this level. */
const authorizationError = 16;

function collect(asked: readonly string[], message: SnmpPdu, values: Map<string, SnmpValue>): void {
  for (const { oid, value } of message.varbinds) {
    const name = oid?.join(".");
    // Only what was asked: an agent that answers with other names is not believed.
    if (name !== undefined && value !== undefined && asked.includes(name)) values.set(name, value);
  }
}

/** What to ask after an error: without the blamed one (v1 refuses all for one missing), else in halves. */
function afterError(asked: readonly string[], { errorStatus, errorIndex }: SnmpPdu): string[][] {
  if (asked.length <= 1) return [];
  const noSuchName = errorStatus === 2 && errorIndex >= 1 && errorIndex <= asked.length;
  if (noSuchName) return [asked.filter((_, i) => i !== errorIndex - 1)];
  const half = asked.length >> 1;
  return [asked.slice(0, half), asked.slice(half)];
}

/** GET of single values, some at a time. */
export async function getValues(ask: Ask, oids: readonly string[]): Promise<SnmpValues> {
  const values = new Map<string, SnmpValue>();
  const parts: string[][] = [];
  for (let i = 0; i < oids.length; i += perRequest) parts.push(oids.slice(i, i + perRequest));
  for (let asked = parts.shift(); asked !== undefined; asked = parts.shift()) {
    const reply = await ask({ type: "get", oids: asked.map(parseOid) });
    if (!reply.ok) return { ok: false, failure: reply.failure };
    if (reply.pdu.errorStatus === authorizationError) {
      return { ok: false, failure: { outcome: "denied", why: "the switch does not let this user read" } };
    }
    if (reply.pdu.errorStatus === 0) collect(asked, reply.pdu, values);
    else parts.unshift(...afterError(asked, reply.pdu));
  }
  return { ok: true, values };
}
