import assert from "node:assert/strict";
import { test } from "node:test";
import { uuidV7, uuidV7Sequence } from "../../provisioning-server/uuid-v7.ts";

test("uuidV7() writes the example of RFC 9562 appendix A.6", () => {
  // rand_a CC3, rand_b 18C4DC0C0C07398F under the variant bits, unix_ts_ms 017F22E279B0
  const random = Buffer.from("0cc318c4dc0c0c07398f", "hex");
  assert.equal(uuidV7(0x017f22e279b0, random), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
});

test("uuidV7Sequence() sorts in the order of making, within a millisecond and when the clock steps back", () => {
  const next = uuidV7Sequence();
  const ids = Array.from({ length: 20_000 }, (_, count) => next(count === 10_000 ? 1 : 1_750_000_000_000));
  assert.deepEqual(ids.toSorted(), ids);
  assert.equal(new Set(ids).size, ids.length);
});
