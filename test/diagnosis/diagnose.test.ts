import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { describe, it } from "node:test";
import fc from "fast-check";
import { explain, diagnose } from "../../diagnosis/diagnose.ts";
import { rules } from "../../diagnosis/rules.ts";
import { thresholdsFrom } from "../../diagnosis/thresholds.ts";
import { confidenceWord, Finding } from "../../protocol/finding.ts";
import { observationKeys, type ObservationKey } from "../../protocol/observation-keys.ts";
import type { Observation, ObservedValue, Outcome } from "../../protocol/observation.ts";
import { Compile } from "typebox/compile";

interface Case {
  readonly about: string;
  readonly observations: readonly {
    readonly subject: string;
    readonly key: string;
    readonly value?: ObservedValue;
    readonly outcome?: Outcome;
    readonly age?: number;
  }[];
  /** Exactly these, in this order; of each finding only what is named is compared. */
  readonly findings: readonly {
    readonly rule: string;
    readonly subject: string;
    readonly confidence?: string;
    readonly consequences?: readonly string[];
    readonly affects?: readonly string[];
  }[];
}

const now = Date.UTC(2026, 0, 15, 12);
const folder = new URL("cases/", import.meta.url);
const { thresholds } = thresholdsFrom({});
const named = (findings: readonly Finding[]) =>
  findings.map((each) => `${each.rule} ${each.subject}`).toSorted();
const checkFinding = Compile(Finding);

function observationsOf(found: Case): Observation[] {
  return found.observations.map((each) => {
    const { unit } = observationKeys[each.key as ObservationKey] as { unit?: string };
    return {
      probe: "case",
      subject: each.subject,
      key: each.key,
      value: each.value ?? null,
      at: now - (each.age ?? 0) * 1000,
      outcome: each.outcome ?? "ok",
      ...(unit === undefined ? {} : { unit }),
    };
  });
}

function readCases(): [string, Case][] {
  return readdirSync(folder).map((file) => [
    file,
    JSON.parse(readFileSync(new URL(file, folder), "utf8")) as Case,
  ]);
}

describe("diagnose() on the cases of the matrix", () => {
  for (const [file, found] of readCases()) {
    it(`${file}: ${found.about}`, () => {
      for (const each of found.observations)
        assert.ok(each.key in observationKeys, `${each.key} is not in the dictionary`);
      const findings = diagnose(observationsOf(found), thresholds, now);
      const byRule = findings.map((each) => ({ rule: each.rule, subject: each.subject }));
      assert.deepEqual(
        byRule,
        found.findings.map((each) => ({ rule: each.rule, subject: each.subject })),
      );
      for (const [place, expected] of found.findings.entries()) {
        const finding = findings[place];
        assert.ok(finding !== undefined && checkFinding.Check(finding));
        assert.doesNotMatch(finding.sentence + finding.remedy, /undefined|null|NaN|\bunknown(?! ca)/);
        if (expected.confidence !== undefined)
          assert.equal(confidenceWord(finding.confidence), expected.confidence);
        if (expected.affects !== undefined) assert.deepEqual(finding.affects, expected.affects);
        const hidden = finding.consequences.map((each) => each.split(" ")[0] ?? "").toSorted();
        if (expected.consequences !== undefined) assert.deepEqual(hidden, expected.consequences);
      }
    });
  }

  it("every rule has a case in which it is named", () => {
    const named = new Set(readCases().flatMap(([, found]) => found.findings.map((each) => each.rule)));
    const hidden = new Set(
      readCases().flatMap(([, found]) => found.findings.flatMap((each) => each.consequences ?? [])),
    );
    assert.deepEqual(
      rules.map((rule) => rule.id).filter((id) => !named.has(id) && !hidden.has(id)),
      [],
    );
  });

  it("every rule has an id and a cause of its own", () => {
    assert.equal(new Set(rules.map((rule) => rule.id)).size, rules.length);
    assert.equal(new Set(rules.map((rule) => rule.cause)).size, rules.length);
  });
});

describe("diagnose() in general", () => {
  const subjects = [
    "port:sw1/7",
    "switch:sw1",
    "phone:805ec0010007",
    "meter:bench",
    "sip:pbx:5060/udp",
    "rtp:pbx:5060",
    "host:a",
  ];
  const observation = fc.record({
    probe: fc.constant("fuzz"),
    subject: fc.constantFrom(...subjects),
    key: fc.constantFrom(...Object.keys(observationKeys)),
    value: fc.oneof(
      fc.string(),
      fc.double({ noNaN: true }),
      fc.boolean(),
      fc.constant(null),
      fc.constant("port:sw1/7"),
      fc.constant("805ec0010007"),
    ),
    at: fc.integer({ min: now - 2_000_000, max: now }),
    outcome: fc.constantFrom<Outcome>("ok", "timeout", "refused", "garbled", "absent"),
  });

  it("never throws, gives the same findings for the same observations in any order, and always with proof", () => {
    fc.assert(
      fc.property(fc.array(observation, { maxLength: 40 }), (observations) => {
        // Two looks at the same instant have no newest one.
        const distinct = [
          ...new Map(observations.map((each) => [`${each.subject} ${each.key}`, each])).values(),
        ];
        const findings = diagnose(distinct, thresholds, now);
        for (const each of findings) {
          assert.ok(each.because.length > 0);
          assert.ok(each.confidence >= 0.05 && each.confidence <= 0.98);
        }
        const again = diagnose(distinct.toReversed(), thresholds, now);
        assert.deepEqual(named(again), named(findings));
      }),
      { numRuns: 2000 },
    );
  });

  it("explain() names what an untestable rule lacks, instead of guessing", () => {
    const observations: Observation[] = [
      { probe: "case", subject: "port:sw1/7", key: "poe.state", value: "denied", at: now, outcome: "ok" },
    ];
    const { findings, untestable } = explain(observations, thresholds, now);
    assert.deepEqual(findings, []);
    assert.deepEqual(untestable.find((each) => each.rule === "P2")?.missing, ["poe.budget.free"]);
  });

  it("thresholdsFrom() takes a site's number and names what no rule knows", () => {
    const { thresholds: changed, unknown } = thresholdsFrom({ "volts.source.min": 50, "volts.sauce.min": 1 });
    assert.equal(changed["volts.source.min"], 50);
    assert.deepEqual(unknown, ["volts.sauce.min"]);
  });
});
