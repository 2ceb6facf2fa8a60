import { etherLike, frames, ifMib } from "./columns.ts";
import type { Interface } from "./interfaces.ts";
import type { PseMemories } from "./pse-events.ts";
import type { Tables } from "./tables.ts";

// What can only be known by comparing two looks. Rules of the comparison: the same run of the switch (sysUpTime), the
// same discontinuity mark of the interface, at most one wrap. Nothing fires on the first look, or after a restart.

const tickMs = 10;
const ticks32 = 2 ** 32;
const hour = 3_600_000;
/** Below this, one damaged frame would look like thousands per million. */
const enoughFrames = 10_000n;
const enoughErrors = 20n;

/** What is remembered of one interface. Error rates are measured from `since`, which moves on when enough frames went by. */
interface PortMemory {
  discontinuity: number | undefined;
  lastChange: number | undefined;
  up: boolean | undefined;
  /** Monotonic times of the link changes noticed within the last hour. */
  changes: number[];
  since: Counters;
}

interface Counters {
  readonly at: number;
  readonly framesIn: bigint | undefined;
  readonly framesOut: bigint | undefined;
  readonly fcs: bigint | undefined;
  readonly errors: bigint | undefined;
  readonly discards: bigint | undefined;
  readonly inDiscards: bigint | undefined;
  readonly lateCollisions: bigint | undefined;
}

/** What is remembered of one switch between looks. */
export interface SwitchMemory {
  readonly uptime: number;
  readonly at: number;
  readonly ports: ReadonlyMap<number, PortMemory>;
  /** PoE counters by PSE key. */
  readonly power?: PseMemories;
  /** The most that its supplies could give since the agent looks, W. */
  readonly budget?: number | undefined;
}

/** What two looks say of one interface; undefined: cannot be said. */
export interface PortChanges {
  /** Link changes noticed in the last hour. */
  readonly flaps: number | undefined;
  readonly fcs: Rate | undefined;
  /** FCS, alignment and symbol errors together; what IF-MIB counts where EtherLike says nothing. */
  readonly errors: Rate | undefined;
  readonly discards: Rate | undefined;
  readonly inDiscards: Rate | undefined;
  readonly lateCollisions: number | undefined;
}

interface Rate {
  readonly perMillion: number;
  readonly evidence: string;
}

/** Whether the switch has run on since the last look: sysUpTime grew as the clock did, or wrapped after 497 days. */
export function ranOn(before: { uptime: number; at: number }, now: { uptime: number; at: number }): boolean {
  const expected = before.uptime + (now.at - before.at) / tickMs;
  const slack = 6000; // a minute of disagreement between two clocks
  return [now.uptime, now.uptime + ticks32].some(
    (uptime) => uptime >= before.uptime && Math.abs(uptime - expected) <= slack,
  );
}

/** Whether the switch has started anew: its uptime is behind what it should be by more than two clocks disagree. */
export function hasRestarted(
  before: { uptime: number; at: number },
  now: { uptime: number; at: number },
): boolean {
  return !ranOn(before, now) && now.uptime < before.uptime + (now.at - before.at) / tickMs;
}

/** Growth of a counter, one 32-bit wrap allowed where the result stays below `most`; undefined when it cannot be told. */
export function growth(
  before: bigint | undefined,
  now: bigint | undefined,
  most: bigint,
): bigint | undefined {
  if (before === undefined || now === undefined) return undefined;
  if (now >= before) return now - before <= most ? now - before : undefined;
  const wrapped = now + 2n ** 32n - before;
  return before < 2n ** 32n && wrapped <= most ? wrapped : undefined;
}

function sum(tables: Tables, columns: readonly string[], index: string): bigint | undefined {
  const values = columns.map((column) => tables.counter(column, index));
  const known = values.filter((value) => value !== undefined);
  return known.length === 0 ? undefined : known.reduce((total, value) => total + value, 0n);
}

function countersOf(tables: Tables, ifIndex: number, at: number): Counters {
  const index = `${ifIndex}`;
  return {
    at,
    framesIn: sum(tables, frames.in64, index) ?? sum(tables, frames.in32, index),
    framesOut: sum(tables, frames.out64, index) ?? sum(tables, frames.out32, index),
    fcs: tables.counter(etherLike.fcs, index),
    errors:
      sum(tables, [etherLike.fcs, etherLike.alignment, etherLike.symbol], index) ??
      tables.counter(ifMib.inErrors, index),
    inDiscards: tables.counter(ifMib.inDiscards, index),
    discards: tables.counter(ifMib.outDiscards, index),
    lateCollisions: tables.counter(etherLike.lateCollisions, index),
  };
}

/** The most frames a link of this speed can carry in that time: 84 octets each with preamble and gap. */
function mostFrames(speed: number | undefined, ms: number): bigint {
  return BigInt(Math.ceil(((speed ?? 10_000) * 1e6 * (ms / 1000)) / (84 * 8))) + 1000n;
}

function rate(
  errors: bigint | undefined,
  total: bigint | undefined,
  seconds: number,
  words: string,
): Rate | undefined {
  if (errors === undefined || total === undefined || total === 0n) return undefined;
  if (errors > 0n && total < enoughFrames && errors < enoughErrors) return undefined;
  const perMillion = Math.round((Number(errors) / Number(total)) * 1e7) / 10;
  return {
    perMillion: Math.min(perMillion, 1e6),
    evidence: `${errors} ${words} of ${total} in ${seconds} s`,
  };
}

/** An interface that changed at least once, twice when it looks as before. */
function changesSince(before: PortMemory, port: Interface): number {
  const moved = before.lastChange !== undefined && port.lastChange !== before.lastChange;
  const flipped = before.up !== undefined && port.up !== undefined && port.up !== before.up;
  if (flipped) return 1;
  return moved ? 2 : 0;
}

interface Looked {
  readonly memory: PortMemory;
  readonly changes: PortChanges | undefined;
}

function lookAt(tables: Tables, port: Interface, before: PortMemory | undefined, at: number): Looked {
  const now = countersOf(tables, port.ifIndex, at);
  const discontinuity = tables.number(ifMib.discontinuity, `${port.ifIndex}`);
  const fresh = { discontinuity, lastChange: port.lastChange, up: port.up, changes: [], since: now };
  if (before === undefined || before.discontinuity !== discontinuity)
    return { memory: fresh, changes: undefined };
  const { since } = before;
  const most = mostFrames(port.speed === 0 ? undefined : port.speed, at - since.at);
  const framesIn = growth(since.framesIn, now.framesIn, most);
  const framesOut = growth(since.framesOut, now.framesOut, most);
  const late = growth(since.lateCollisions, now.lateCollisions, most);
  const seconds = Math.round((at - since.at) / 1000);
  const found = Array.from({ length: changesSince(before, port) }, () => at);
  const changes = [...before.changes, ...found].filter((time) => at - time <= hour).slice(-1000);
  const enough = (framesIn ?? enoughFrames) >= enoughFrames || at - since.at > hour;
  return {
    memory: { ...fresh, changes, since: enough ? now : since },
    changes: {
      flaps: changes.length,
      fcs: rate(growth(since.fcs, now.fcs, most), framesIn, seconds, "damaged frames"),
      errors: rate(growth(since.errors, now.errors, most), framesIn, seconds, "errors"),
      inDiscards: rate(
        growth(since.inDiscards, now.inDiscards, most),
        framesIn,
        seconds,
        "received frames discarded",
      ),
      discards: rate(growth(since.discards, now.discards, most), framesOut, seconds, "discarded frames"),
      lateCollisions: late === undefined ? undefined : Number(late),
    },
  };
}

/** Compares this look with the last one; what to remember of it comes along. */
export function compareLooks(
  tables: Tables,
  interfaces: Iterable<Interface>,
  uptime: number,
  at: number,
  before: SwitchMemory | undefined,
): { memory: SwitchMemory; changes: ReadonlyMap<number, PortChanges>; continued: boolean } {
  const continued = before !== undefined && ranOn(before, { uptime, at });
  const ports = new Map<number, PortMemory>();
  const changes = new Map<number, PortChanges>();
  for (const port of interfaces) {
    const looked = lookAt(tables, port, continued ? before.ports.get(port.ifIndex) : undefined, at);
    ports.set(port.ifIndex, looked.memory);
    if (looked.changes !== undefined) changes.set(port.ifIndex, looked.changes);
  }
  return { memory: { uptime, at, ports }, changes, continued };
}
