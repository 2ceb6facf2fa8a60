import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import type { HealthReport } from "../../protocol/health-report.ts";
import type { Disk } from "../io/host/disk.ts";
import { addDropped, lessDropped } from "./dropped.ts";
import { payloadOf, readFrames, type FramePlace, type SpoolFile } from "./frame.ts";
import { readSlots, type Position } from "./position.ts";
import { setAside } from "./set-aside.ts";

/** One record file. */
export interface Segment {
  readonly name: string;
  readonly frames: FramePlace[];
  bytes: number;
}

/** What a spool's folder holds, after repair. */
export interface Scan {
  readonly position: Position;
  readonly segments: readonly Segment[];
  /** The number of the next report; no report that may have gone out has it. */
  readonly next: number;
}

interface Where {
  readonly folder: string;
  readonly disk: Disk;
  readonly now: () => number;
  readonly newEpoch: () => string;
  readonly lastEpoch?: string | undefined;
}

const namePattern = /^\d{16}\.([A-Za-z0-9-]{1,64})\.seg$/;

/** Names sort by the first report inside. */
export function segmentName(seq: number, epoch: string): string {
  return `${String(seq).padStart(16, "0")}.${epoch}.seg`;
}

/** Reads the folder, keeps damaged bytes aside, counts what is missing. @throws ErrnoException when it cannot be read */
export async function scanSpool(where: Where): Promise<Scan> {
  await where.disk.makeFolder(where.folder);
  const stored = readSlots(await where.disk.read(join(where.folder, "position")));
  const names = (await where.disk.list(where.folder)).filter((name) => namePattern.test(name));
  const epoch = stored?.epoch ?? namePattern.exec(names.at(-1) ?? "")?.[1] ?? where.newEpoch();
  let position = stored ?? freshPosition(where, epoch);
  const segments: Segment[] = [];
  let tailLoss = 0;
  let last = stored?.acked ?? 0;
  for (const name of names.filter((each) => namePattern.exec(each)?.[1] === epoch)) {
    const bytes = (await where.disk.read(join(where.folder, name))) ?? new Uint8Array();
    const file = readFrames(bytes);
    const headers = file.damage.reduce((sum, each) => sum + Math.max(1, each.headers), 0);
    if (file.damage.length > 0) await repair(where, name, bytes, file);
    // A number stands twice when a write was reported as failed and was not.
    const frames = file.frames.filter(({ seq }) => !segments.some((each) => holds(each, seq)));
    const missing = missingAfter(stored === undefined && segments.length === 0 ? undefined : last, frames);
    tailLoss = file.damage.length > 0 ? Math.max(0, headers - missing) : 0;
    if (file.damage.length > 0) position = countCorrupt(position, missing + tailLoss, frames, where.now());
    last = Math.max(last, frames.at(-1)?.seq ?? 0);
    if (frames.length > 0) segments.push(await asSegment(where, name, frames, file.damage.length > 0));
  }
  const acked = stored?.acked ?? Math.max(0, (segments[0]?.frames[0]?.seq ?? 1) - 1);
  const next = Math.max(acked, last + tailLoss, position.used) + 1;
  position = await withoutTold(where, segments, { ...position, acked, opens: position.opens + 1 });
  return { position: countUnwritten(position, last, where.now()), segments, next };
}

function freshPosition(where: Where, epoch: string): Position {
  const previous = where.lastEpoch === epoch ? undefined : where.lastEpoch;
  return {
    version: 1,
    epoch,
    ...(previous === undefined ? {} : { previousEpoch: previous }),
    acked: 0,
    used: 0,
    // A lost position must not number states below those already sent.
    opens: Math.max(1, Math.floor(where.now() / 60_000)),
    dropped: [],
    droppedSince: 0,
  };
}

function holds(segment: Segment, seq: number): boolean {
  const [first, last] = [segment.frames[0], segment.frames.at(-1)];
  return first !== undefined && last !== undefined && first.seq <= seq && seq <= last.seq;
}

/** Numbers that should stand before or between these frames, and do not. */
function missingAfter(last: number | undefined, frames: readonly FramePlace[]): number {
  const [first, end] = [frames[0], frames.at(-1)];
  if (first === undefined || end === undefined) return 0;
  const start = last === undefined ? first.seq - 1 : Math.min(last, first.seq - 1);
  return Math.max(0, end.seq - start - frames.length);
}

function countCorrupt(position: Position, count: number, near: readonly FramePlace[], now: number): Position {
  if (count === 0) return position;
  const times = near.map(({ sealedAt }) => sealedAt);
  const [from, to] = times.length === 0 ? [now, now] : [Math.min(...times), Math.max(...times)];
  return { ...position, dropped: addDropped(position.dropped, { count, from, to, reason: "corrupt" }) };
}

/** Reports that were kept in memory when the disk was full, went or did not go out, and ended with the process. */
function countUnwritten(position: Position, last: number, now: number): Position {
  const count = position.used - Math.max(last, position.acked, position.usedCounted ?? 0);
  if (count <= 0) return position;
  const dropped = addDropped(position.dropped, { count, from: now, to: now, reason: "spool-full" });
  return { ...position, usedCounted: position.used, dropped };
}

/** Sets the damaged bytes aside and leaves the whole frames. */
async function repair(where: Where, name: string, bytes: Uint8Array, file: SpoolFile): Promise<void> {
  for (const { offset, length } of file.damage) {
    // The disk may be full: the reports that are whole matter more.
    await setAside(where, `${name}-${offset}.bad`, bytes.subarray(offset, offset + length)).catch(() => {});
  }
  const whole = file.frames.map(({ offset, length }) => bytes.subarray(offset, offset + length));
  const path = join(where.folder, name);
  if (whole.length === 0) await where.disk.remove(path);
  else await where.disk.replace(path, Buffer.concat(whole)).catch(() => {});
}

async function asSegment(
  where: Where,
  name: string,
  frames: readonly FramePlace[],
  repaired: boolean,
): Promise<Segment> {
  if (!repaired) return { name, frames: [...frames], bytes: endOf(frames) };
  const bytes = (await where.disk.read(join(where.folder, name))) ?? new Uint8Array();
  return { name, frames: [...readFrames(bytes).frames], bytes: bytes.length };
}

function endOf(frames: readonly FramePlace[]): number {
  const last = frames.at(-1);
  return last === undefined ? 0 : last.offset + last.length;
}

/** A crash between a report that told of losses and the note that it did: the report on disk is the note. */
async function withoutTold(
  where: Where,
  segments: readonly Segment[],
  position: Position,
): Promise<Position> {
  if (position.dropped.length === 0) return position;
  let { dropped } = position;
  for (const segment of segments) {
    for (const place of segment.frames.filter(({ seq }) => seq > position.droppedSince)) {
      const frame = await where.disk.readAt(join(where.folder, segment.name), place.offset, place.length);
      const payload = payloadOf(frame);
      if (payload === undefined) continue;
      const report = JSON.parse(zstdDecompressSync(payload).toString("utf8")) as HealthReport;
      if (report.dropped !== undefined) dropped = lessDropped(dropped, report.dropped);
    }
  }
  return { ...position, dropped };
}
