import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { es51922 } from "../../../agent/meters/chips/es51922.ts";
import { scanFrames, startOfStream, type ScanState } from "../../../agent/meters/chips/scan.ts";
import { LineSplitter } from "../../../agent/meters/line-splitter.ts";
import type { Reading } from "../../../agent/meters/reading.ts";
import { ut61eFrame } from "../../fakes/meter.ts";
import { seededRandom } from "../../fakes/seeded-random.ts";

// The traps of serialport 13 that its parsers set, each walked around by splitting and scanning ourselves. Those of the
// port itself are in test/agent/io/serial.test.ts; the numbers are those of one list.

const volts = [53, 52.99, 48.12, -48.12, 24.06, 8.41];

/** Readings of a stream that comes in the pieces given. */
function readingsOf(chunks: readonly Uint8Array[]): Reading[] {
  let state: ScanState = startOfStream;
  return chunks.flatMap((chunk) => {
    const scanned = scanFrames(es51922, state, chunk);
    state = scanned.state;
    return [...scanned.readings];
  });
}

const stream = Buffer.concat(volts.map(ut61eFrame));
const valuesOf = (readings: readonly Reading[]) => readings.map(({ value }) => value);

describe("traps of serialport's parsers", () => {
  it("trap 6: an endless line, as a console at the wrong speed sends, fills no memory and is counted", () => {
    const splitter = new LineSplitter();
    const noise = Buffer.alloc(1000, 0xb0);
    for (let times = 0; times < 100; times += 1) assert.deepEqual(splitter.take(noise), []);
    assert.equal(splitter.dropped, 100_000 - 4096);
    // Then a line ends, and the next one is whole.
    assert.equal(splitter.take(Buffer.from("\r"))[0]?.length, 4096);
    assert.deepEqual(splitter.take(Buffer.from("QM,+53.021 V DC\r")), ["QM,+53.021 V DC"]);
  });

  it("trap 11: a parity error is seen, although the port reports none: no flipped bit of a 7O1 line is a reading", () => {
    const settled = scanFrames(es51922, startOfStream, stream).state;
    assert.equal(settled.bit7, "checked");
    for (const value of volts) {
      const frame = ut61eFrame(value);
      for (let place = 0; place < frame.length * 8; place += 1) {
        const broken = Uint8Array.from(frame, (octet, at) =>
          at === place >> 3 ? octet ^ (1 << (place & 7)) : octet,
        );
        const { readings } = scanFrames(es51922, settled, broken);
        assert.deepEqual(readings, [], `bit ${place} of ${value} V`);
      }
    }
  });

  it("trap 14: pauses are no frames: octet by octet, in one piece or cut anywhere, the readings are the same", (t) => {
    assert.deepEqual(valuesOf(readingsOf([stream])), volts);
    assert.deepEqual(valuesOf(readingsOf([...stream].map((octet) => Uint8Array.of(octet)))), volts);
    const seed = Number(process.env.OFFHOOK_SEED ?? 20_260_115);
    const random = seededRandom(seed);
    t.diagnostic(`seed ${seed}`);
    for (let times = 0; times < 200; times += 1) {
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < stream.length;) {
        const length = 1 + random.below(40);
        chunks.push(stream.subarray(at, at + length));
        at += length;
      }
      assert.deepEqual(valuesOf(readingsOf(chunks)), volts);
    }
  });

  it("trap 15: one octet lost shifts no later frame: that reading alone is missing", () => {
    const length = ut61eFrame(0).length;
    // A cut terminator makes two frames one: what is taken after it says so.
    for (let lost = length; lost < 2 * length; lost += 1) {
      const left = readingsOf([Buffer.concat([stream.subarray(0, lost), stream.subarray(lost + 1)])]);
      const sure = valuesOf(left.filter(({ afterResync }) => !afterResync));
      assert.deepEqual(sure.slice(0, 1), [53]);
      assert.deepEqual(sure.slice(-3), [-48.12, 24.06, 8.41], `octet ${lost}`);
      for (const value of sure) assert.ok(volts.includes(value ?? Number.NaN), `${value} V was invented`);
    }
  });
});
