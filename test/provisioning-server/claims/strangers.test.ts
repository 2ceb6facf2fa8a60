import assert from "node:assert/strict";
import { test } from "node:test";
import { Strangers } from "../../../provisioning-server/claims/strangers.ts";

const start = 1_750_000_000_000;
const minute = 60_000;
const source = "198.51.100.7";
const macOf = (n: number) => `805ec0${n.toString(16).padStart(6, "0")}`;
const ask = (n: number, unknown = true) => ({ source, mac: macOf(n), unknown });

test("ten different MACs are free; the next ones are slow, and each new one is told", () => {
  const strangers = new Strangers();
  for (let n = 0; n < 10; n += 1) assert.deepEqual(strangers.refused(ask(n), start), { slow: false });
  assert.deepEqual(strangers.refused(ask(10), start), { slow: true, abuse: "enumeration" });
  assert.deepEqual(strangers.refused(ask(10), start), { slow: true }, "the same again is no new attempt");
  assert.deepEqual(strangers.refused(ask(3), start), { slow: true });
  assert.deepEqual(strangers.refused({ ...ask(99), source: "198.51.100.8" }, start), { slow: false });
});

test("one phone that asks for ever is no attack", () => {
  const strangers = new Strangers();
  for (let n = 0; n < 5000; n += 1)
    assert.deepEqual(strangers.refused(ask(1), start + n * 1000), { slow: false });
});

test("what was asked ten minutes ago is forgotten", () => {
  const strangers = new Strangers();
  for (let n = 0; n < 10; n += 1) strangers.refused(ask(n), start);
  assert.equal(strangers.refused(ask(10), start + 10 * minute).slow, false);
});

test("where a phone of ours was let in within 30 days, twenty are excused", () => {
  const strangers = new Strangers();
  strangers.claimed(source, macOf(1000), start - 29 * 86_400_000);
  for (let n = 0; n < 20; n += 1) assert.equal(strangers.refused(ask(n), start).abuse, undefined, `${n}`);
  assert.equal(strangers.refused(ask(20), start).abuse, "enumeration");
  const old = new Strangers();
  old.claimed(source, macOf(1000), start - 31 * 86_400_000);
  for (let n = 0; n < 10; n += 1) old.refused(ask(n), start);
  assert.equal(old.refused(ask(10), start).abuse, "enumeration");
});

test("three hundred phones of ours that are refused are slow, and never told of", () => {
  const strangers = new Strangers();
  for (let round = 0; round < 5; round += 1)
    for (let n = 0; n < 300; n += 1)
      assert.equal(strangers.refused(ask(n, false), start + round * minute).abuse, undefined);
  assert.equal(strangers.refused(ask(1, false), start + 6 * minute).slow, true);
});

test("slowness does not tell whether a MAC is ours", () => {
  const [ours, foreign] = [new Strangers(), new Strangers()];
  for (let n = 0; n < 40; n += 1)
    assert.equal(ours.refused(ask(n, n % 2 === 0), start).slow, foreign.refused(ask(n), start).slow, `${n}`);
});

test("a phone that was let in from there is never slow", () => {
  const strangers = new Strangers();
  strangers.claimed(source, macOf(7), start);
  for (let n = 100; n < 150; n += 1) strangers.refused(ask(n), start);
  assert.deepEqual(strangers.refused(ask(7, false), start), { slow: false });
});

test("a wrong credential is told from the third different one for a phone; the same one again never", () => {
  const strangers = new Strangers();
  const show = (digest: string, n = 1) =>
    strangers.refused({ ...ask(n, false), wrong: { kind: "bad_credentials", digest } }, start).abuse;
  assert.deepEqual(
    ["a", "a", "b", "a", "c", "c", "d"].map((digest) => show(digest)),
    [undefined, undefined, undefined, undefined, "bad_credentials", undefined, "bad_credentials"],
  );
  for (let n = 2; n < 300; n += 1) assert.equal(show("the old one of all", n), undefined);
});

test("whether a guess is told does not depend on whose the MAC is", () => {
  const told = (unknown: boolean) => {
    const strangers = new Strangers();
    return ["a", "b", "c", "d"].map(
      (digest) =>
        strangers.refused({ ...ask(1, unknown), wrong: { kind: "bad_token", digest } }, start).abuse,
    );
  };
  assert.deepEqual(told(true), told(false));
});

test("memory is bounded, whoever makes up addresses and MACs", () => {
  const strangers = new Strangers();
  for (let n = 0; n < 50_000; n += 1) strangers.refused({ ...ask(n), source: `s${n}` }, start);
  for (let n = 0; n < 50_000; n += 1) strangers.refused(ask(n), start);
  assert.equal(strangers.refused({ ...ask(1), source: "s1" }, start).slow, false);
  assert.equal(strangers.refused(ask(49_999), start).slow, true);
});
