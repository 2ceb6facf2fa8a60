import { columnsOfMib, mibOf, type VendorMib } from "../../mibs/load-mibs.ts";
import type { SnmpPool } from "../../io/snmp.ts";
import type { SnmpFailure, SnmpTarget } from "../../io/snmp/ask.ts";
import type { SnmpValue } from "../../io/snmp/message.ts";
import {
  addresses,
  cdp,
  etherLike,
  frames,
  ifMib,
  inventory,
  lldp,
  lldpV2,
  mapping,
  mau,
  power,
  spanningTree,
  system,
  voice,
} from "./columns.ts";
import type { PerVlan } from "./mac-table.ts";
import { readPerVlan } from "./read-vlans.ts";
import { readUnits, type SwitchUnit } from "./read-units.ts";
import { settleMib } from "./settle-mib.ts";
import { Tables } from "./tables.ts";

/** All that one look at a switch brought in. */
export interface SwitchReading {
  readonly scalars: ReadonlyMap<string, SnmpValue>;
  readonly tables: Tables;
  /** Whose tables answer; undefined for makes without any. */
  readonly mib: VendorMib | undefined;
  /** Why the make's watts are not believed here. */
  readonly doubt?: string | undefined;
  /** Bridge tables of single VLANs, where the switch keeps them apart. */
  readonly perVlan?: PerVlan;
  /** What it is made of; undefined: it does not say. */
  readonly units?: readonly SwitchUnit[] | undefined;
  /** What is kept of this switch from look to look. */
  readonly manners?: SwitchManners;
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

/** What one switch and firmware turned out to have: found out once, as long as these MIBs are in use. */
interface SwitchManners {
  /** Watts columns that have rows. */
  answering: ReadonlySet<string> | undefined;
  /** Whether it answers in the context of a VLAN. */
  vlanContexts: boolean | undefined;
  /** What it is made of, and its sysUpTime when that changed. */
  units?: { readonly all: readonly SwitchUnit[] | undefined; readonly changed: SnmpValue | undefined };
}
const mannersKept = new WeakMap<readonly VendorMib[], Map<string, SwitchManners>>();
/** Switches that are remembered. */
const most = 2000;

function mannersOf(mibs: readonly VendorMib[], key: string): SwitchManners {
  const kept = mannersKept.get(mibs) ?? new Map<string, SwitchManners>();
  mannersKept.set(mibs, kept);
  const manners = kept.get(key) ?? { answering: undefined, vlanContexts: undefined };
  kept.set(key, manners);
  const oldest = kept.keys().next().value;
  if (kept.size > most && oldest !== undefined) kept.delete(oldest);
  return manners;
}

async function answeringWatts(
  round: Round,
  mibs: readonly VendorMib[],
  manners: SwitchManners,
): Promise<ReadonlySet<string>> {
  if (manners.answering !== undefined) return manners.answering;
  const found = await round.answering([...new Set(mibs.flatMap((mib) => mib.watts?.column ?? []))]);
  if (round.failure === undefined) manners.answering = found;
  return found;
}

/** Surest first: two tables that answer are the same hardware's, and the better known one is read. */
const proofs = ["recording", "mib", "source", "unverified"] as const;

/** The sysObjectID only says whom to try first; what decides is whose table answers. */
async function chooseMib(
  round: Round,
  mibs: readonly VendorMib[],
  {
    sysObjectId,
    sysDescr,
    manners,
  }: { readonly sysObjectId: string; readonly sysDescr: string; readonly manners: SwitchManners },
) {
  const named = mibOf(mibs, sysObjectId, sysDescr);
  const answering = await answeringWatts(round, mibs, manners);
  const answers = (mib: VendorMib | undefined) => mib?.watts !== undefined && answering.has(mib.watts.column);
  const others = mibs.toSorted((a, b) => proofs.indexOf(a.proof) - proofs.indexOf(b.proof));
  const mib = answers(named) ? named : others.find(answers);
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
  await round.walk([...Object.values(mau), ...Object.values(voice)]);
}

/** Read anew when the switch says that a part came or went; its parts are many rows. */
async function unitsOf(
  pool: SnmpPool,
  target: SnmpTarget,
  manners: SwitchManners,
  changed: SnmpValue | undefined,
  signal: AbortSignal,
): Promise<readonly SwitchUnit[] | undefined> {
  const { units } = manners;
  if (units?.all !== undefined && units.changed === changed) return units.all;
  const all = await readUnits(pool, target, signal);
  manners.units = { all, changed };
  return all;
}

async function readNeighbours(round: Round): Promise<void> {
  const { tables } = round;
  const bridge = [mapping.bridgePort, ...Object.values(spanningTree)];
  await round.walk([...bridge, ...Object.values(lldp), ...Object.values(cdp)]);
  if ([lldp.chassisSubtype, lldp.portId].every((column) => tables.rows(column).size === 0))
    await round.walk(Object.values(lldpV2));
}

/** Learned addresses, where something draws power or has link and does not announce itself. */
export async function readAddresses(
  pool: SnmpPool,
  target: SnmpTarget,
  reading: SwitchReading,
  signal: AbortSignal,
): Promise<SwitchReading> {
  if (reading.failure !== undefined) return reading;
  const { tables } = reading;
  for (const columns of [
    [addresses.qPort, addresses.qStatus, addresses.vlanFdb],
    [addresses.port, addresses.status],
  ]) {
    const walk = await pool.walkColumns(target, columns, signal);
    tables.add(walk);
    if (walk.failure !== undefined) return { ...reading, failure: walk.failure };
  }
  const { manners } = reading;
  if (tables.rows(addresses.qPort).size > 0 || manners?.vlanContexts === false) return reading;
  const perVlan = await readPerVlan(pool, target, tables, signal);
  if (manners !== undefined) manners.vlanContexts = perVlan.size > 0;
  return { ...reading, perVlan };
}

/** One full look at a switch: who it is, links, power, and what is attached. */
export async function readSwitch(
  pool: SnmpPool,
  target: SnmpTarget,
  mibs: readonly VendorMib[],
  signal: AbortSignal,
  say: (progress: string) => void,
): Promise<Read> {
  const answer = await pool.get(target, [...Object.values(system), inventory.changed], signal);
  if (!answer.ok) return answer;
  const round = new Round(pool, target, signal);
  const objectId = answer.values.get(system.objectId);
  const sysObjectId = typeof objectId === "string" ? objectId : "";
  const about = answer.values.get(system.descr);
  const sysDescr = about instanceof Uint8Array ? Buffer.from(about).toString("latin1") : "";
  const manners = mannersOf(mibs, `${target.host} ${target.port} ${sysObjectId} ${sysDescr}`);
  const chosen = await chooseMib(round, mibs, { sysObjectId, sysDescr, manners });
  const { portMap } = chosen;
  say(`${target.host}: power`);
  await round.walk([...Object.values(power), ...(chosen.mib === undefined ? [] : columnsOfMib(chosen.mib))]);
  const settled = chosen.mib && settleMib(round.tables, chosen.mib);
  await readMapping(round, portMap);
  say(`${target.host}: links`);
  await readLinks(round);
  say(`${target.host}: neighbours`);
  await readNeighbours(round);
  const { tables, failure } = round;
  const changed = answer.values.get(inventory.changed);
  const units = failure === undefined ? await unitsOf(pool, target, manners, changed, signal) : undefined;
  const { mib, doubt } = settled ?? {};
  const seen = { scalars: answer.values, tables, mib, doubt, portMap };
  return { ok: true, reading: { ...seen, units, manners, failure } };
}
