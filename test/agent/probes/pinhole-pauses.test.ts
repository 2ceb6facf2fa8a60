import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  firstPauses,
  keepAliveFor,
  lifeOf,
  narrow,
  nextPauses,
  type LifeBracket,
} from "../../../agent/probes/pinhole/pauses.ts";

test("the pauses find any lifetime to within 1.2 s or 5 %, in few rounds", () => {
  const lifetimes = fc.double({ min: 1.5, max: 179, noNaN: true });
  fc.assert(
    fc.property(lifetimes, (life) => {
      let bracket: LifeBracket = { alive: 0 };
      let rounds = 0;
      for (let pauses = firstPauses(180); pauses.length > 0; pauses = nextPauses(bracket)) {
        rounds += 1;
        bracket = narrow(
          bracket,
          pauses.map((pause) => ({ pause, alive: pause < life })),
        );
      }
      assert.ok(rounds <= 3, `${rounds} rounds`);
      assert.ok(Math.abs((lifeOf(bracket) ?? NaN) - life) <= Math.max(1.2, 0.05 * life));
    }),
  );
});

test("narrow() takes the shortest death where pauses contradict each other", () => {
  const tried = [
    { pause: 10, alive: true },
    { pause: 20, alive: false },
    { pause: 30, alive: true },
  ];
  assert.deepEqual(narrow({ alive: 5 }, tried), { alive: 10, dead: 20 });
});

test("keepAliveFor() is 0.8 of the lifetime, 29 s at most, and never more than was survived", () => {
  assert.equal(keepAliveFor({ alive: 19.5, dead: 20.5 }), 16);
  assert.equal(keepAliveFor({ alive: 118, dead: 122 }), 29);
  assert.equal(keepAliveFor({ alive: 180 }), 29);
  assert.equal(keepAliveFor({ alive: 3 }), 3);
  assert.equal(keepAliveFor({ alive: 1, dead: 2.2 }), 1);
  assert.equal(keepAliveFor({ alive: 0, dead: 1 }), undefined);
});
