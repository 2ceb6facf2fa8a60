import { deepEqual, equal, match, ok } from "node:assert/strict";
import { describe, test } from "node:test";
import { Audit } from "../../../provisioning-server/store/audit.ts";
import {
  Commands,
  longestWork,
  orderLife,
  type CommandOrder,
} from "../../../provisioning-server/store/commands.ts";
import { dialects } from "./dialects.ts";

const agent = { tenant: "default", agent: "agent-0001" };
const order: CommandOrder = {
  agent,
  subject: "port:sw1/7",
  wish: { kind: "bounce-port", switch: "sw1", port: "7", phone: "805ec0010007" },
  detail: "restart 80:5e:c0:01:00:07 on port 7 of sw1",
  who: "anna",
  address: "192.0.2.1",
};
const done = { outcome: "done", sentence: "It is back." } as const;

for (const dialect of dialects)
  describe(`commands and audit over ${dialect.name}`, () => {
    async function withStore(
      run: (use: {
        commands: Commands;
        audit: Audit;
        clock: { now: number };
        raw: Awaited<ReturnType<typeof dialect.open>>;
      }) => Promise<void>,
    ) {
      const clock = { now: 1_750_000_000_000 };
      const store = await dialect.open(() => clock.now);
      try {
        await run({ commands: new Commands(store), audit: new Audit(store), clock, raw: store });
      } finally {
        await store.close();
      }
    }

    test("an order is handed out once, to its own agent, and its result is taken once", () =>
      withStore(async ({ commands }) => {
        const id = (await commands.order(order)) ?? "";
        deepEqual(await commands.take({ tenant: "default", agent: "another" }), []);
        deepEqual(await commands.take({ tenant: "other", agent: agent.agent }), []);
        equal(await commands.isWaiting(agent), true);
        deepEqual(await commands.take(agent), [{ ...order.wish, id }]);
        deepEqual(await commands.take(agent), []);
        equal((await commands.find("default", id))?.state, "taken");
        equal(await commands.finish({ tenant: "default", agent: "another" }, id, done), false);
        equal(await commands.finish(agent, id, done), true);
        equal(await commands.finish(agent, id, done), false);
        const stand = await commands.find("default", id);
        deepEqual([stand?.state, stand?.sentence, stand?.who], ["done", "It is back.", "anna"]);
        equal(await commands.find("other", id), undefined);
      }));

    test("nothing is ordered twice at a time for one port, and a result ends that", () =>
      withStore(async ({ commands, clock }) => {
        const id = (await commands.order(order)) ?? "";
        ok(id !== "");
        equal(await commands.order(order), undefined);
        ok(await commands.order({ ...order, subject: "port:sw1/8" }));
        await commands.take(agent);
        clock.now += orderLife + 1;
        equal(await commands.order(order), undefined, "the agent is at it");
        await commands.finish(agent, id, done);
        ok(await commands.order(order));
        await commands.take(agent);
        clock.now += longestWork + 1;
        ok(await commands.order(order), "an agent that died blocks a port no longer");
      }));

    test("an order that is not fetched in time is never done", () =>
      withStore(async ({ commands, clock }) => {
        const id = (await commands.order(order)) ?? "";
        clock.now += orderLife;
        equal(await commands.isWaiting(agent), false);
        deepEqual(await commands.take(agent), []);
        equal((await commands.find("default", id))?.state, "late");
      }));

    test("what came to its end is forgotten, what is under way is not; the book keeps both", () =>
      withStore(async ({ commands, audit, clock }) => {
        const begun = clock.now;
        const finished = (await commands.order(order)) ?? "";
        await commands.take(agent);
        await commands.finish(agent, finished, done);
        const never = (await commands.order({ ...order, subject: "port:sw1/8" })) ?? "";
        clock.now += 86_400_000;
        const recent = (await commands.order({ ...order, subject: "port:sw1/9" })) ?? "";
        await commands.prune(begun);
        equal((await commands.find("default", finished))?.state, "done");
        await commands.prune(begun + 1);
        equal(await commands.find("default", finished), undefined);
        equal(await commands.find("default", never), undefined);
        equal((await commands.find("default", recent))?.state, "waiting");
        equal((await audit.latest("default", 10)).length, 4);
      }));

    test("the book says who asked, from where, and what came of it; an entry that was altered or taken out shows", () =>
      withStore(async ({ commands, audit, raw }) => {
        const id = (await commands.order(order)) ?? "";
        await commands.take(agent);
        await commands.finish(agent, id, done);
        await audit.add("other", { who: "x", what: "y", subject: "switch:sw1", detail: "" });
        const rows = await audit.latest("default", 10);
        deepEqual(
          rows.map(({ entry, who, what, address }) => [entry, who, what, address]),
          [
            [2, "agent:agent-0001", "bounce-port done", undefined],
            [1, "anna", "bounce-port asked", "192.0.2.1"],
          ],
        );
        match(rows[1]?.detail ?? "", /restart 80:5e/);
        equal(await audit.firstBroken("default"), undefined);
        await raw.db
          .updateTable("audit")
          .set({ who: "bert" })
          .where("tenant_id", "=", "default")
          .where("entry", "=", 1)
          .execute();
        equal(await audit.firstBroken("default"), 1);
        await raw.db.deleteFrom("audit").where("tenant_id", "=", "default").where("entry", "=", 1).execute();
        equal(await audit.firstBroken("default"), 2);
        equal(await audit.firstBroken("other"), undefined);
      }));
  });
