import assert from "node:assert/strict";
import { test } from "node:test";
import { Tarpit } from "../../../provisioning-server/claims/tarpit.ts";

test("Tarpit holds for its time", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const tarpit = new Tarpit({ ms: 2000 });
  let free = false;
  const held = tarpit.hold().then(() => (free = true));
  t.mock.timers.tick(1999);
  await Promise.resolve();
  assert.equal(free, false);
  t.mock.timers.tick(1);
  await held;
  assert.equal(tarpit.held, 0);
});

test("when all places are taken, the oldest is let go", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const tarpit = new Tarpit({ places: 1000 });
  const first = tarpit.hold();
  for (let n = 1; n < 5000; n += 1) void tarpit.hold();
  await first;
  assert.equal(tarpit.held, 1000);
  tarpit.empty();
  assert.equal(tarpit.held, 0);
});
