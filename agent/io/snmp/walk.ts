import type { Clock } from "../clock.ts";
import type { SnmpPdu, SnmpValue, Varbind } from "./message.ts";
import { compareArcs, isBelow, parseOid, type Arcs } from "./oid.ts";
import type { SnmpFailure, SnmpReply, SnmpRequest } from "./ask.ts";

/** Where a walk gives up. Every limit ends it with a `problem` and keeps what was read. */
export interface WalkLimits {
  /** Rows per column. */
  readonly rows: number;
  /** Octets of all values together. */
  readonly octets: number;
  /** Milliseconds for the whole walk. */
  readonly time: number;
  /** Columns side by side in one request. */
  readonly width: number;
  /** Rows of each column in one reply; columns × rows of about 100 fill one datagram of a usual switch. */
  readonly repetitions: number;
}

export const usualLimits: WalkLimits = {
  rows: 20_000,
  octets: 16 << 20,
  time: 20_000,
  width: 5,
  repetitions: 25,
};

/** One column: index (the arcs after the column, dotted) to value. */
export interface WalkedColumn {
  readonly rows: ReadonlyMap<string, SnmpValue>;
  /** Why the column may be incomplete; absent when it was read to its end. */
  readonly problem?: string;
}

export interface Walk {
  /** Every column asked, by the OID it was asked by. */
  readonly columns: ReadonlyMap<string, WalkedColumn>;
  /** The agent fell silent, or its socket failed: nothing more should be asked of it in this round. */
  readonly failure?: SnmpFailure;
}

/** What one agent turned out to bear; kept between walks. */
export interface AgentManners {
  /** Times that GETBULK went unanswered and GETNEXT right after it was answered. */
  bulkUnheard: number;
  repetitions: number;
  width: number;
  /** How many rows each column had at the last walk: what is read next is planned by it, and never taken for true. */
  readonly rows?: Map<string, number>;
}

export type Ask = (request: SnmpRequest) => Promise<SnmpReply>;

interface Column {
  readonly key: string;
  readonly root: Arcs;
  readonly rows: Map<string, SnmpValue>;
  /** Rows that it had the last time. */
  readonly expected: number | undefined;
  cursor: Arcs;
  seen: number;
  done: boolean;
  problem?: string;
  /** Asked by itself with GETNEXT, since the agent failed on it in company. */
  alone: boolean;
}

/** Side by side, with one row each. */
const widthOfEmpty = 16;
/** Remembered of one agent; the probe reads a hundred or so. */
const mostColumns = 1000;

const status = { tooBig: 1, noSuchName: 2 } as const;

/** The arcs after the column, dotted; for most tables it is one. */
function indexBelow(root: Arcs, oid: Arcs): string {
  return oid.length === root.length + 1 ? `${oid.at(-1)}` : oid.slice(root.length).join(".");
}

function end(column: Column, problem?: string): void {
  column.done = true;
  if (problem !== undefined) column.problem = problem;
}

/**
 * One pass over some columns of one agent, a request at a time. Each reply moves a column's cursor strictly forward or
 * ends the column, so that it ends whatever the agent says (RFC 3416 section 4.2.3 for the shape of GETBULK replies).
 */
class ColumnWalk {
  readonly #columns: Column[];
  readonly #limits: WalkLimits;
  readonly #manners: AgentManners;
  readonly #version: "1" | "2c";
  #octets = 0;
  #silent = 0;
  #bulk: boolean;
  #failure: SnmpFailure | undefined;

  constructor(columns: readonly string[], version: "1" | "2c", limits: WalkLimits, manners: AgentManners) {
    this.#columns = [...new Set(columns)].map((key) => {
      const root = parseOid(key);
      const expected = manners.rows?.get(key);
      return { key, root, rows: new Map(), expected, cursor: root, seen: 0, done: false, alone: false };
    });
    this.#version = version;
    this.#limits = limits;
    this.#manners = manners;
    this.#bulk = version === "2c" && manners.bulkUnheard < 2;
  }

  async run(ask: Ask, clock: Clock): Promise<Walk> {
    const deadline = clock.mono() + this.#limits.time;
    for (let batch = this.#batch(); batch.length > 0; batch = this.#batch()) {
      if (clock.mono() > deadline) this.#endAll(`not done within ${this.#limits.time} ms`);
      else this.#take(batch, await ask(this.#request(batch)));
    }
    this.#remember();
    const columns = new Map(this.#columns.map((column) => [column.key, column]));
    return this.#failure === undefined ? { columns } : { columns, failure: this.#failure };
  }

  /** Columns that were empty the last time come at the end, many side by side: one row of each shows whether they still are. */
  #batch(): Column[] {
    const open = this.#columns.filter((column) => !column.done);
    const company = open.filter((column) => !column.alone);
    if (company.length === 0) return open.slice(0, 1);
    const full = company.filter((column) => column.expected !== 0 || column.seen > 0);
    const width = full.length > 0 ? this.#limits.width : widthOfEmpty;
    return (full.length > 0 ? full : company).slice(0, Math.min(width, this.#manners.width));
  }

  #remember(): void {
    const { rows } = this.#manners;
    if (rows === undefined) return;
    for (const column of this.#columns) {
      // A look for one row alone says nothing of how many there are.
      if (column.problem === undefined) rows.set(column.key, column.seen);
      else if (column.rows.size > 0 && rows.get(column.key) === 0) rows.delete(column.key);
    }
    if (rows.size > mostColumns) rows.clear();
  }

  #request(batch: readonly Column[]): SnmpRequest {
    const oids = batch.map((column) => column.cursor);
    return this.#usesBulk(batch)
      ? { type: "get-bulk", oids, repetitions: this.#repetitionsFor(batch) }
      : { type: "get-next", oids };
  }

  #usesBulk(batch: readonly Column[]): boolean {
    return this.#bulk && batch[0]?.alone !== true;
  }

  /** As many as may be left, and one to see that it ends: rows beyond a column's end are read for nothing. */
  #repetitionsFor(batch: readonly Column[]): number {
    const left = batch.map(({ expected, seen }) =>
      expected === undefined || seen > expected ? Number.POSITIVE_INFINITY : expected - seen + 1,
    );
    return Math.min(this.#repetitions(), Math.max(...left));
  }

  #repetitions(): number {
    return Math.max(1, Math.min(this.#limits.repetitions, this.#manners.repetitions));
  }

  #take(batch: readonly Column[], reply: SnmpReply): void {
    if (!reply.ok) return this.#takeSilence(reply.failure);
    if (this.#silent > 0) this.#learnFromSilence();
    else if (this.#usesBulk(batch)) this.#manners.bulkUnheard = 0;
    this.#silent = 0;
    if (reply.pdu.errorStatus !== 0) this.#takeError(batch, reply.pdu);
    else this.#takeRows(batch, reply.pdu.varbinds);
  }

  /** Silent once: perhaps it knows no GETBULK, or the large reply got lost. Twice: unreachable for this round. */
  #takeSilence(failure: SnmpFailure): void {
    this.#silent += 1;
    this.#bulk = false;
    if (this.#silent < 2 && failure.outcome !== "unreachable") return;
    this.#failure = failure;
    this.#endAll(failure.why);
  }

  /** GETNEXT was answered where the request before was not: try GETBULK once more, smaller, then no more. */
  #learnFromSilence(): void {
    if (this.#version === "1") return;
    this.#manners.bulkUnheard += 1;
    this.#manners.repetitions = Math.max(1, this.#repetitions() >> 1);
    this.#bulk = this.#manners.bulkUnheard < 2;
  }

  #takeError(batch: readonly Column[], { errorStatus, errorIndex }: SnmpPdu): void {
    if (errorStatus === status.tooBig) return this.#takeTooBig(batch);
    const blamed = batch[errorIndex - 1] ?? (batch.length === 1 ? batch[0] : undefined);
    // v1's way to say the end (RFC 1157 section 4.1.3): what was read before stays.
    if (errorStatus === status.noSuchName && blamed !== undefined) return end(blamed);
    for (const column of blamed === undefined ? batch : [blamed]) {
      if (column.alone) end(column, `error status ${errorStatus}`);
      else column.alone = true;
    }
  }

  #takeTooBig(batch: readonly Column[]): void {
    const repetitions = this.#repetitions();
    if (this.#usesBulk(batch) && repetitions > 1) this.#manners.repetitions = repetitions >> 1;
    else if (batch.length > 1) this.#manners.width = batch.length >> 1;
    else for (const column of batch) end(column, "too big even alone");
  }

  #takeRows(batch: readonly Column[], varbinds: readonly Varbind[]): void {
    if (varbinds.length === 0) for (const column of batch) end(column, "an empty reply");
    let place = 0;
    for (const varbind of varbinds) {
      const column = batch[place];
      place = place + 1 === batch.length ? 0 : place + 1;
      if (column !== undefined && !column.done) this.#takeRow(column, varbind);
    }
  }

  #takeRow(column: Column, { oid, value, exception }: Varbind): void {
    if (exception) return end(column);
    if (oid === undefined) return end(column, "a name that cannot be read");
    if (compareArcs(oid, column.cursor) <= 0) return end(column, `not increasing at ${oid.join(".")}`);
    if (!isBelow(column.root, oid)) return end(column);
    column.cursor = oid;
    column.seen += 1;
    this.#octets += value instanceof Uint8Array ? value.length : 8;
    if (value !== undefined) column.rows.set(indexBelow(column.root, oid), value);
    if (column.seen >= this.#limits.rows) end(column, `over ${this.#limits.rows} rows`);
    if (this.#octets > this.#limits.octets) this.#endAll(`over ${this.#limits.octets} octets`);
  }

  #endAll(problem: string): void {
    for (const column of this.#columns) if (!column.done) end(column, problem);
  }
}

/** Reads whole columns side by side; what could be read before a failure is kept. */
export function walkColumns(
  ask: Ask,
  columns: readonly string[],
  version: "1" | "2c",
  limits: WalkLimits,
  manners: AgentManners,
  clock: Clock,
): Promise<Walk> {
  return new ColumnWalk(columns, version, limits, manners).run(ask, clock);
}
