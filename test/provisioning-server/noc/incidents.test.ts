import { deepEqual, equal, ok } from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Finding } from "../../../protocol/finding.ts";
import type { Incident, IncidentEvent } from "../../../provisioning-server/noc/incident.ts";
import {
  type IncidentPolicy,
  acknowledgeIncident,
  defaultIncidentPolicy,
  foldIncidents,
} from "../../../provisioning-server/noc/incidents.ts";
import { sightingsOf } from "../../../provisioning-server/noc/sightings.ts";
import { finding, observation } from "./sample-sources.ts";

const policy: IncidentPolicy = defaultIncidentPolicy;
const start = 1_700_000_000_000;
const second = 1000;
const subject = "port:sw1/3";

/** One round: what is found, when it was looked at, whether the agent is heard. */
interface Round {
  readonly after: number;
  readonly bad: boolean;
  readonly heard?: boolean;
  readonly looked?: boolean;
  readonly change?: Partial<Finding>;
}

interface Run {
  now: number;
  lookedAt: number;
  incidents: readonly Incident[];
  readonly events: IncidentEvent[];
}

function begin(): Run {
  return { now: start, lookedAt: start, incidents: [], events: [] };
}

let ids = 0;
function round(run: Run, { after, bad, heard = true, looked = true, change = {} }: Round): void {
  run.now += after;
  if (looked) run.lookedAt = run.now;
  const proof = observation(subject, "poe.watts", bad ? 2.1 : 4, run.lookedAt, "W");
  const seen = [{ observation: proof, agent: "a1" }];
  const findings = bad ? [finding({ subject, because: [proof], at: run.now, ...change })] : [];
  const fold = foldIncidents(
    {
      site: { tenant: "t", site: "s" },
      incidents: run.incidents,
      findings,
      sightings: sightingsOf(seen, new Set(heard ? ["a1"] : [])),
      now: run.now,
      newId: () => `id-${(ids += 1)}`,
    },
    policy,
  );
  run.incidents = fold.incidents.filter((incident) => incident.state !== "closed");
  run.events.push(...fold.events);
}

function after(rounds: readonly Round[]): Run {
  const run = begin();
  for (const each of rounds) round(run, each);
  return run;
}

const bad = (afterSeconds: number): Round => ({ after: afterSeconds * second, bad: true });
const good = (afterSeconds: number): Round => ({ after: afterSeconds * second, bad: false });
const blind = (afterSeconds: number): Round => ({ after: afterSeconds * second, bad: false, heard: false });
const again = (each: Round): Round => ({ ...each, looked: false });

const cases: readonly [name: string, rounds: readonly Round[], events: readonly string[]][] = [
  ["one bad look tells nobody", [bad(0)], []],
  ["two bad looks of three open", [bad(0), good(10), bad(10)], ["opened"]],
  ["bad, good, good is forgotten", [bad(0), good(10), good(10), bad(10)], []],
  ["the same look evaluated twice counts once", [bad(0), again(bad(5)), again(bad(5))], []],
  ["bad for 90 s opens with one look", [bad(0), again(bad(90))], ["opened"]],
  ["one good look does not clear", [bad(0), bad(10), good(10)], ["opened"]],
  ["two good looks clear", [bad(0), bad(10), good(10), good(10)], ["opened", "cleared"]],
  ["good for 120 s clears", [bad(0), bad(10), good(10), again(good(120))], ["opened", "cleared"]],
  [
    "ten minutes clear closes",
    [bad(0), bad(1), good(1), good(1), good(600)],
    ["opened", "cleared", "closed"],
  ],
  [
    "a repeat within ten minutes re-opens the same incident",
    [bad(0), bad(1), good(1), good(1), bad(300), bad(1)],
    ["opened", "cleared", "reopened"],
  ],
  [
    "a silent agent opens nothing",
    [
      { ...bad(0), heard: false },
      { ...bad(100), heard: false },
    ],
    [],
  ],
  ["a silent agent closes nothing", [bad(0), bad(1), blind(400), blind(4000)], ["opened"]],
  [
    "after a silence, one good look is one good look",
    [bad(0), bad(1), good(1), blind(400), blind(4000), good(1)],
    ["opened", "cleared"],
  ],
];

describe("foldIncidents()", () => {
  for (const [name, rounds, events] of cases)
    test(name, () => {
      deepEqual(
        after(rounds).events.map((event) => event.event),
        events,
      );
    });

  test("an incident carries cause, proof, phones and since when it was bad", () => {
    const change = { affects: ["phone:805ec0a10003", "phone:805ec0a10001", "port:sw1/4"] };
    const run = after([
      { ...bad(0), change },
      { ...bad(30), change },
    ]);
    const [incident] = run.incidents;
    equal(incident?.since, start);
    deepEqual(incident?.affectedPhones, ["805ec0a10001", "805ec0a10003"]);
    equal(incident?.because[0]?.value, 2.1);
    equal(incident?.cause, "weak-power");
  });

  test("a silent agent makes an open incident unknown, and its return makes it known", () => {
    const run = after([bad(0), bad(1), blind(400)]);
    equal(run.incidents[0]?.unknown, true);
    round(run, bad(1));
    equal(run.incidents[0]?.unknown, false);
    equal(run.incidents[0]?.state, "open");
  });

  test("four changes in 15 minutes are flapping, until 15 minutes without one", () => {
    const flap = [bad(10), bad(10), good(10), good(10)];
    const run = after([...flap, ...flap]);
    equal(run.incidents[0]?.flapping, true);
    equal(run.incidents.length, 1);
    round(run, { ...bad(1) });
    round(run, { ...bad(1) });
    round(run, { ...bad(901) });
    equal(run.incidents[0]?.flapping, false);
  });

  test("what nobody observes any more closes after a day", () => {
    const run = after([bad(0), bad(1)]);
    const fold = foldIncidents(
      {
        site: { tenant: "t", site: "s" },
        incidents: run.incidents,
        findings: [],
        sightings: sightingsOf([], new Set()),
        now: run.now + policy.goneAfter,
        newId: () => "x",
      },
      policy,
    );
    deepEqual(
      fold.events.map((event) => event.event),
      ["closed"],
    );
  });
});

describe("acknowledgeIncident()", () => {
  test("keeps who and note, and is told again when the severity rises", () => {
    const run = after([bad(0), bad(1)]);
    const [open] = run.incidents;
    ok(open);
    const done = acknowledgeIncident(open, { who: "Kim", note: "cable ordered" }, run.now);
    equal(done?.incident.owner, "Kim");
    equal(done?.incident.note, "cable ordered");
    run.incidents = done === undefined ? [] : [done.incident];
    round(run, bad(1));
    equal(run.incidents[0]?.state, "acknowledged");
    round(run, { ...bad(1), change: { severity: "critical" } });
    equal(run.incidents[0]?.state, "open");
    equal(run.events.at(-1)?.event, "reopened");
  });

  test("takes nothing that has cleared", () => {
    const [cleared] = after([bad(0), bad(1), good(1), good(1)]).incidents;
    ok(cleared);
    equal(acknowledgeIncident(cleared, { who: "Kim" }, start), undefined);
  });
});

const anyRound: fc.Arbitrary<Round> = fc.record({
  after: fc.oneof(fc.integer({ min: 0, max: 30_000 }), fc.integer({ min: 30_000, max: 900_000 })),
  bad: fc.boolean(),
  heard: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, fc.constant(false)),
  looked: fc.boolean(),
});
const anyHistory = fc.array(anyRound, { maxLength: 60 });

/** Which event may follow which, of one incident. */
const follows: Readonly<Record<string, readonly string[]>> = {
  opened: ["cleared", "closed"],
  cleared: ["reopened", "closed"],
  reopened: ["cleared", "closed"],
  closed: [],
};

describe("foldIncidents() holds, whatever happens:", () => {
  test("at most one incident per key is not closed, and its events follow each other as they may", () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        const run = begin();
        for (const each of history) {
          round(run, each);
          ok(run.incidents.length <= 1);
        }
        const byIncident = Map.groupBy(run.events, (event) => event.incident);
        for (const [first, ...rest] of byIncident.values()) {
          equal(first?.event, "opened");
          let before = "opened";
          for (const { event } of rest) {
            ok(follows[before]?.includes(event), `${before} → ${event}`);
            before = event;
          }
        }
      }),
      { numRuns: 500 },
    );
  });

  test("told open means told cleared once it is good and watched", () => {
    fc.assert(
      fc.property(anyHistory, (history) => {
        const run = after([...history, good(1), good(1), good(1), good(601)]);
        equal(run.incidents.length, 0);
        const told = run.events.filter((event) => event.event === "opened").length;
        equal(run.events.filter((event) => event.event === "closed").length, told);
      }),
      { numRuns: 500 },
    );
  });

  test("a silent agent never causes an event", () => {
    fc.assert(
      fc.property(anyHistory, fc.array(anyRound, { maxLength: 20 }), (history, silence) => {
        const run = after(history);
        const told = run.events.length;
        for (const each of silence) round(run, { ...each, heard: false });
        equal(run.events.length, told);
      }),
      { numRuns: 500 },
    );
  });

  test("evaluating again without a new look or later clock changes nothing", () => {
    fc.assert(
      fc.property(anyHistory, anyRound, (history, last) => {
        const run = after([...history, last]);
        const { incidents, events } = { incidents: run.incidents, events: [...run.events] };
        round(run, { ...last, after: 0, looked: false });
        deepEqual(run.events, events);
        deepEqual(
          run.incidents.map(({ id: _id, ...rest }) => rest),
          incidents.map(({ id: _id, ...rest }) => rest),
        );
      }),
      { numRuns: 500 },
    );
  });
});
