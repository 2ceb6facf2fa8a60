import assert from "node:assert/strict";
import { test } from "node:test";
import { compareMaps } from "../../../protocol/sdp/compare-maps.ts";

const media = (formats: string[], ...maps: string[]) => ({
  kind: "audio",
  port: 4000,
  profile: "RTP/AVP",
  formats,
  lines: maps.map((map) => ({ type: "a", value: `rtpmap:${map}` })),
});

test("compareMaps() finds nothing where both sides mean the same, in any spelling", () => {
  const offer = media(["0", "101"], "101 telephone-event/8000");
  assert.deepEqual(compareMaps(offer, media(["0", "101"], "0 pcmu/8000", "101 TELEPHONE-EVENT/8000")), []);
});

test("compareMaps() names a payload type with two meanings", () => {
  assert.deepEqual(compareMaps(media(["96"], "96 opus/48000/2"), media(["96"], "96 G726-32/8000")), [
    "96 is opus/48000 here and G726-32/8000 there",
  ]);
});

test("compareMaps() names a clock that a format does not have", () => {
  assert.deepEqual(compareMaps(media(["9"]), media(["9"], "9 G722/16000")), [
    "G722/16000 under 9: its clock is 8000",
  ]);
});
