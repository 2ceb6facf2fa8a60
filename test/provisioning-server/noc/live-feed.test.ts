import { deepEqual, equal } from "node:assert/strict";
import { describe, test } from "node:test";
import {
  LiveFeed,
  type LiveMessage,
  type OverviewDelta,
  overviewDelta,
} from "../../../provisioning-server/noc/live-feed.ts";
import type { AgentRow, Overview } from "../../../provisioning-server/noc/overview.ts";

const agent = (id: string, lastHeard = 0): AgentRow => ({
  id,
  site: "s",
  siteName: "S",
  hostname: id,
  version: "1",
  state: "online",
  lastHeard,
});
const overview = (...agents: AgentRow[]): Overview => ({ incidents: [], sites: [], agents });

describe("overviewDelta()", () => {
  test("is undefined when nothing changed", () => {
    equal(overviewDelta(overview(agent("a")), overview(agent("a"))), undefined);
  });

  test("carries only the rows that changed, and the whole order", () => {
    const delta = overviewDelta(overview(agent("a"), agent("b")), overview(agent("b", 5), agent("a")));
    deepEqual(delta, { agents: { put: [agent("b", 5)], order: ["b", "a"] } });
  });

  test("a row that is gone is no longer in the order", () => {
    deepEqual(overviewDelta(overview(agent("a"), agent("b")), overview(agent("b"))), {
      agents: { put: [], order: ["b"] },
    });
  });
});

function feedOf(state: { overview: Overview; reads: number }): LiveFeed {
  return new LiveFeed(
    {
      async read() {
        state.reads += 1;
        return state.overview;
      },
      coalesce: 5,
      refresh: 60_000,
      onError(error) {
        throw error;
      },
    },
    "run",
  );
}

/** Gathers messages and lets a test wait for the next one. */
function listener() {
  const heard: LiveMessage[] = [];
  let wake = (): void => {};
  return {
    heard,
    tell: (message: LiveMessage): void => {
      heard.push(message);
      wake();
    },
    async until(count: number) {
      while (heard.length < count)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    },
  };
}

describe("LiveFeed", () => {
  test("tells a newcomer the whole, then only what changes", async () => {
    const state = { overview: overview(agent("a")), reads: 0 };
    const feed = feedOf(state);
    const ear = listener();
    const leave = await feed.listen("t", undefined, ear.tell);
    equal(ear.heard[0]?.event, "reset");
    deepEqual(JSON.parse(ear.heard[0]?.data ?? ""), state.overview);
    state.overview = overview(agent("a", 9));
    feed.touch("t");
    await ear.until(2);
    const delta: OverviewDelta = JSON.parse(ear.heard[1]?.data ?? "");
    deepEqual(delta.agents?.put, [agent("a", 9)]);
    leave();
    equal(feed.listeners(), 0);
    feed.close();
  });

  test("many touches at once are one look", async () => {
    const state = { overview: overview(agent("a")), reads: 0 };
    const feed = feedOf(state);
    const ear = listener();
    await feed.listen("t", undefined, ear.tell);
    const before = state.reads;
    state.overview = overview(agent("a", 1));
    for (let times = 0; times < 100; times += 1) feed.touch();
    await ear.until(2);
    equal(state.reads, before + 1);
    feed.close();
  });

  test("one who comes back hears what was missed, and the whole after too long", async () => {
    const state = { overview: overview(agent("a")), reads: 0 };
    const feed = feedOf(state);
    const stays = listener();
    await feed.listen("t", undefined, stays.tell);
    for (let step = 1; step <= 3; step += 1) {
      state.overview = overview(agent("a", step));
      feed.touch("t");
      await stays.until(step + 1);
    }
    const back = listener();
    await feed.listen("t", stays.heard[1]?.id, back.tell);
    deepEqual(
      back.heard.map((message) => message.id),
      stays.heard.slice(2).map((message) => message.id),
    );
    const lost = listener();
    await feed.listen("t", "other-run-7", lost.tell);
    deepEqual(
      lost.heard.map((message) => message.event),
      ["reset"],
    );
    feed.close();
  });

  test("one tenant hears nothing of another", async () => {
    const read: string[] = [];
    const feed = new LiveFeed(
      {
        async read(tenant) {
          read.push(tenant);
          return overview(agent(tenant));
        },
        coalesce: 1,
        refresh: 60_000,
        onError() {},
      },
      "run",
    );
    const ear = listener();
    await feed.listen("one", undefined, ear.tell);
    feed.touch("two");
    deepEqual(read, ["one"]);
    equal(ear.heard[0]?.data.includes("two"), false);
    feed.close();
  });
});
