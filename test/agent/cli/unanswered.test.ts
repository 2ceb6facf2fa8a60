import assert from "node:assert/strict";
import { test } from "node:test";
import { exitCodeOf, judge } from "../../../agent/cli/look.ts";
import { verdict } from "../../../agent/cli/print/print-verdict.ts";
import { unanswered } from "../../../agent/cli/unanswered.ts";
import type { Observation, Outcome } from "../../../protocol/observation.ts";

function observation(
  subject: string,
  key: string,
  outcome: Outcome,
  value: Observation["value"] = null,
): Observation {
  return { probe: "test", subject, key, value, at: Date.now(), outcome };
}

const host = observation("host:here", "host.os", "ok", "Debian");
const silentSwitch = observation("switch:sw1", "switch.snmp", "timeout");

function ending(observations: readonly Observation[]) {
  const { findings } = judge(observations);
  const silent = unanswered(findings, observations);
  return {
    words: verdict({ findings, observations, silent }),
    silent: silent.map((each) => each.subject),
    code: exitCodeOf(findings, observations),
  };
}

test("a switch that does not answer beside a host that does is told, and ends with 8", () => {
  assert.deepEqual(ending([host, silentSwitch]), {
    words: "Nothing wrong found in what answered",
    silent: ["switch:sw1"],
    code: 8,
  });
});

test("where nothing answered, nothing is called well", () => {
  assert.deepEqual(ending([silentSwitch]), {
    words: "Nothing was seen, so nothing can be judged",
    silent: ["switch:sw1"],
    code: 5,
  });
});

test("what a probe says itself of a silent switch is no answer; of this host a part may be silent", () => {
  const count = observation("switch:sw1", "switch.silent", "ok", 1);
  assert.equal(ending([silentSwitch, count]).code, 5);
  assert.equal(ending([host, observation("host:here", "clock.offset", "refused")]).code, 8);
});

test("a silence that a finding speaks of is not told twice", () => {
  const transport = observation("sip:pbx:5060/udp", "sip.transport", "ok", "udp");
  const refused = observation("sip:pbx:5060/udp", "sip.code", "refused");
  assert.deepEqual(ending([transport, refused]), { words: "1 problem, worst first", silent: [], code: 4 });
});

test("what the far side has not is no silence", () => {
  const absent = observation("switch:sw1", "poe.budget.watts", "absent");
  assert.deepEqual(ending([host, absent]), { words: "Nothing wrong found", silent: [], code: 0 });
});
