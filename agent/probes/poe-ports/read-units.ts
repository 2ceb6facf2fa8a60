import type { SnmpPool } from "../../io/snmp.ts";
import type { SnmpTarget } from "../../io/snmp/ask.ts";
import type { SnmpValue } from "../../io/snmp/message.ts";
import { inventory } from "./columns.ts";
import { plainText } from "./tables.ts";

/** One thing with a nameplate of its own: a switch, a member of a stack, a card of a chassis. */
export interface SwitchUnit {
  readonly kind: "chassis" | "module";
  /** As the switch calls it. */
  readonly name: string | undefined;
  readonly model: string | undefined;
  readonly serial: string | undefined;
  readonly firmware: string | undefined;
}

const kinds = new Map<unknown, SwitchUnit["kind"]>([
  [3, "chassis"],
  [9, "module"],
]);
/** Of one switch. */
const most = 64;
/** What agents say in place of nothing. */
const nothing = /^(n\/?a|none|empty|unknown|[f0]+|\W*)$/i;
const read = ["name", "firmware", "software", "serial", "model"] as const;

function unitOf(kind: SwitchUnit["kind"], index: string, values: ReadonlyMap<string, SnmpValue>): SwitchUnit {
  const text = (column: (typeof read)[number]) => {
    const value = values.get(`${inventory[column]}.${index}`);
    const said = value instanceof Uint8Array ? plainText(value)?.slice(0, 100) : undefined;
    return said === undefined || nothing.test(said) ? undefined : said;
  };
  const firmware = text("software") ?? text("firmware");
  return { kind, name: text("name"), model: text("model"), serial: text("serial"), firmware };
}

/**
 * What the switch is made of, by ENTITY-MIB (RFC 6933): classes of all its parts, then the nameplates of chassis and
 * modules alone. Undefined: it fell silent, or has no such table.
 */
export async function readUnits(
  pool: SnmpPool,
  target: SnmpTarget,
  signal: AbortSignal,
): Promise<readonly SwitchUnit[] | undefined> {
  const walk = await pool.walkColumns(target, [inventory.class], signal, { repetitions: 50 });
  if (walk.failure !== undefined) return undefined;
  const parts = [...(walk.columns.get(inventory.class)?.rows ?? [])].flatMap(([index, value]) => {
    const kind = kinds.get(value);
    return kind === undefined ? [] : [{ index, kind }];
  });
  const chosen = parts.toSorted((a, b) => a.kind.localeCompare(b.kind)).slice(0, most);
  const oids = chosen.flatMap(({ index }) => read.map((column) => `${inventory[column]}.${index}`));
  if (oids.length === 0) return [];
  const answer = await pool.get(target, oids, signal);
  if (!answer.ok) return undefined;
  return withNameplate(chosen.map(({ index, kind }) => unitOf(kind, index, answer.values)));
}

/** Slots without a card, fans and transceivers are modules too, and so is the board that a fixed switch is. */
function withNameplate(units: readonly SwitchUnit[]): SwitchUnit[] {
  const chassis = units.filter(({ kind, model, serial }) => kind === "chassis" && (model ?? serial));
  const known = new Set(chassis.map(({ serial }) => serial));
  const cards = units.filter(
    ({ kind, serial, name = "" }) =>
      kind === "module" && serial !== undefined && !known.has(serial) && !/fan|transceiver|sfp/i.test(name),
  );
  return [...chassis, ...cards];
}
