import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { systemIo } from "../../../agent/io/system-io.ts";
import { decodeRange, discoverSwitches } from "../../../agent/probes/discover-switches.ts";
import { startSwitch } from "../../fakes/switch.ts";

const settings = { version: "2c", timeout: 0.3, retries: 1 } as const;

describe("decodeRange()", () => {
  const ranges: [string, number, string, string, number][] = [
    ["192.0.2.0/28", 14, "192.0.2.1", "192.0.2.14", 161],
    ["192.0.2.77/28", 14, "192.0.2.65", "192.0.2.78", 161],
    ["192.0.2.10/32", 1, "192.0.2.10", "192.0.2.10", 161],
    ["192.0.2.10/31:1161", 2, "192.0.2.10", "192.0.2.11", 1161],
    ["10.0.0.0/22", 1022, "10.0.0.1", "10.0.3.254", 161],
    ["255.255.255.0/24", 254, "255.255.255.1", "255.255.255.254", 161],
  ];
  for (const [text, count, first, last, port] of ranges)
    it(`reads ${text}`, () => {
      const range = decodeRange(text);
      assert.ok(range.ok);
      const { addresses } = range.value;
      assert.deepEqual(
        [addresses.length, addresses[0], addresses.at(-1), range.value.port],
        [count, first, last, port],
      );
    });

  for (const text of [
    "192.0.2.0",
    "192.0.2.0/33",
    "192.0.2.256/28",
    "10.0.0.0/21",
    "0.0.0.0/0",
    "a/28",
    "192.0.2.0/28:0",
    "::1/128",
    "",
  ])
    it(`refuses ${text === "" ? "nothing" : text}`, () => {
      assert.equal(decodeRange(text).ok, false);
    });
});

describe("discoverSwitches()", { timeout: 30_000 }, () => {
  it("asks every address once, in order and no faster than it may, and lists those that answer", async (t) => {
    const one = await startSwitch({ address: "127.0.0.33", name: "access-1" });
    const two = await startSwitch({ address: "127.0.0.35", port: one.port, community: "another" });
    t.after(() => Promise.all([one.stop(), two.stop()]));
    const waits: number[] = [];
    const real = systemIo();
    const clock = {
      ...real.clock,
      sleep: async (ms: number) => {
        waits.push(ms);
      },
    };
    const range = decodeRange(`127.0.0.32/29:${one.port}`);
    assert.ok(range.ok);
    const found = await discoverSwitches(
      range.value,
      settings,
      { ...real, clock },
      new AbortController().signal,
    );
    assert.deepEqual(
      found.map(({ target, name, isSwitch }) => [target, name, isSwitch]),
      [[`127.0.0.33:${one.port}`, "access-1", true]],
    );
    assert.deepEqual([one.requests(), waits], [1, [20, 20, 20, 20, 20]]);
  });

  it("ends when it is told to", async () => {
    const stop = new AbortController();
    const range = decodeRange("127.0.0.32/28:9");
    assert.ok(range.ok);
    const going = discoverSwitches(range.value, settings, systemIo(), stop.signal);
    stop.abort(new Error("enough"));
    await assert.rejects(going, /enough|aborted/);
  });
});
