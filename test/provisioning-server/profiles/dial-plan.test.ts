import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { mismatchSentence } from "../../../protocol/decoded.ts";
import { decodeDialPlan } from "../../../provisioning-server/profiles/encodings/dial-plan/dial-plan.ts";

test("decodeDialPlan() takes every element of the notation", () => {
  const plan = decodeDialPlan("[2-9]xx|0x.T|<0:+49>x.|*8#");
  assert.ok(plan.ok);
  assert.deepEqual(
    plan.value.map((alternative) => alternative.map(({ kind }) => kind).join(" ")),
    ["set any any", "digit any wait", "replace any", "digit digit digit"],
  );
});

for (const [text, sentence] of [
  ["12a", "character 3: expected a digit, x, [2-9], ., T, <from:to> or |, found a"],
  ["1||2", "alternative 2: expected at least one element, found nothing"],
  ["", "alternative 1: expected at least one element, found nothing"],
  ["<1:2", "character 1: expected a digit, x, [2-9], ., T, <from:to> or |, found <1:2"],
] as const)
  test(`decodeDialPlan() refuses "${text}" and says where`, () => {
    const plan = decodeDialPlan(text);
    assert.equal(plan.ok ? "taken" : mismatchSentence(plan.why), sentence);
  });

test("decodeDialPlan() never throws, never hangs", () => {
  const unit = fc.constantFrom(..."0123456789xX[]-.T|<>:*#+ \n".split(""));
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit, maxLength: 60 }), fc.string({ maxLength: 60 })), (text) => {
      const plan = decodeDialPlan(text);
      assert.ok(plan.ok || plan.why.place !== "");
    }),
    { numRuns: 50_000 },
  );
});
