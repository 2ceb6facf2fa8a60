import assert from "node:assert/strict";
import { test } from "node:test";
import { takeBatch, type Ledger } from "../../../provisioning-server/reports/ledger.ts";

const empty: Ledger = { epoch: "a", open: false, lastSeq: 0, gaps: [] };

function taken(ledger: Ledger, seqs: number[], epoch = "a", previousEpoch?: string) {
  const result = takeBatch(ledger, { epoch, previousEpoch, seqs });
  if (result.kind !== "taken") assert.fail(`${result.kind} ${result.current}`);
  return { ledger: result.ledger, fresh: [...result.fresh].toSorted((a, b) => a - b) };
}

test("takeBatch() takes new numbers, and acknowledges known ones again without storing them", () => {
  const first = taken(empty, [1, 2, 3]);
  assert.deepEqual(first.fresh, [1, 2, 3]);
  const again = taken(first.ledger, [2, 3, 4]);
  assert.deepEqual(again.fresh, [4]);
  assert.equal(again.ledger.lastSeq, 4);
});

test("takeBatch() shows a gap, and takes what comes late into it", () => {
  const gap = taken(empty, [1, 6]);
  assert.deepEqual(gap.ledger.gaps, [{ first: 2, last: 5 }]);
  const late = taken(gap.ledger, [3]);
  assert.deepEqual(late.fresh, [3]);
  assert.deepEqual(late.ledger.gaps, [
    { first: 2, last: 2 },
    { first: 4, last: 5 },
  ]);
  assert.deepEqual(taken(late.ledger, [3]).fresh, []);
});

test("takeBatch() takes an unknown epoch only as successor of the stored one, or after enrolment", () => {
  const known = { ...empty, lastSeq: 9 };
  assert.deepEqual(takeBatch(known, { epoch: "b", seqs: [1] }), { kind: "epoch-conflict", current: "a" });
  assert.deepEqual(takeBatch(known, { epoch: "b", previousEpoch: "x", seqs: [1] }), {
    kind: "epoch-conflict",
    current: "a",
  });
  assert.deepEqual(taken(known, [1], "b", "a").ledger, { epoch: "b", open: false, lastSeq: 1, gaps: [] });
  assert.deepEqual(taken({ ...known, open: true }, [1], "b").fresh, [1]);
  assert.deepEqual(taken({ ...known, open: true }, [9, 10], "a").fresh, [10]);
  assert.deepEqual(taken({ ...empty, epoch: undefined }, [1]).fresh, [1]);
});

test("takeBatch(): acknowledged = stored once, over 100,000 duplicated, reordered and replayed numbers", () => {
  const seed = 20_260_802;
  console.log(`seed ${seed}`);
  let state = seed;
  const random = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state % below;
  };
  let operations = 0;
  while (operations < 100_000) {
    let ledger: Ledger = { ...empty, epoch: undefined };
    const stored = new Set<number>();
    for (let batch = 0; batch < 40; batch += 1) {
      const base = random(120);
      const seqs = Array.from({ length: 1 + random(12) }, () => 1 + base + random(15));
      operations += seqs.length;
      const result = taken(ledger, seqs);
      for (const seq of result.fresh) {
        assert.ok(!stored.has(seq), `${seq} would be stored twice`);
        stored.add(seq);
      }
      for (const seq of seqs) assert.ok(stored.has(seq), `${seq} was acknowledged and is not stored`);
      ledger = result.ledger;
      const highest = Math.max(...stored);
      const missing = Array.from({ length: highest }, (_, index) => index + 1).filter(
        (seq) => !stored.has(seq),
      );
      const holes = ledger.gaps.flatMap(({ first, last }) =>
        Array.from({ length: last - first + 1 }, (_, index) => first + index),
      );
      assert.equal(ledger.lastSeq, highest);
      assert.deepEqual(holes, missing);
    }
  }
});
