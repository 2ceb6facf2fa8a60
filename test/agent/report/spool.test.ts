import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { readFrames } from "../../../agent/report/frame.ts";
import { Spool, spoolLimits, type SpoolLimits, type Waiting } from "../../../agent/report/spool.ts";
import type { Dropped, HealthReport } from "../../../protocol/health-report.ts";
import { MemoryDisk, type Fate } from "./memory-disk.ts";

const folder = "/spool";
const day = 24 * 3_600_000;
const start = Date.UTC(2026, 5, 1);

/** A report that can be told from all others by what it observed. */
function report(mark: number, sealedAt = start, size = 10): (seq: number, dropped?: Dropped) => HealthReport {
  return (seq, dropped) => ({
    seq,
    from: sealedAt,
    to: sealedAt,
    sealedAt,
    mono: 1,
    bootId: "boot",
    configVersion: 1,
    ...(dropped === undefined ? {} : { dropped }),
    observations: [
      {
        last: {
          probe: "t",
          subject: "host:h",
          key: `mark.${mark}`,
          value: noise(mark, size),
          at: sealedAt,
          outcome: "ok",
        },
        n: 1,
        bad: 0,
      },
    ],
    findings: [],
  });
}

/** Text that does not pack well. */
function noise(seed: number, size: number): string {
  let state = seed * 2_654_435_761 + 1;
  let text = "";
  while (text.length < size) {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    text += state.toString(36);
  }
  return text.slice(0, size);
}

const markOf = ({ json }: Waiting) =>
  Number((JSON.parse(json) as HealthReport).observations[0]?.last.key.slice("mark.".length));

const everything = { reports: 1_000_000, bytes: 1e12 };

function open(
  disk: MemoryDisk,
  options: { now?: () => number; limits?: Partial<SpoolLimits>; lastEpoch?: string } = {},
) {
  const { now = () => start, limits, lastEpoch } = options;
  return Spool.open({
    folder,
    disk,
    now,
    newEpoch: () => "epoch-new",
    limits: { ...spoolLimits, ...limits },
    ...(lastEpoch === undefined ? {} : { lastEpoch }),
  });
}

async function marks(spool: Spool): Promise<number[]> {
  return (await spool.waiting(everything)).map(markOf);
}

const copyOf = (disk: MemoryDisk) =>
  new Map([...disk.files].map(([path, bytes]) => [path, Buffer.from(bytes)]));
const segmentPath = (disk: MemoryDisk) => [...disk.files.keys()].find((path) => path.endsWith(".seg")) ?? "";

test("Spool gives reports back in order until they are acknowledged, over restarts", async () => {
  const disk = new MemoryDisk();
  const first = await open(disk);
  for (let mark = 1; mark <= 5; mark += 1) await first.seal(report(mark));
  await first.ack(2);
  const second = await open(disk);
  assert.deepEqual(await marks(second), [3, 4, 5]);
  assert.deepEqual(await second.seal(report(6)), { seq: 6, kept: "disk" });
  assert.equal(second.epoch, first.epoch);
  assert.deepEqual(
    (await second.waiting({ reports: 2, bytes: 1e9 })).map(({ seq }) => seq),
    [3, 4],
  );
  assert.equal(second.stats().reports, 4);
});

test("Spool, cut off at every byte, gives back every report that is still whole, and numbers on safely", async () => {
  const disk = new MemoryDisk();
  const spool = await open(disk);
  for (let mark = 1; mark <= 6; mark += 1) await spool.seal(report(mark));
  const path = segmentPath(disk);
  const whole = disk.files.get(path) ?? Buffer.alloc(0);
  const ends = readFrames(whole).frames.map(({ offset, length }) => offset + length);
  assert.equal(ends.length, 6);
  for (let length = 0; length <= whole.length; length += 1) {
    const cut = new MemoryDisk(copyOf(disk).set(path, Buffer.from(whole.subarray(0, length))));
    const again = await open(cut);
    const kept = ends.filter((end) => end <= length).length;
    assert.deepEqual(await marks(again), [1, 2, 3, 4, 5, 6].slice(0, kept), `cut at ${length}`);
    assert.deepEqual(again.dropped, [], `cut at ${length}`);
    assert.deepEqual(await again.seal(report(7)), { seq: kept + 1, kept: "disk" });
    assert.deepEqual(await marks(await open(cut)), [...[1, 2, 3, 4, 5, 6].slice(0, kept), 7]);
  }
});

test("Spool skips a record with any flipped byte, keeps it aside, counts it once, and never gives its number away", async () => {
  const disk = new MemoryDisk();
  const spool = await open(disk);
  for (let mark = 1; mark <= 4; mark += 1) await spool.seal(report(mark));
  const path = segmentPath(disk);
  const whole = disk.files.get(path) ?? Buffer.alloc(0);
  const { frames } = readFrames(whole);
  for (let at = 0; at < whole.length; at += 1) {
    const bytes = Buffer.from(whole);
    bytes.writeUInt8(bytes.readUInt8(at) ^ 0x55, at);
    const hit = 1 + frames.findIndex(({ offset, length }) => at < offset + length);
    const bad = new MemoryDisk(copyOf(disk).set(path, bytes));
    const again = await open(bad);
    assert.deepEqual(
      await marks(again),
      [1, 2, 3, 4].filter((mark) => mark !== hit),
      `byte ${at}`,
    );
    assert.deepEqual(
      again.dropped.map(({ count, reason }) => ({ count, reason })),
      [{ count: 1, reason: "corrupt" }],
    );
    assert.ok([...bad.files.keys()].some((name) => name.startsWith(`${folder}/aside/`)));
    assert.equal((await again.seal(report(5))).seq, 5, `byte ${at}`);
    const later = await open(bad);
    assert.deepEqual(later.dropped, [], "told in report 5, and not found again");
  }
});

test("Spool goes on from its record files when its position is lost", async () => {
  const disk = new MemoryDisk();
  const spool = await open(disk);
  for (let mark = 1; mark <= 3; mark += 1) await spool.seal(report(mark));
  disk.files.delete(`${folder}/position`);
  const again = await open(disk, { lastEpoch: "epoch-new", now: () => start + 120_000 });
  assert.equal(again.epoch, spool.epoch);
  assert.deepEqual(await marks(again), [1, 2, 3]);
  assert.ok(again.nextStateSeq() > spool.nextStateSeq());
});

test("Spool begins a new epoch after the known one when all of it is gone", async () => {
  const spool = await open(new MemoryDisk(), { lastEpoch: "epoch-old" });
  assert.equal(spool.epoch, "epoch-new");
  assert.equal(spool.previousEpoch, "epoch-old");
});

test("Spool keeps below its size, oldest out first, and tells in the next report what went", async () => {
  const disk = new MemoryDisk();
  const limits = { bytes: 8000, segment: 1000 };
  const spool = await open(disk, { limits });
  for (let mark = 1; mark <= 60; mark += 1) {
    await spool.seal(report(mark, start + mark, 300));
    assert.ok(spool.stats().bytes <= limits.bytes);
  }
  const waiting = await spool.waiting(everything);
  const kept = waiting.map(markOf);
  assert.equal(kept.at(-1), 60);
  assert.deepEqual(
    kept,
    Array.from(kept, (_, index) => 60 - kept.length + 1 + index),
    "the newest, without holes",
  );
  const told = waiting.flatMap(({ json }) => (JSON.parse(json) as HealthReport).dropped ?? []);
  const count = [...told, ...spool.dropped].reduce((sum, each) => sum + each.count, 0);
  assert.equal(count, 60 - kept.length);
});

test("Spool drops what is older than 30 days, and not what a clock that was never set calls old", async () => {
  const disk = new MemoryDisk();
  let now = start;
  const spool = await open(disk, { now: () => now, limits: { segment: 1 } });
  await spool.seal(report(1, now));
  await spool.seal(report(2, now + 20 * day));
  now = start + 31 * day;
  await spool.seal(report(3, now));
  assert.deepEqual(await marks(spool), [2, 3]);
  const unset = new MemoryDisk();
  const misdated = await open(unset, { now: () => now, limits: { segment: 1 } });
  await misdated.seal(report(1, 1000));
  await misdated.seal(report(2, now));
  assert.deepEqual(await marks(misdated), [1, 2]);
});

test("Spool keeps the newest 50 in memory while the disk is full, and writes them when it is not", async () => {
  let fate: Fate = "works";
  // The position file is written in place: no block is needed for it.
  const disk = new MemoryDisk(new Map(), () => fate);
  const spool = await open(disk);
  await spool.seal(report(1));
  fate = "fails";
  for (let mark = 2; mark <= 62; mark += 1) assert.equal((await spool.seal(report(mark))).kept, "memory");
  assert.equal(spool.stats().diskError, "ENOSPC");
  assert.equal(spool.stats().reports, 51);
  fate = "works";
  assert.equal((await spool.seal(report(63))).kept, "disk");
  assert.equal(spool.stats().diskError, undefined);
  const again = await open(disk);
  assert.deepEqual(await marks(again), [1, ...Array.from({ length: 51 }, (_, index) => 13 + index)]);
});

test("Spool sends nothing whose number a restart could give to another report", async () => {
  let fate: Fate = "works";
  const disk = new MemoryDisk(
    new Map(),
    () => fate,
    () => 0,
  );
  const spool = await open(disk);
  fate = "fails";
  await spool.seal(report(1));
  assert.deepEqual(await marks(spool), [], "neither the report nor its number is on the disk");
});

test("Spool keeps a refused report aside, counts it, and goes on", async () => {
  const disk = new MemoryDisk();
  const spool = await open(disk);
  await spool.seal(report(1));
  await spool.seal(report(2));
  const [head] = await spool.waiting({ reports: 1, bytes: 1e9 });
  if (head === undefined) assert.fail("nothing waits");
  await spool.refuse(head);
  assert.deepEqual(await marks(spool), [2]);
  assert.ok(disk.files.has(`${folder}/aside/refused-1.json`));
  assert.equal(spool.dropped[0]?.reason, "refused");
});

// What may happen to a spool, as a machine that fails and dies at any write sees it.
const steps = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constant("seal" as const) },
    { weight: 2, arbitrary: fc.constant("deliver" as const) },
    { weight: 2, arbitrary: fc.constant("restart" as const) },
  ),
  { minLength: 1, maxLength: 60 },
);

/** The server as a spool sees it: takes each number once, and minds when one stands for two reports. */
class NumberedServer {
  readonly #marks = new Map<number, number>();

  take(batch: readonly Waiting[]): void {
    for (const [index, each] of batch.entries()) {
      assert.ok(each.seq > (batch[index - 1]?.seq ?? 0), "reports come in order, each once");
      const known = this.#marks.get(each.seq);
      assert.ok(known === undefined || known === markOf(each), `number ${each.seq} was given twice`);
      this.#marks.set(each.seq, markOf(each));
      const { dropped } = JSON.parse(each.json) as HealthReport;
      assert.notEqual(dropped?.reason, "corrupt", "a write that failed was taken for damage");
    }
  }

  get arrived(): number[] {
    return [...this.#marks.values()];
  }
}

test("Spool loses nothing and doubles nothing, whatever write fails or is the machine's last", async () => {
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.noBias(fc.integer({ min: 1, max: 2 ** 30 })),
      fc.constantFrom(0, 0.1, 0.4),
      fc.constantFrom(0, 0.03, 0.1),
      async (history, seed, failing, dying) => {
        const chance = fractions(seed);
        let isOpen = false;
        const fate = (): Fate => {
          const x = isOpen ? chance() : 1;
          if (x < dying) return "dies";
          return x < dying + failing ? "fails" : "works";
        };
        // A write that fails may have reached the disk in part, wholly, or not at all.
        const part = () => Math.min(1, Math.max(0, chance() * 2 - 0.5));
        const limits = { segment: 400 };
        const server = new NumberedServer();
        const safe = new Set<number>();
        let disk = new MemoryDisk(new Map(), fate, part);
        let spool = await open(disk, { limits });
        isOpen = true;
        const restart = async () => {
          isOpen = false;
          disk = new MemoryDisk(copyOf(disk), fate, part);
          spool = await open(disk, { limits });
          isOpen = true;
        };
        let mark = 0;
        for (const step of history) {
          if (step === "seal") {
            mark += 1;
            const { kept } = await spool.seal(report(mark, start, Math.floor(chance() * 200)));
            if (kept === "disk") safe.add(mark);
          } else if (step === "deliver") {
            const batch = await spool.waiting({ reports: 3, bytes: 1e9 });
            server.take(batch);
            const last = batch.at(-1);
            if (last !== undefined) await spool.ack(last.seq);
          }
          if (step === "restart" || disk.dead) await restart();
        }
        await restart();
        isOpen = false;
        server.take(await spool.waiting(everything));
        assert.ok(spool.dropped.every(({ reason }) => reason !== "corrupt"));
        const { arrived } = server;
        assert.equal(new Set(arrived).size, arrived.length, "a report arrived under two numbers");
        for (const each of safe)
          assert.ok(arrived.includes(each), `report ${each} was kept on disk and is lost`);
      },
    ),
    { numRuns: 1500 },
  );
});

/** Evenly spread, 0 ≤ x < 1. */
function fractions(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test("readFrames() takes any bytes: 100,000 of them, damaged in every way", () => {
  const seed = 20_260_801;
  console.log(`seed ${seed}`);
  let state = seed;
  const random = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state % below;
  };
  const base = new MemoryDisk();
  return open(base).then(async (spool) => {
    for (let mark = 1; mark <= 3; mark += 1) await spool.seal(report(mark));
    const whole = base.files.get(segmentPath(base)) ?? Buffer.alloc(0);
    for (let round = 0; round < 100_000; round += 1) {
      const bytes = Buffer.from(
        whole.subarray(random(8) === 0 ? random(whole.length) : 0, random(whole.length + 1)),
      );
      for (let hits = random(4); hits > 0 && bytes.length > 0; hits -= 1)
        bytes.writeUInt8(random(256), random(bytes.length));
      const file = readFrames(bytes);
      let at = 0;
      const stretches = [...file.frames, ...file.damage].toSorted((a, b) => a.offset - b.offset);
      for (const { offset, length } of stretches) {
        assert.equal(offset, at);
        at = offset + length;
      }
      assert.ok(at <= bytes.length);
    }
  });
});
