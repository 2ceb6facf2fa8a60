import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeStrictJson } from "../../../provisioning-server/reports/strict-json.ts";

function whyNot(text: string): string {
  const result = decodeStrictJson(text);
  return result.ok ? "taken" : `${result.why.place}: ${result.why.expected}`;
}

test("decodeStrictJson() says where it stopped, and why", () => {
  assert.equal(whyNot("[".repeat(10_000)), "character 32: at most 32 levels");
  assert.equal(whyNot('{"a":1,"b":{"a":2},"a":3}'), "character 19: each key once");
  assert.equal(whyNot(String.raw`{"a":1,"\u0061":3}`), "character 7: each key once");
  assert.equal(whyNot('{"__proto__":{"x":1}}'), "character 1: a key of the protocol");
  assert.equal(whyNot(String.raw`{"\u005f_proto__":1}`), "character 1: a key of the protocol");
  assert.equal(whyNot('{"a":1e400}'), "character 5: a number of IEEE 754");
  assert.equal(whyNot('{"a":-1e400}'), "character 5: a number of IEEE 754");
  const keys = Array.from({ length: 1_000_000 }, (_, index) => `"${index}":0`).join(",");
  assert.equal(whyNot(`{${keys}}`), "character 1939: at most 256 keys in an object");
  assert.equal(whyNot('{"a":tru}'), "the body: JSON");
  assert.equal(whyNot(""), "the body: JSON");
});

test("decodeStrictJson() takes what the protocol sends", () => {
  const value = {
    a: [1, 2.5, -3e10, true, null, 'x"\\{[', "é"],
    b: { c: {}, d: [] },
    e: [{ k: 1 }, { k: 2 }],
  };
  assert.deepEqual(decodeStrictJson(JSON.stringify(value)), { ok: true, value });
  assert.deepEqual(decodeStrictJson(JSON.stringify(value, null, 2)), { ok: true, value });
});

test("decodeStrictJson() agrees with JSON.parse on 100,000 damaged texts, but for what it refuses by rule", () => {
  const seed = 20_260_803;
  console.log(`seed ${seed}`);
  let state = seed;
  const random = (below: number) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state % below;
  };
  const base = JSON.stringify({ a: [1, 'x\\"y', { b: null }], c: { d: -2.5e3, e: [[], {}] }, f: "ü" });
  const alphabet = '{}[]",:\\ 0123456789.eE+-truefalsn\n\u0000\ud800';
  let taken = 0;
  for (let round = 0; round < 100_000; round += 1) {
    let text = base;
    for (let edits = random(4); edits > 0; edits -= 1) {
      const at = random(text.length);
      const letter = alphabet[random(alphabet.length)] ?? "";
      text = text.slice(0, at) + (random(2) === 0 ? letter : "") + text.slice(at + random(2));
    }
    const result = decodeStrictJson(text);
    if (result.ok) {
      taken += 1;
      assert.deepEqual(result.value, JSON.parse(text));
    } else if (result.why.expected === "JSON") assert.throws(() => JSON.parse(text), text);
  }
  assert.ok(taken > 1000, "the generator came past the grammar");
});
