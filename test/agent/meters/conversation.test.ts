import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { PolledChip } from "../../../agent/meters/chips/chip.ts";
import { bm85x } from "../../../agent/meters/chips/bm85x.ts";
import { LineSplitter } from "../../../agent/meters/line-splitter.ts";
import type { ListenOptions } from "../../../agent/meters/listening.ts";
import { readMeter } from "../../../agent/meters/read-meter.ts";
import { readingOf } from "../../../agent/meters/reading.ts";
import { decoded } from "../../../protocol/decoded.ts";
import type { ModemLines, SerialError, SerialLink } from "../../../agent/io/serial/serial.ts";
import { HandClock } from "../schedule/hand-clock.ts";

describe("LineSplitter", () => {
  const take = (splitter: LineSplitter, text: string) => splitter.take(Buffer.from(text, "latin1"));

  it("takes CR, LF, CR LF and LF CR, in any pieces, and glues nothing", () => {
    const splitter = new LineSplitter();
    assert.deepEqual(take(splitter, "one\rtw"), ["one"]);
    assert.deepEqual(take(splitter, "o\r\nthree\n\rfour\n"), ["two", "three", "four"]);
  });

  it("keeps B0 as the degree sign that it is", () => {
    assert.deepEqual(take(new LineSplitter(), "23.4 \xb0C\r"), ["23.4 \xb0C"]);
  });

  it("an endless line does not fill memory, and is counted", () => {
    const splitter = new LineSplitter();
    for (let times = 0; times < 16; times += 1) assert.deepEqual(take(splitter, "x".repeat(1000)), []);
    assert.equal(splitter.dropped, 16_000 - 4096);
    assert.equal(take(splitter, "\r")[0]?.length, 4096);
  });
});

/** A link whose other end is the test. */
class HandLink implements SerialLink {
  readonly written: string[] = [];
  readonly lines: ModemLines[] = [];
  #onBytes: (bytes: Uint8Array) => void = () => {};
  #onClose: (problem: SerialError) => void = () => {};

  listen(onBytes: (bytes: Uint8Array) => void, onClose: (problem: SerialError) => void): void {
    this.#onBytes = onBytes;
    this.#onClose = onClose;
  }
  async write(bytes: Uint8Array): Promise<void> {
    this.written.push(Buffer.from(bytes).toString("latin1"));
  }
  async setLines(lines: ModemLines): Promise<void> {
    this.lines.push(lines);
  }
  say(text: string): void {
    this.#onBytes(Buffer.from(text, "latin1"));
  }
  close(problem: SerialError): void {
    this.#onClose(problem);
  }
  async [Symbol.asyncDispose](): Promise<void> {}
}

/** Answers a number, and is read as volts. */
const chip: PolledChip = {
  kind: "polled",
  name: "test",
  setUp: ["REMOTE"],
  poll: ["F?", "V?"],
  tearDown: ["LOCAL"],
  terminator: "\n",
  decodeAnswers: ([name, value]) =>
    decoded(readingOf(name === "V" ? "voltage" : "other", { value: Number(value) })),
};

function reading(link: SerialLink, clock: HandClock, more: Partial<ListenOptions> = {}) {
  const stop = new AbortController();
  const done = readMeter(link, chip, {
    enough: (readings) => readings.length >= 2,
    timeout: 60_000,
    clock,
    signal: stop.signal,
    ...more,
  });
  return { done, stop };
}

describe("readMeter() of a meter that is asked", () => {
  it("matches each answer with the one command in flight, and says goodbye", async () => {
    const [link, clock] = [new HandLink(), new HandClock()];
    const { done } = reading(link, clock);
    await clock.settle();
    for (const answer of ["V", "53", "V", "54"]) {
      link.say(`${answer}\r\n`);
      await clock.settle();
    }
    const { readings } = await done;
    assert.deepEqual(
      readings.map((each) => [each.reading.quantity, each.reading.value]),
      [
        ["voltage", 53],
        ["voltage", 54],
      ],
    );
    assert.deepEqual(link.written, ["REMOTE\n", "F?\n", "V?\n", "F?\n", "V?\n", "LOCAL\n"]);
  });

  it("drops an answer that comes after its time, and the next one is not shifted by it", async () => {
    const [link, clock] = [new HandLink(), new HandClock()];
    const { done } = reading(link, clock, { enough: (readings) => readings.length >= 1 });
    await clock.settle();
    await clock.pass(2000);
    link.say("LATE\n");
    await clock.settle();
    link.say("V\n");
    await clock.settle();
    link.say("53\n");
    const { readings, dropped, unanswered } = await done;
    assert.equal(readings[0]?.reading.value, 53);
    assert.equal(dropped, 4);
    assert.equal(unanswered, 1);
  });

  it("drops what comes unasked", async () => {
    const [link, clock] = [new HandLink(), new HandClock()];
    link.say("noise before anything\n");
    const { done } = reading(link, clock, { enough: (readings) => readings.length >= 1 });
    await clock.settle();
    link.say("V\n53\n");
    await clock.settle();
    link.say("53\n");
    const { readings, dropped } = await done;
    assert.equal(readings[0]?.reading.value, 53);
    assert.equal(dropped, 2);
  });

  it("gives a silent meter three tries, says goodbye all the same, and ends", async () => {
    const [link, clock] = [new HandLink(), new HandClock()];
    const { done } = reading(link, clock);
    await clock.settle();
    for (let times = 0; times < 3; times += 1) {
      await clock.pass(2000);
      await clock.pass(1000);
    }
    const { readings, unanswered } = await done;
    assert.equal(readings.length, 0);
    assert.equal(unanswered, 3);
    assert.deepEqual(link.written, ["REMOTE\n", "F?\n", "F?\n", "F?\n", "LOCAL\n"]);
  });

  it("says goodbye when a person ends it in the middle", async () => {
    const [link, clock] = [new HandLink(), new HandClock()];
    const { done, stop } = reading(link, clock);
    await clock.settle();
    stop.abort(new Error("enough"));
    await assert.rejects(done, /enough/);
    assert.equal(link.written.at(-1), "LOCAL\n");
  });
});

describe("readMeter() of a Brymen BM85x", () => {
  it("pulses RTS before the first request, 100 ms each", async () => {
    const [link, clock] = [new HandLink(), new HandClock()];
    const done = readMeter(link, bm85x, {
      enough: (readings) => readings.length >= 1,
      timeout: 5000,
      clock,
      signal: new AbortController().signal,
    });
    for (const rts of [true, false, true]) {
      assert.equal(link.written.length, 0);
      await clock.pass(100);
      assert.deepEqual(link.lines.at(-1), { dtr: true, rts });
    }
    await clock.pass(100);
    assert.equal(Buffer.from(link.written[0] ?? "", "latin1").toString("hex"), "1002000000001003");
    link.say(Buffer.from("1002000f060000002035332e30323120452b30431003", "hex").toString("latin1"));
    const { readings } = await done;
    assert.equal(readings[0]?.reading.value, 53.021);
  });
});
