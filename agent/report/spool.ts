import { join } from "node:path";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { Dropped, HealthReport } from "../../protocol/health-report.ts";
import type { Disk } from "../io/host/disk.ts";
import { addDropped, lessDropped } from "./dropped.ts";
import { encodeFrame, payloadOf } from "./frame.ts";
import { encodeSlot, type Position } from "./position.ts";
import { setAside } from "./set-aside.ts";
import { scanSpool, segmentName, type Scan, type Segment } from "./scan-spool.ts";

export interface SpoolLimits {
  /** All record files together, bytes. */
  readonly bytes: number;
  /** One record file, bytes: oldest out goes by whole files. */
  readonly segment: number;
  /** ms. */
  readonly age: number;
  /** Reports kept in memory while the disk takes none. */
  readonly inMemory: number;
}

export const spoolLimits: SpoolLimits = {
  bytes: 64 * 1024 * 1024,
  segment: 256 * 1024,
  age: 30 * 24 * 3_600_000,
  inMemory: 50,
};

export interface SpoolOptions {
  readonly folder: string;
  readonly disk: Disk;
  readonly now: () => number;
  /** Names this spool when there is none to go on with. */
  readonly newEpoch: () => string;
  /** The spool that the server knows, should this one turn out to be new. */
  readonly lastEpoch?: string | undefined;
  readonly limits?: SpoolLimits;
}

/** A report that waits, as the JSON it was sealed as. */
export interface Waiting {
  readonly seq: number;
  readonly json: string;
}

export interface Sealed {
  readonly seq: number;
  /** `memory`: the disk took nothing; it is lost if the agent ends. */
  readonly kept: "disk" | "memory";
}

export interface SpoolStats {
  readonly reports: number;
  readonly bytes: number;
  /** sealedAt of the oldest report that waits. */
  readonly oldest?: number;
  /** Code of the last write that failed, such as ENOSPC; absent when the disk takes reports. */
  readonly diskError?: string;
}

interface InMemory {
  readonly seq: number;
  readonly sealedAt: number;
  readonly frame: Uint8Array;
}

/** Clocks that never were set say 1970 or their firmware's year: what they sealed is not old, it is misdated. */
const plausibleSince = Date.UTC(2025, 0, 1);
const statesPerOpen = 1_000_000;
const unpackLimit = { maxOutputLength: 16 * 1024 * 1024 };

/**
 * Reports on disk until the server has them. Promise: what `seal` has returned as kept on `disk` is there after any
 * crash, comes out of `waiting` in order until it is acknowledged, and if it must go, it is counted in `dropped`.
 */
export class Spool {
  readonly epoch: string;
  readonly previousEpoch: string | undefined;
  readonly #options: SpoolOptions;
  readonly #limits: SpoolLimits;
  #position: Position;
  #segments: Segment[];
  /** The file that takes the next report; a new one after every start. */
  #current: Segment | undefined;
  /** A write into #current may have stopped half-way: cut it back first. */
  #dirty = false;
  #memory: InMemory[] = [];
  #next: number;
  #states = 0;
  #diskError: string | undefined;
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(options: SpoolOptions, scan: Scan) {
    this.#options = options;
    this.#limits = options.limits ?? spoolLimits;
    this.#position = scan.position;
    this.#segments = [...scan.segments];
    this.#next = scan.next;
    this.epoch = scan.position.epoch;
    this.previousEpoch = scan.position.previousEpoch;
  }

  /** Opens what is there, whatever a crash left; what cannot be read is kept aside and counted. */
  static async open(options: SpoolOptions): Promise<Spool> {
    const spool = new Spool(options, await scanSpool(options));
    await spool.#savePosition({});
    await spool.#dropOld();
    return spool;
  }

  /** Builds a report under the next number and keeps it; it is eligible when this resolves. */
  seal(make: (seq: number, dropped: Dropped | undefined) => HealthReport): Promise<Sealed> {
    return this.#inTurn(async () => {
      await this.#dropOld();
      const seq = this.#next;
      const told = this.#position.dropped[0];
      const report = make(seq, told);
      const payload = zstdCompressSync(JSON.stringify(report));
      const frame = encodeFrame(seq, report.sealedAt, payload);
      const entry = { seq, sealedAt: report.sealedAt, frame };
      const onDisk = (await this.#flushMemory()) && (await this.#append(entry));
      this.#next = seq + 1;
      if (!onDisk) this.#keepInMemory(entry);
      const dropped = told === undefined ? this.#position.dropped : lessDropped(this.#position.dropped, told);
      if (!onDisk || told !== undefined) await this.#savePosition({ dropped });
      return { seq, kept: onDisk ? "disk" : "memory" };
    });
  }

  /** The oldest reports that wait, in order. */
  waiting(limit: { readonly reports: number; readonly bytes: number }): Promise<Waiting[]> {
    return this.#inTurn(async () => {
      const found: Waiting[] = [];
      let bytes = 0;
      for await (const each of this.#eligible()) {
        bytes += each.json.length;
        if (found.length > 0 && (found.length === limit.reports || bytes > limit.bytes)) break;
        found.push(each);
        if (found.length >= limit.reports) break;
      }
      return found;
    });
  }

  async *#eligible(): AsyncGenerator<Waiting> {
    for (const segment of this.#segments) {
      for (const place of segment.frames.filter(({ seq }) => seq > this.#position.acked)) {
        const path = this.#path(segment);
        const bytes = await this.#options.disk
          .readAt(path, place.offset, place.length)
          .catch(() => undefined);
        const json = bytes === undefined ? undefined : unpack(bytes);
        if (json !== undefined) yield { seq: place.seq, json };
        else await this.#forget(segment, place.seq);
      }
    }
    // Not on the disk: it goes out only once the disk knows that its number is taken, so that no other report gets it.
    for (const each of this.#memory) {
      const json = each.seq > this.#position.used ? undefined : unpack(each.frame);
      if (json !== undefined) yield { seq: each.seq, json };
    }
  }

  /** The server has all up to `seq`. */
  ack(seq: number): Promise<void> {
    return this.#inTurn(async () => {
      // A server that knows more than was ever sealed speaks of somebody else's reports.
      const acked = Math.min(seq, this.#next - 1);
      if (acked <= this.#position.acked) return;
      this.#memory = this.#memory.filter((each) => each.seq > acked);
      if (await this.#savePosition({ acked })) await this.#removeDone();
    });
  }

  /** The server will never take this one: it is kept aside, counted, and the next one comes. */
  refuse(report: Waiting): Promise<void> {
    return this.#inTurn(async () => {
      await this.#setAside(`refused-${report.seq}.json`, Buffer.from(report.json));
      const at = sealedAtOf(report.json) ?? this.#options.now();
      const dropped = addDropped(this.#position.dropped, { count: 1, from: at, to: at, reason: "refused" });
      const acked = Math.max(this.#position.acked, report.seq);
      this.#memory = this.#memory.filter((each) => each.seq > acked);
      if (await this.#savePosition({ acked, dropped })) await this.#removeDone();
    });
  }

  stats(): SpoolStats {
    const { acked } = this.#position;
    const places = this.#segments.flatMap((segment) => segment.frames.filter(({ seq }) => seq > acked));
    const all = [...places, ...this.#memory];
    const oldest = all[0]?.sealedAt;
    return {
      reports: all.length,
      bytes: this.#bytes(),
      ...(oldest === undefined ? {} : { oldest }),
      ...(this.#diskError === undefined ? {} : { diskError: this.#diskError }),
    };
  }

  /** What was lost and has not been told in a report yet. */
  get dropped(): readonly Dropped[] {
    return this.#position.dropped;
  }

  /** Numbers the live states; rises over restarts. */
  nextStateSeq(): number {
    this.#states += 1;
    return this.#position.opens * statesPerOpen + this.#states;
  }

  /** Resolves when all that was begun is done. */
  async close(): Promise<void> {
    await this.#inTurn(async () => {});
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => {});
    return result;
  }

  #path(segment: Segment): string {
    return join(this.#options.folder, segment.name);
  }

  #bytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
  }

  async #append(entry: InMemory): Promise<boolean> {
    await this.#makeRoom(entry.frame.length);
    const segment = await this.#segmentFor(entry.seq);
    const offset = segment.bytes;
    try {
      // A write that failed before may have left a file of this name.
      if (!this.#segments.includes(segment)) await this.#options.disk.remove(this.#path(segment));
      this.#dirty = true;
      await this.#options.disk.writeAt(this.#path(segment), offset, entry.frame);
      this.#dirty = false;
    } catch (error) {
      this.#noteFailure(error);
      if (!this.#segments.includes(segment)) await this.#abandon(segment);
      return false;
    }
    segment.frames.push({ seq: entry.seq, sealedAt: entry.sealedAt, offset, length: entry.frame.length });
    segment.bytes += entry.frame.length;
    if (!this.#segments.includes(segment)) this.#segments.push(segment);
    this.#diskError = undefined;
    return true;
  }

  /** The file for the next report, cut back to its last whole one; a new one when that is full or cannot be cut. */
  async #segmentFor(seq: number): Promise<Segment> {
    const known = this.#current;
    const usable = known !== undefined && known.bytes < this.#limits.segment;
    if (usable && !this.#dirty) return known;
    if (usable) {
      try {
        await this.#options.disk.truncate(this.#path(known), known.bytes);
        return known;
      } catch (error) {
        this.#noteFailure(error);
      }
    }
    const fresh: Segment = { name: segmentName(seq, this.epoch), frames: [], bytes: 0 };
    this.#current = fresh;
    return fresh;
  }

  async #abandon(segment: Segment): Promise<void> {
    this.#current = undefined;
    this.#dirty = false;
    await this.#options.disk.remove(this.#path(segment)).catch((error: unknown) => this.#noteFailure(error));
  }

  async #flushMemory(): Promise<boolean> {
    for (let head = this.#memory[0]; head !== undefined; head = this.#memory[0]) {
      if (!(await this.#append(head))) return false;
      this.#memory.shift();
    }
    return true;
  }

  #keepInMemory(entry: InMemory): void {
    this.#memory.push(entry);
    while (this.#memory.length > this.#limits.inMemory) {
      const at = this.#memory.shift()?.sealedAt ?? entry.sealedAt;
      const lost = { count: 1, from: at, to: at, reason: "spool-full" } as const;
      this.#position = { ...this.#position, dropped: addDropped(this.#position.dropped, lost) };
    }
  }

  async #makeRoom(needed: number): Promise<void> {
    while (this.#bytes() + needed > this.#limits.bytes) {
      const oldest = this.#segments[0];
      if (oldest === undefined || !(await this.#drop(oldest, "spool-full"))) return;
    }
  }

  async #dropOld(): Promise<void> {
    const before = this.#options.now() - this.#limits.age;
    for (const segment of this.#segments.slice()) {
      const newest = segment.frames.at(-1)?.sealedAt;
      if (newest === undefined || newest < plausibleSince || newest >= before) return;
      if (!(await this.#drop(segment, "too-old"))) return;
    }
  }

  /** The oldest file goes; its reports that waited are counted, and so is what they had to tell of others. */
  async #drop(segment: Segment, reason: Dropped["reason"]): Promise<boolean> {
    const lost = segment.frames.filter(({ seq }) => seq > this.#position.acked);
    let { dropped } = this.#position;
    for (const place of lost) {
      const { sealedAt: at } = place;
      dropped = addDropped(dropped, { count: 1, from: at, to: at, reason });
      const bytes = await this.#options.disk
        .readAt(this.#path(segment), place.offset, place.length)
        .catch(() => undefined);
      const told = bytes === undefined ? undefined : droppedIn(unpack(bytes));
      if (told !== undefined) dropped = addDropped(dropped, told);
    }
    const acked = Math.max(this.#position.acked, segment.frames.at(-1)?.seq ?? 0);
    if (!(await this.#savePosition({ acked, dropped }))) return false;
    await this.#removeDone();
    return !this.#segments.includes(segment);
  }

  /** Became unreadable since the start. */
  async #forget(segment: Segment, seq: number): Promise<void> {
    const place = segment.frames.find((each) => each.seq === seq);
    if (place === undefined) return;
    segment.frames.splice(segment.frames.indexOf(place), 1);
    const { sealedAt: at } = place;
    const dropped = addDropped(this.#position.dropped, { count: 1, from: at, to: at, reason: "corrupt" });
    await this.#savePosition({ dropped });
  }

  /** Files whose reports are all done with go; never before the position says so. */
  async #removeDone(): Promise<void> {
    for (const segment of this.#segments.slice()) {
      if (segment.frames.some(({ seq }) => seq > this.#position.acked)) return;
      const full = segment.bytes >= this.#limits.segment || this.#bytes() > this.#limits.bytes / 2;
      if (segment === this.#current && !full) return;
      try {
        await this.#options.disk.remove(this.#path(segment));
      } catch (error) {
        this.#noteFailure(error);
        return;
      }
      this.#segments.splice(this.#segments.indexOf(segment), 1);
      if (segment === this.#current) this.#current = undefined;
    }
  }

  async #savePosition(change: Partial<Position>): Promise<boolean> {
    // Kept in mind even when the disk fails: the next save carries it. Only `used` counts when it is on the disk.
    const before = this.#position;
    const used = Math.max(before.used, this.#memory.at(-1)?.seq ?? 0);
    const version = before.version + 1;
    const position = { ...before, ...change, used, version, droppedSince: this.#next - 1 };
    this.#position = position;
    try {
      const { offset, bytes } = encodeSlot(position);
      await this.#options.disk.writeAt(join(this.#options.folder, "position"), offset, bytes);
      return true;
    } catch (error) {
      this.#noteFailure(error);
      this.#position = { ...position, used: before.used };
      return false;
    }
  }

  async #setAside(name: string, bytes: Uint8Array): Promise<void> {
    await setAside(this.#options, name, bytes).catch((error: unknown) => this.#noteFailure(error));
  }

  #noteFailure(error: unknown): void {
    this.#diskError = error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
}

function unpack(frame: Uint8Array): string | undefined {
  const payload = payloadOf(frame);
  try {
    return payload === undefined ? undefined : zstdDecompressSync(payload, unpackLimit).toString("utf8");
  } catch {
    return undefined;
  }
}

function droppedIn(json: string | undefined): Dropped | undefined {
  return json === undefined ? undefined : (JSON.parse(json) as HealthReport).dropped;
}

function sealedAtOf(json: string): number | undefined {
  return (JSON.parse(json) as Partial<HealthReport>).sealedAt;
}
