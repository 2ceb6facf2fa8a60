// A child of spool-kill.test.ts: seals reports one after the other, says each number once it is safe, until it is killed.
import { writeSync } from "node:fs";
import { systemDisk } from "../../../agent/io/host/disk.ts";
import { Spool } from "../../../agent/report/spool.ts";

const [folder = "", first = "1"] = process.argv.slice(2);
const spool = await Spool.open({
  folder,
  disk: systemDisk,
  now: Date.now,
  newEpoch: () => "kill",
  limits: { bytes: 64 * 1024 * 1024, segment: 8 * 1024, age: 30 * 24 * 3_600_000, inMemory: 50 },
});
for (let mark = Number(first); ; mark += 1) {
  const now = Date.now();
  const { seq, kept } = await spool.seal((number) => ({
    seq: number,
    from: now,
    to: now,
    sealedAt: now,
    mono: 0,
    bootId: String(mark),
    configVersion: 0,
    observations: [],
    findings: [],
  }));
  writeSync(1, `${seq} ${mark} ${kept}\n`);
  // Acknowledge now and then, as a server would: positions and removals are in flight too.
  if (mark % 7 === 0) {
    writeSync(1, `ack ${seq - 3}\n`);
    await spool.ack(seq - 3);
  }
}
