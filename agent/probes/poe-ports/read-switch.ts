import { mibOf, type VendorMib } from "../../mibs/load-mibs.ts";
import type { SnmpPool } from "../../io/snmp.ts";
import type { SnmpFailure, SnmpTarget } from "../../io/snmp/ask.ts";
import type { SnmpValue } from "../../io/snmp/message.ts";
import {
  addresses,
  cdp,
  etherLike,
  frames,
  ifMib,
  lldp,
  mapping,
  mauType,
  power,
  system,
} from "./columns.ts";
import { Tables } from "./tables.ts";

/** All that one look at a switch brought in. */
export interface SwitchReading {
  readonly scalars: ReadonlyMap<string, SnmpValue>;
  readonly tables: Tables;
  /** Whose tables answer; undefined for makes without any. */
  readonly mib: VendorMib | undefined;
  /** How this make maps PSE ports to interfaces; undefined: unknown. */
  readonly portMap: VendorMib["portMap"] | undefined;
  /** The switch fell silent in the middle: what was read before is there. */
  readonly failure: SnmpFailure | undefined;
}

export type Read =
  | { readonly ok: true; readonly reading: SwitchReading }
  | { readonly ok: false; readonly failure: SnmpFailure };

const linkColumns = [...Object.values(ifMib), ...Object.values(etherLike), ...frames.in64, ...frames.out64];

/** Asks for columns; after a failure nothing more is asked in this round. */
class Round {
  readonly tables = new Tables();
  failure: SnmpFailure | undefined;
  readonly #pool: SnmpPool;
  readonly #target: SnmpTarget;
  readonly #signal: AbortSignal;

  constructor(pool: SnmpPool, target: SnmpTarget, signal: AbortSignal) {
    this.#pool = pool;
    this.#target = target;
    this.#signal = signal;
  }

  async walk(columns: readonly string[], limits: { rows?: number; width?: number } = {}): Promise<void> {
    if (this.failure !== undefined || columns.length === 0) return;
    const walk = await this.#pool.walkColumns(this.#target, columns, this.#signal, limits);
    this.tables.add(walk);
    this.failure = walk.failure;
  }

  /** Whether each column has a row at all: one row of each, side by side. */
  async answering(columns: readonly string[]): Promise<ReadonlySet<string>> {
    if (this.failure !== undefined) return new Set();
    const walk = await this.#pool.walkColumns(this.#target, columns, this.#signal, {
      rows: 1,
      repetitions: 1,
      width: 8,
    });
    this.failure = walk.failure;
    return new Set(columns.filter((column) => (walk.columns.get(column)?.rows.size ?? 0) > 0));
  }
}

const columnsOf = (mib: VendorMib | undefined): string[] =>
  [
    mib?.watts,
    mib?.allocated,
    mib?.admin,
    mib?.state,
    mib?.stateText,
    mib?.denied,
    mib?.class,
    mib?.budget,
    mib?.used,
    mib?.free,
  ].flatMap((each) => (each === undefined ? [] : [each.column]));

/** The sysObjectID only says whom to try first; what decides is whose table answers. */
async function chooseMib(round: Round, mibs: readonly VendorMib[], sysObjectId: string) {
  const named = mibOf(mibs, sysObjectId);
  const answering = await round.answering(mibs.flatMap((mib) => mib.watts?.column ?? []));
  const answers = (mib: VendorMib | undefined) => mib?.watts !== undefined && answering.has(mib.watts.column);
  const mib = answers(named) ? named : mibs.find(answers);
  return { mib: mib ?? named, portMap: (named?.watts === undefined ? named : (mib ?? named))?.portMap };
}

async function readMapping(round: Round, portMap: VendorMib["portMap"] | undefined): Promise<void> {
  const { tables } = round;
  if (portMap?.includes("entity-alias") !== true) return;
  await round.walk([mapping.ciscoEntityOfPse, mapping.entityAlias, mapping.ciscoStackPort]);
  const entities = [...tables.rows(mapping.ciscoEntityOfPse).values()];
  const named = entities.some((entity) => typeof entity === "number" && entity > 0);
  // The names are many rows, and only of use where the alias table says nothing.
  if (named && tables.rows(mapping.entityAlias).size === 0) await round.walk([mapping.entityName]);
}

async function readLinks(round: Round): Promise<void> {
  const { tables } = round;
  await round.walk(linkColumns);
  if (frames.in64.every((column) => tables.rows(column).size === 0)) {
    await round.walk([...frames.in32, ...frames.out32]);
  }
  const unknown = [...tables.rows(ifMib.oper)].some(
    ([index, oper]) => oper === 1 && ![2, 3].includes(tables.number(etherLike.duplex, index) ?? 0),
  );
  if (unknown) await round.walk([mauType]);
}

/** Learned addresses, where something draws power or has link and does not announce itself. */
export async function readAddresses(
  pool: SnmpPool,
  target: SnmpTarget,
  reading: SwitchReading,
  signal: AbortSignal,
): Promise<void> {
  if (reading.failure !== undefined) return;
  for (const columns of [
    [addresses.qPort, addresses.qStatus],
    [addresses.port, addresses.status],
  ]) {
    const walk = await pool.walkColumns(target, columns, signal);
    reading.tables.add(walk);
    if (walk.failure !== undefined || reading.tables.rows(columns[0] ?? "").size > 0) return;
  }
}

/** One full look at a switch: who it is, links, power, and what is attached. */
export async function readSwitch(
  pool: SnmpPool,
  target: SnmpTarget,
  mibs: readonly VendorMib[],
  signal: AbortSignal,
  say: (progress: string) => void,
): Promise<Read> {
  const answer = await pool.get(target, Object.values(system), signal);
  if (!answer.ok) return answer;
  const round = new Round(pool, target, signal);
  const objectId = answer.values.get(system.objectId);
  const { mib, portMap } = await chooseMib(round, mibs, typeof objectId === "string" ? objectId : "");
  say(`${target.host}: power`);
  await round.walk([...Object.values(power), ...columnsOf(mib)]);
  await readMapping(round, portMap);
  say(`${target.host}: links`);
  await readLinks(round);
  say(`${target.host}: neighbours`);
  await round.walk([mapping.bridgePort, ...Object.values(lldp), ...Object.values(cdp)]);
  const { tables, failure } = round;
  return { ok: true, reading: { scalars: answer.values, tables, mib, portMap, failure } };
}
