import assert from "node:assert/strict";
import { test } from "node:test";
import { decodePosixAcl } from "../../../protocol/pbx-config/posix-acl.ts";
import { seededRandom } from "../../fakes/seeded-random.ts";

// `setfacl -m u:1001:r FILE` on a file of mode 640, as getxattr(2) gives it.
const good = Buffer.from(
  "0200000001000600ffffffff02000400e903000004000400ffffffff10000400ffffffff20000000ffffffff",
  "hex",
);

test("decodePosixAcl() reads what setfacl wrote", () => {
  const read = decodePosixAcl(good);
  assert.ok(read.ok);
  assert.deepEqual(
    read.value.map(({ of, rights }) => `${of} ${rights}`),
    ["owner 6", "user 4", "owning-group 4", "mask 4", "other 0"],
  );
  assert.equal(read.value[1]?.id, 1001);
});

test("decodePosixAcl() takes 100,000 altered inputs without throwing", () => {
  const seed = 7;
  const random = seededRandom(seed);
  let taken = 0;
  for (let round = 0; round < 100_000; round += 1) {
    const bytes = Buffer.from(good.subarray(0, Math.floor(random.next() * (good.length + 1))));
    for (let change = 0; change < 2 && bytes.length > 4; change += 1)
      bytes[4 + Math.floor(random.next() * (bytes.length - 4))] = Math.floor(random.next() * 256);
    if (decodePosixAcl(bytes).ok) taken += 1;
  }
  assert.ok(taken > 0, `seed ${seed}`);
});
