import assert from "node:assert/strict";
import { test } from "node:test";
import { RenderCache } from "../../../provisioning-server/answer/render-cache.ts";
import { seededRandom } from "../../fakes/seeded-random.ts";

const file = (text: string) => ({
  name: "a.cfg",
  fileId: "a",
  contentType: "text/plain",
  body: Buffer.from(text),
  secret: false,
  empty: false,
  provenance: [],
  notes: [],
});

test("RenderCache renders once for the same things, and again for any other", () => {
  let rendered = 0;
  const cache = new RenderCache();
  const ask = (...from: readonly (object | string | number | undefined)[]) =>
    cache.make(from, () => file(`${(rendered += 1)}`));
  const [one, like] = [{ a: 1 }, { a: 1 }];
  const first = ask(one, "full", 2026, undefined);
  assert.equal(ask(one, "full", 2026, undefined), first);
  assert.equal(rendered, 1);
  ask(like, "full", 2026, undefined);
  ask(one, "bootstrap", 2026, undefined);
  ask(one, "full", 2027, undefined);
  ask(one, "full", 2026, "108.86");
  ask(one, "full", "2026", undefined);
  ask(one, "full;2026", undefined);
  assert.equal(rendered, 7);
  assert.match(first.etag, /^"[0-9a-f]{32}"$/);
});

test("RenderCache keeps within its octets what was asked for last", () => {
  const looks = { hit: 0, miss: 0 };
  const cache = new RenderCache({ bytes: 50_000, onLookUp: (hit) => (looks[hit ? "hit" : "miss"] += 1) });
  const random = seededRandom(20_261_124);
  const favourite = {};
  for (let turn = 0; turn < 5000; turn += 1) {
    cache.make([favourite], () => file("often"));
    cache.make([`${random.below(500)}`], () => file("x".repeat(random.below(4000))));
    assert.ok(cache.bytes <= 50_000, `${cache.bytes} octets at turn ${turn}`);
  }
  assert.ok(looks.hit >= 4999, "what is asked for all the time stays");
});

test("RenderCache forgets nothing of a render that threw, and renders again", () => {
  let errors = 0;
  const cache = new RenderCache({ onError: () => (errors += 1) });
  const broken = () => {
    throw new Error("no");
  };
  assert.throws(() => cache.make(["x"], broken), /no/);
  assert.equal(errors, 1);
  assert.equal(cache.bytes, 0);
  assert.equal(cache.make(["x"], () => file("good")).body.toString(), "good");
});
