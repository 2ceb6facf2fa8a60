import assert from "node:assert/strict";
import { test } from "node:test";
import { TimerWheel } from "../../../provisioning-server/doors/tftp-timers.ts";

/** The wheel's clock runs a hundred times faster than the machine's. */
const mono = () => performance.now() * 100;

test("the wheel wakes everybody, in order, and never before the time", async () => {
  const wheel = new TimerWheel(mono);
  const woken: string[] = [];
  const begun = mono();
  const waits = { soon: 5, later: 3000, "beyond the wheel": 12_000 };
  await Promise.all(
    Object.entries(waits).map(([name, wait]) => {
      const wakeAt = begun + wait;
      return new Promise<void>((resolve) => {
        const sleeper = {
          wakeAt,
          wake(now: number) {
            // What lies further than the wheel is round is looked at on the way, and lies again.
            if (now < wakeAt) return void wheel.add(sleeper);
            woken.push(name);
            resolve();
          },
        };
        wheel.add(sleeper);
      });
    }),
  );
  assert.deepEqual(woken, Object.keys(waits));
});

test("who is taken off the wheel sleeps on", async () => {
  const wheel = new TimerWheel(mono);
  const never = { wakeAt: mono() + 10, wake: () => assert.fail("woken") };
  wheel.remove(never, wheel.add(never));
  await new Promise<void>((resolve) => wheel.add({ wakeAt: mono() + 2000, wake: () => resolve() }));
});

test("a slot is too late for a time that is more than a tick before it", () => {
  const wheel = new TimerWheel(() => 0);
  const sleeper = { wakeAt: 1000, wake: () => {} };
  const slot = wheel.add(sleeper);
  assert.deepEqual([wheel.isLater(slot, 1000), wheel.isLater(slot, 500)], [false, true]);
  wheel.remove(sleeper, slot);
});
