import { join } from "node:path";
import { zstdDecompressSync } from "node:zlib";
import type { Dropped, HealthReport } from "../../protocol/health-report.ts";
import type { Disk } from "../io/host/disk.ts";
import { payloadOf, readFrames } from "./frame.ts";
import { readSlots } from "./position.ts";

/** One report in a spool, in short. */
export interface SpooledReport {
  readonly seq: number;
  readonly sealedAt: number;
  /** On the disk. */
  readonly bytes: number;
  readonly observations: number;
  readonly findings: number;
}

export interface SpoolListing {
  readonly epoch?: string;
  readonly ackedSeq: number;
  readonly waiting: readonly SpooledReport[];
  readonly dropped: readonly Dropped[];
  /** Stretches of bytes that are no reports; the agent sets them aside when it starts. */
  readonly damaged: number;
}

/** What a spool holds, without touching it: for people who look while the agent runs. */
export async function readSpool(folder: string, disk: Disk): Promise<SpoolListing> {
  const position = readSlots(await disk.read(join(folder, "position")));
  const ackedSeq = position?.acked ?? 0;
  const waiting: SpooledReport[] = [];
  let damaged = 0;
  for (const name of (await disk.list(folder)).filter((each) => each.endsWith(".seg"))) {
    const bytes = (await disk.read(join(folder, name))) ?? new Uint8Array();
    const file = readFrames(bytes);
    damaged += file.damage.length;
    for (const { seq, sealedAt, offset, length } of file.frames) {
      if (seq <= ackedSeq) continue;
      const report = reportOf(bytes.subarray(offset, offset + length));
      const counts = { observations: report.observations.length, findings: report.findings.length };
      waiting.push({ seq, sealedAt, bytes: length, ...counts });
    }
  }
  return {
    ...(position === undefined ? {} : { epoch: position.epoch }),
    ackedSeq,
    waiting,
    dropped: position?.dropped ?? [],
    damaged,
  };
}

function reportOf(frame: Uint8Array): Pick<HealthReport, "observations" | "findings"> {
  const payload = payloadOf(frame);
  if (payload === undefined) return { observations: [], findings: [] };
  return JSON.parse(zstdDecompressSync(payload).toString("utf8")) as HealthReport;
}
