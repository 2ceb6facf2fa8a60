import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { systemDisk } from "../../../agent/io/host/disk.ts";
import { Spool } from "../../../agent/report/spool.ts";
import type { HealthReport } from "../../../protocol/health-report.ts";

const child = fileURLToPath(new URL("seal-for-ever.ts", import.meta.url));
const kills = 25;

/** Runs the child and kills it in the middle of its work; returns what it said. */
async function sealAndKill(folder: string, firstMark: number, lines: number): Promise<string[]> {
  const process_ = spawn(process.execPath, [child, folder, String(firstMark)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const said: string[] = [];
  for await (const line of createInterface({ input: process_.stdout })) {
    said.push(line);
    if (said.length === lines) process_.kill("SIGKILL");
  }
  return said;
}

test(`Spool opens after kill -9 of its process, ${kills} times, with nothing lost and nothing doubled`, async () => {
  const folder = mkdtempSync(join(tmpdir(), "offhook-spool-"));
  const seed = Date.now() % 100_000;
  console.log(`seed ${seed}`);
  let state = seed;
  const safe = new Map<number, number>();
  let acked = 0;
  let mark = 1;
  try {
    for (let round = 0; round < kills; round += 1) {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      const said = await sealAndKill(folder, mark, 1 + (state % 40));
      assert.ok(said.length > 0, "the child came to seal something");
      for (const line of said) {
        const [first = "", second = "", kept] = line.split(" ");
        if (first === "ack") acked = Math.max(acked, Number(second));
        else {
          assert.equal(kept, "disk");
          assert.ok(!safe.has(Number(first)), `number ${first} was given twice`);
          safe.set(Number(first), Number(second));
          mark = Math.max(mark, Number(second) + 1);
        }
      }
      // The report that was being sealed when the kill came may be there too.
      mark += 1;
    }
    const spool = await Spool.open({ folder, disk: systemDisk, now: Date.now, newEpoch: () => "other" });
    const waiting = await spool.waiting({ reports: 1_000_000, bytes: 1e12 });
    const there = new Map(
      waiting.map(({ seq, json }) => [seq, Number((JSON.parse(json) as HealthReport).bootId)]),
    );
    assert.equal(spool.epoch, "kill");
    assert.equal(there.size, waiting.length);
    for (const [seq, was] of safe) if (seq > acked) assert.equal(there.get(seq), was, `report ${seq}`);
    assert.equal(new Set(there.values()).size, there.size);
    assert.deepEqual(spool.dropped, []);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
