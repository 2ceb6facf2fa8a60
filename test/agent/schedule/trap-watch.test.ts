import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { silentLog } from "../../../agent/io/log.ts";
import { systemIo } from "../../../agent/io/system-io.ts";
import { poePorts } from "../../../agent/probes/poe-ports.ts";
import { poePulse } from "../../../agent/probes/poe-pulse.ts";
import { readyPlans } from "../../../agent/schedule/plans.ts";
import { TrapWatch } from "../../../agent/schedule/trap-watch.ts";
import { openTrapSender, trapV2 } from "../../fakes/switch/trap-sender.ts";

const plan = (id: string, probe: string, target: string, settings = {}) => {
  const schedule = "*/30 * * * * *";
  return { id, probe, target, settings, schedule };
};

function plansOf(...probes: ReturnType<typeof plan>[]) {
  const site = { version: 1, site: "s", name: "", probes, thresholds: {}, sealEvery: 300 };
  const ready = readyPlans(site, [poePorts, poePulse]);
  if (!ready.ok) assert.fail(JSON.stringify(ready.problems));
  return ready.plans;
}

async function watching() {
  const hurried: string[] = [];
  let told = () => {};
  const watch = new TrapWatch({
    io: { ...systemIo(), resolve: async (host) => (host === "sw3.example" ? ["127.0.0.3"] : []) },
    log: silentLog,
    hurry: (id, { settle, apart }) => {
      hurried.push(`${id} ${settle} ${apart}`);
      told();
    },
  });
  await watch.start({ address: "127.0.0.1", port: 0, users: [] });
  const port = watch.status?.port ?? 0;
  return {
    watch,
    hurried,
    async trap(from: string, id: number) {
      await using sender = await openTrapSender(from);
      const heard = new Promise<void>((resolve) => (told = resolve));
      await sender.send(trapV2("1.3.6.1.6.3.1.1.5.3", id), port);
      await heard;
    },
    [Symbol.asyncDispose]: () => watch.stop(),
  };
}

describe("TrapWatch", { timeout: 20_000 }, () => {
  it("takes the plans of the trap's switch out of their turn, and no others", async () => {
    await using at = await watching();
    await at.watch.watch(
      plansOf(
        plan("pulse", "poe-pulse", "127.0.0.1:1161"),
        plan("full", "poe-ports", "127.0.0.1:1161"),
        plan("other", "poe-pulse", "127.0.0.2"),
        plan("named", "poe-pulse", "sw3.example"),
        plan("multi", "poe-pulse", "127.0.0.9", { answersFrom: ["127.0.0.5"] }),
      ),
    );
    await at.trap("127.0.0.1", 1);
    assert.deepEqual(at.hurried.splice(0), ["pulse 2000 10000", "full 2000 30000"]);
    await at.trap("127.0.0.3", 2);
    assert.deepEqual(at.hurried.splice(0), ["named 2000 10000"]);
    await at.trap("127.0.0.5", 3);
    assert.deepEqual(at.hurried, ["multi 2000 10000"]);
  });

  it("counts what strangers send, and forgets switches that are watched no more", async () => {
    await using at = await watching();
    await at.watch.watch(plansOf(plan("pulse", "poe-pulse", "127.0.0.1")));
    await at.watch.watch([]);
    await using sender = await openTrapSender();
    await sender.send(trapV2("1.3.6.1.6.3.1.1.5.3", 1), at.watch.status?.port ?? 0);
    while (at.watch.status?.foreign !== 1) await new Promise((resolve) => setImmediate(resolve));
    assert.deepEqual(at.hurried, []);
  });

  it("goes on without traps where the port is taken", async () => {
    await using first = await watching();
    const second = new TrapWatch({ io: systemIo(), log: silentLog, hurry: () => {} });
    await second.start({ address: "127.0.0.1", port: first.watch.status?.port ?? 0, users: [] });
    assert.equal(second.status, undefined);
    await second.stop();
  });
});
