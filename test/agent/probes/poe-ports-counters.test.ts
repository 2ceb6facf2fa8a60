import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { etherLike, frames, ifMib } from "../../../agent/probes/poe-ports/columns.ts";
import { compareLooks, growth, ranOn, type SwitchMemory } from "../../../agent/probes/poe-ports/counters.ts";
import { interfacesOf } from "../../../agent/probes/poe-ports/interfaces.ts";
import { plausibleWatts } from "../../../agent/probes/poe-ports/plausible.ts";
import { tablesOf, text } from "../../fakes/switch/tables-of.ts";

describe("ranOn()", () => {
  const cases: [string, { uptime: number; at: number }, { uptime: number; at: number }, boolean][] = [
    ["a minute later", { uptime: 1000, at: 0 }, { uptime: 7000, at: 60_000 }, true],
    ["after a restart", { uptime: 900_000, at: 0 }, { uptime: 500, at: 60_000 }, false],
    ["after a restart long ago", { uptime: 1000, at: 0 }, { uptime: 60_000, at: 3_600_000 }, false],
    ["across the wrap at 497 days", { uptime: 4_294_967_000, at: 0 }, { uptime: 5704, at: 60_000 }, true],
  ];
  for (const [name, before, now, expected] of cases) {
    it(`says ${expected} ${name}`, () => assert.equal(ranOn(before, now), expected));
  }
});

describe("growth()", () => {
  const cases: [string, bigint | undefined, bigint | undefined, bigint | undefined][] = [
    ["plain", 10n, 25n, 15n],
    ["none", 10n, 10n, 0n],
    ["one 32-bit wrap", 4_294_967_290n, 4n, 10n],
    ["a fall that is no wrap", 3_000_000_000n, 5n, undefined],
    ["a leap beyond what the link can carry", 0n, 10_000_000n, undefined],
    ["a 64-bit counter that fell", 2n ** 40n, 5n, undefined],
    ["nothing before", undefined, 5n, undefined],
    ["nothing now", 5n, undefined, undefined],
  ];
  for (const [name, before, now, expected] of cases) {
    it(`tells ${name}`, () => assert.equal(growth(before, now, 1_000_000n), expected));
  }
});

interface Look {
  readonly at: number;
  readonly uptime?: number;
  readonly up?: boolean;
  readonly lastChange?: number;
  readonly discontinuity?: number;
  readonly framesIn?: number;
  readonly fcs?: number;
}

/** Looks one after the other at one port; what the last of them says. */
function changesAfter(looks: readonly Look[]) {
  let memory: SwitchMemory | undefined;
  let last: ReturnType<typeof compareLooks> | undefined;
  for (const look of looks) {
    const tables = tablesOf({
      [ifMib.name]: { "7": text("Gi0/7") },
      [ifMib.oper]: { "7": look.up === false ? 2 : 1 },
      [ifMib.highSpeed]: { "7": 1000 },
      [ifMib.lastChange]: { "7": look.lastChange ?? 0 },
      [ifMib.discontinuity]: { "7": look.discontinuity ?? 0 },
      [frames.in64[0]]: { "7": BigInt(look.framesIn ?? 0) },
      [etherLike.fcs]: { "7": look.fcs ?? 0 },
    });
    last = compareLooks(
      tables,
      interfacesOf(tables).values(),
      look.uptime ?? 100_000 + look.at / 10,
      look.at,
      memory,
    );
    memory = last.memory;
  }
  return last?.changes.get(7);
}

describe("compareLooks()", () => {
  it("says nothing on the first look", () => {
    assert.equal(changesAfter([{ at: 0, fcs: 500, framesIn: 1_000_000 }]), undefined);
  });

  it("gives damaged frames per million between two looks", () => {
    const changes = changesAfter([
      { at: 0, framesIn: 500, fcs: 7 },
      { at: 60_000, framesIn: 100_500, fcs: 57 },
    ]);
    assert.deepEqual(changes?.fcs, { perMillion: 500, evidence: "50 damaged frames of 100000 in 60 s" });
  });

  it("does not make a flood of one damaged frame among few", () => {
    const changes = changesAfter([{ at: 0 }, { at: 60_000, framesIn: 100, fcs: 1 }]);
    assert.equal(changes?.fcs, undefined);
  });

  it("adds up quiet looks until there are enough frames", () => {
    const quiet = Array.from({ length: 6 }, (_, i) => ({ at: i * 20_000, framesIn: i * 3000, fcs: i * 3 }));
    assert.equal(changesAfter(quiet.slice(0, 4))?.fcs, undefined);
    assert.deepEqual(changesAfter(quiet.slice(0, 5))?.fcs, {
      perMillion: 1000,
      evidence: "12 damaged frames of 12000 in 80 s",
    });
  });

  it("says nothing after a restart", () => {
    const looks = [
      { at: 0, framesIn: 500 },
      { at: 60_000, uptime: 10, framesIn: 1_000_000, fcs: 999 },
    ];
    assert.equal(changesAfter(looks), undefined);
  });

  it("says nothing of a port whose counters were set back", () => {
    const looks = [
      { at: 0, framesIn: 500 },
      { at: 60_000, discontinuity: 105_000, framesIn: 1_000_000, fcs: 999 },
    ];
    assert.equal(changesAfter(looks), undefined);
  });

  it("counts a link that went and came back between looks as two changes", () => {
    const changes = changesAfter([
      { at: 0 },
      { at: 60_000, lastChange: 105_000 },
      { at: 120_000, lastChange: 105_000 },
    ]);
    assert.equal(changes?.flaps, 2);
  });

  it("counts a link that is gone as one change", () => {
    assert.equal(changesAfter([{ at: 0 }, { at: 60_000, up: false, lastChange: 105_000 }])?.flaps, 1);
  });

  it("forgets changes after an hour", () => {
    const looks: Look[] = [{ at: 0 }, { at: 60_000, lastChange: 105_000 }];
    looks.push({ at: 3_700_000, lastChange: 105_000 });
    assert.equal(changesAfter(looks)?.flaps, 0);
  });
});

describe("plausibleWatts()", () => {
  const cases: [string, Parameters<typeof plausibleWatts>[0], boolean][] = [
    ["a usual phone", { watts: 3.7, delivering: true, linkUp: true, allocated: 7 }, true],
    ["an idle port", { watts: 0, delivering: false, linkUp: false, allocated: undefined }, true],
    [
      "milliwatts taken for watts",
      { watts: 6300, delivering: true, linkUp: true, allocated: undefined },
      false,
    ],
    ["less than nothing", { watts: -1, delivering: true, linkUp: true, allocated: undefined }, false],
    ["no number", { watts: Number.NaN, delivering: true, linkUp: true, allocated: undefined }, false],
    [
      "nothing drawn by a device with link",
      { watts: 0, delivering: true, linkUp: true, allocated: 7 },
      false,
    ],
    ["nothing drawn yet, link down", { watts: 0, delivering: true, linkUp: false, allocated: 7 }, true],
    ["more than set aside", { watts: 9, delivering: true, linkUp: true, allocated: 7 }, true],
  ];
  for (const [name, facts, ok] of cases) {
    it(`says ${ok} of ${name}`, () => assert.equal(plausibleWatts(facts).ok, ok));
  }
  it("notes a draw above what is set aside", () => {
    const judged = plausibleWatts({ watts: 9, delivering: true, linkUp: true, allocated: 7 });
    assert.deepEqual(judged, { ok: true, note: "more than the 7 W set aside" });
  });
});
