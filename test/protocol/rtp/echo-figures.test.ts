import assert from "node:assert/strict";
import { test } from "node:test";
import { findMarks, markLength, markPayload } from "../../../protocol/rtp/counted-payload.ts";
import { measureEcho, type EchoArrival } from "../../../protocol/rtp/echo-figures.ts";
import { decodeG711, encodeG711 } from "../../../protocol/rtp/g711.ts";
import { decodeMirrorTotals, encodeMirrorTotals } from "../../../protocol/rtp/mirror-totals.ts";
import { randomBytes, seededRandom } from "./seeded-random.ts";

const clock = 8000;
const sentAt = Array.from({ length: 50 }, (_, i) => 1000 + 20 * i);

function marked(number: number): Uint8Array {
  const payload = new Uint8Array(160).fill(0xd5);
  markPayload(payload, number);
  return payload;
}

/** What a far end makes of our audio: its own headers, `shift` octets later, 40 ms behind. */
function echo(payloads: readonly Uint8Array[], shift = 0): EchoArrival[] {
  const stream = Uint8Array.from([...new Uint8Array(shift), ...payloads.flatMap((payload) => [...payload])]);
  return Array.from({ length: Math.floor(stream.length / 160) }, (_, i) => ({
    packet: {
      marker: false,
      payloadType: 0,
      sequence: (65520 + i) % 65536,
      timestamp: 160 * i,
      ssrc: 9,
      csrc: [],
      payload: stream.subarray(160 * i, 160 * (i + 1)),
      padding: 0,
    },
    event: false,
    at: 1040 + 20 * i,
  }));
}

test("a mark survives both laws, and is found wherever it stands", () => {
  for (const law of ["pcmu", "pcma"] as const) {
    for (const number of [0, 1, 0x1234abcd, 0xffffffff]) {
      const there = encodeG711(law, [...decodeG711(law, marked(number))]);
      assert.deepEqual(findMarks(there), [{ at: 0, number }]);
    }
  }
  assert.deepEqual(findMarks(Uint8Array.from([1, 0x10, 2, ...marked(7)])), [{ at: 3, number: 7 }]);
  assert.deepEqual(findMarks(marked(7).subarray(0, markLength - 1)), []);
});

test("measureEcho() knows every packet again, also across packet ends", () => {
  const all = sentAt.map((_, number) => marked(number));
  for (const shift of [0, 75, 150]) {
    const figures = measureEcho({ sentAt, arrivals: echo([...all, marked(999)], shift), clock });
    assert.equal(figures.returned, 50, `shifted by ${shift}`);
    assert.ok(figures.inTime.every(Boolean));
  }
  assert.equal(measureEcho({ sentAt, arrivals: echo(all), clock }).roundTripMedian, 40);
});

test("measureEcho() tells our lost packets from gaps in what came back", () => {
  const silent = new Uint8Array(160);
  const payloads = sentAt.map((_, number) => (number === 3 ? silent : marked(number)));
  const figures = measureEcho({ sentAt, arrivals: echo(payloads).toSpliced(10, 2), clock });
  assert.equal(figures.returned, 47);
  assert.equal(figures.reverse.lost, 2);
  assert.deepEqual(
    figures.inTime.flatMap((back, number) => (back ? [] : [number])),
    [3, 10, 11],
  );
});

test("measureEcho() of a far end that transcodes does not guess", () => {
  const figures = measureEcho({ sentAt, arrivals: echo(sentAt.map(() => new Uint8Array(160))), clock });
  assert.equal(figures.returned, undefined);
  assert.equal(figures.roundTripMedian, undefined);
  assert.equal(figures.reverse.lost, 0);
});

test("findMarks() never throws, and every mark it finds is written back as it was (fuzz)", (t) => {
  const random = seededRandom(t);
  let found = 0;
  for (let i = 0; i < 50_000; i += 1) {
    const bytes = randomBytes(random, 60);
    const at = Math.floor(random() * 50);
    if (random() < 0.7 && at + markLength <= bytes.length)
      markPayload(bytes.subarray(at), random() * 2 ** 32);
    if (random() < 0.3 && bytes.length > 0) bytes[Math.floor(random() * bytes.length)] = random() * 256;
    for (const mark of findMarks(bytes)) {
      found += 1;
      const again = bytes.slice();
      markPayload(again.subarray(mark.at), mark.number);
      assert.deepEqual(again, bytes);
    }
  }
  assert.ok(found > 3000, `only ${found} found`);
});

test("decodeMirrorTotals() reads what encodeMirrorTotals() wrote, and says what is missing", () => {
  const report = { received: 250, sent: 249, limited: 1 };
  assert.deepEqual(decodeMirrorTotals(encodeMirrorTotals(report)), { ok: true, value: report });
  assert.deepEqual(decodeMirrorTotals("sent=1; received=2 ;more=x;limited=0"), {
    ok: true,
    value: { received: 2, sent: 1, limited: 0 },
  });
  const read = decodeMirrorTotals("received=1;sent=x");
  assert.ok(!read.ok);
  assert.equal(read.why.place, "sent");
});

test("decodeMirrorTotals() never throws (fuzz)", (t) => {
  const random = seededRandom(t);
  const pieces = ["received=", "sent=", "limited=", ";", " ", "1", "99999999999", "-", "x", "="];
  for (let i = 0; i < 50_000; i += 1) {
    const words = Array.from({ length: Math.floor(random() * 12) }, () => pieces[Math.floor(random() * 10)]);
    const read = decodeMirrorTotals(words.join(""));
    if (read.ok) assert.ok(decodeMirrorTotals(encodeMirrorTotals(read.value)).ok);
  }
});
