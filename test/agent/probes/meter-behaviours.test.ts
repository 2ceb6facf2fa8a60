import assert from "node:assert/strict";
import { mkdtempSync, rmSync, symlinkSync, unlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { systemClock } from "../../../agent/io/clock.ts";
import type { AgentIo } from "../../../agent/io/io.ts";
import { openSerial } from "../../../agent/io/serial/serial.ts";
import { chipOf, loadMeters } from "../../../agent/meters/meter.ts";
import { watchMeter, type MeterEvent } from "../../../agent/meters/watch-meter.ts";
import { meter } from "../../../agent/probes/meter.ts";
import type { Observation } from "../../../protocol/observation.ts";
import {
  startAskedMeter,
  startFluke289,
  startFluke45,
  startMetex,
  startQ1Ups,
  type AskedMeter,
} from "../../fakes/meters/asked-meter.ts";
import { meterFamilies, type Display, type MeterFamily } from "../../fakes/meters/frames.ts";
import { startStreamingMeter, type StreamingOptions } from "../../fakes/meters/streaming-meter.ts";
import { seededRandom } from "../../fakes/seeded-random.ts";

// What meters do on a serial line, over real ptys and the real serialport; what each must come to.

const io = { clock: systemClock, openSerial, say: () => {} } as unknown as AgentIo;
const defaults = {
  meter: "uni-t-ut61e",
  id: "bench",
  end: "switch" as const,
  readings: 4,
  timeout: 5,
  judge: false,
  ask: false,
  listen: 0.3,
};

async function look(path: string, changed: Partial<Parameters<typeof meter.run>[1]> = {}, by: AgentIo = io) {
  const observations = await meter.run(path, { ...defaults, ...changed }, by, new AbortController().signal);
  return new Map(observations.map((each) => [each.key, each])) as ReadonlyMap<string, Observation>;
}

const ut61e = meterFamilies[0] ?? assert.fail();

function started(t: TestContext, family: MeterFamily, display: Display, options: StreamingOptions = {}) {
  const fake = startStreamingMeter(family, display, options);
  t.after(() => fake.stop());
  return fake;
}

function asked(t: TestContext, fake: AskedMeter): AskedMeter {
  t.after(() => fake.stop());
  return fake;
}

for (const family of meterFamilies) {
  describe(`a meter with ${family.chip}`, () => {
    it("normal: its volts, and not one octet is written to it", async (t) => {
      const fake = started(t, family, { volts: 53 });
      const found = await look(fake.path, { meter: family.meter });
      assert.equal(found.get("dmm.volts")?.value, 53);
      assert.equal(found.get("dmm.mode")?.value, "dc-volts");
      assert.equal(found.get("dmm.lost")?.value, 0);
      assert.equal(fake.heard().length, 0);
    });

    it("negative: the amount, and that the leads are reversed", async (t) => {
      const fake = started(t, family, { volts: -53 });
      const volts = (await look(fake.path, { meter: family.meter })).get("dmm.volts");
      assert.equal(volts?.value, 53);
      assert.match(volts.evidence ?? "", /reversed/);
    });

    it("AC by mistake and overload: no volts, and why", async (t) => {
      const ac = started(t, family, { volts: 53, coupling: "ac" });
      assert.equal((await look(ac.path, { meter: family.meter })).get("dmm.mode")?.value, "ac-volts");
      const over = started(t, family, { volts: 53, overload: true });
      const volts = (await look(over.path, { meter: family.meter })).get("dmm.volts");
      assert.equal(volts?.outcome, "garbled");
      assert.match(volts.evidence ?? "", /set the range to auto/);
    });

    it("octet by octet, in bursts, and with garbage between: the same readings", async (t) => {
      const random = seededRandom(5);
      const garbage = started(
        t,
        family,
        { volts: 53 },
        { spoil: (frame) => Buffer.concat([random.bytes(9), frame]) },
      );
      assert.equal((await look(garbage.path, { meter: family.meter })).get("dmm.volts")?.value ?? 53, 53);
      const burst = started(
        t,
        family,
        { volts: 53 },
        { spoil: (frame) => Buffer.concat(Array.from({ length: 20 }, () => frame)) },
      );
      assert.equal(
        (await look(burst.path, { meter: family.meter, readings: 20 })).get("dmm.volts")?.value,
        53,
      );
      const pieces = started(t, family, { volts: 53 }, { spoil: (frame) => frame.subarray(0, 0) });
      const frame = family.frame({ volts: 53 });
      let at = 0;
      const timer = setInterval(() => {
        pieces.send(frame.subarray(at, at + 1));
        at = (at + 1) % frame.length;
      }, 1);
      t.after(() => clearInterval(timer));
      assert.equal((await look(pieces.path, { meter: family.meter })).get("dmm.volts")?.value, 53);
    });

    it("a lost octet in every fifth frame costs that frame alone", async (t) => {
      const spoil = (frame: Uint8Array, count: number) => (count % 5 === 4 ? frame.subarray(1) : frame);
      const fake = started(t, family, { volts: 53 }, { spoil });
      assert.equal((await look(fake.path, { meter: family.meter, readings: 8 })).get("dmm.volts")?.value, 53);
    });

    it("auto finds it by listening alone", async (t) => {
      const fake = started(t, family, { volts: 53 });
      const found = await look(fake.path, { meter: "auto", readings: 2 });
      const volts = found.get("dmm.volts");
      assert.equal(volts?.value, 53, volts?.evidence);
      assert.equal(fake.heard().length, 0);
    });
  });
}

describe("a window that is judged", () => {
  it("takes at least two seconds and five readings, and gives its reasons", async (t) => {
    const fake = started(t, ut61e, { volts: 53, lowBattery: true }, { every: 300 });
    const found = await look(fake.path, { judge: true, readings: 1 });
    assert.equal(found.get("dmm.verdict")?.value, "ok");
    const reasons = found.get("dmm.reasons")?.value as readonly string[];
    assert.match(reasons.join("; "), /battery is low.*note: doubtful/);
    const series = found.get("dmm.series")?.value;
    assert.ok(Array.isArray(series) && series.length >= 5);
  });

  it("says that HOLD must be released", async (t) => {
    const held = started(t, ut61e, { volts: 53, hold: true }, { every: 300 });
    const found = await look(held.path, { judge: true, readings: 1 });
    assert.equal(found.get("dmm.verdict")?.value, "frozen");
    assert.match(found.get("dmm.verdict")?.evidence ?? "", /HOLD/);
  });
});

describe("a line that is not well", () => {
  it("flipped parity bits: those frames are dropped and counted, the others stand", async (t) => {
    let octet = 0;
    const spoil = (frame: Uint8Array) => frame.map((byte) => (++octet % 40 === 0 ? byte ^ 0x80 : byte));
    const fake = started(t, ut61e, { volts: 53 }, { spoil });
    const found = await look(fake.path, { readings: 12 });
    assert.equal(found.get("dmm.volts")?.value, 53);
    assert.ok(Number(found.get("dmm.lost")?.value) > 5);
  });

  it("two readers: each frame loses half of its octets, and another program is suspected", async (t) => {
    const random = seededRandom(9);
    const spoil = (frame: Uint8Array, count: number) =>
      count % 3 === 0 ? frame : frame.filter(() => random.below(2) === 0);
    const fake = started(t, ut61e, { volts: 53 }, { spoil });
    const evidence = (await look(fake.path, { readings: 10 })).get("dmm.volts")?.evidence ?? "";
    assert.match(evidence, /damaged: another program may have the port/);
  });

  it("wrong baud rate: octets and no frame", async (t) => {
    const noise = Uint8Array.of(0x00, 0xff, 0x80, 0x00, 0x80, 0xff, 0xff);
    const fake = started(t, ut61e, { volts: 53 }, { spoil: () => noise });
    const volts = (await look(fake.path, { timeout: 0.3 })).get("dmm.volts");
    assert.equal(volts?.outcome, "garbled");
    assert.match(volts.evidence ?? "", /no frame of a UNI-T UT61E in \d+ bytes: check model, baud rate/);
  });

  it("a console instead of a meter: it is named, and nothing was sent to it", async (t) => {
    const text = Buffer.from("\r\nSwitch> enable\r\nPassword:");
    const fake = started(t, ut61e, { volts: 53 }, { spoil: () => text });
    for (const name of ["uni-t-ut61e", "auto"]) {
      const volts = (await look(fake.path, { meter: name, timeout: 0.3, listen: 0.1 })).get("dmm.volts");
      assert.match(volts?.evidence ?? "", /looks like a console/);
    }
    assert.equal(fake.heard().length, 0);
  });

  it("the cable comes off in the middle of a frame: unplugged, and no reading from the half", async (t) => {
    const came = Promise.withResolvers<void>();
    const listening = {
      ...io,
      openSerial: async (options: Parameters<typeof openSerial>[0]) => {
        const link = await openSerial(options);
        const listen = link.listen.bind(link);
        link.listen = (onBytes, onClose) =>
          listen((bytes) => {
            onBytes(bytes);
            came.resolve();
          }, onClose);
        return link;
      },
    };
    const fake = started(t, ut61e, { volts: 53 }, { every: 60_000 });
    const looking = look(fake.path, {}, listening);
    const half = setInterval(() => fake.send(ut61e.frame({ volts: 53 }).subarray(0, 7)), 20);
    t.after(() => clearInterval(half));
    await came.promise;
    clearInterval(half);
    fake.stop();
    const volts = (await looking).get("dmm.volts");
    assert.equal(volts?.outcome, "unreachable");
    assert.match(volts.evidence ?? "", /plug it in again/);
    assert.equal(volts.value, null);
  });

  it("nothing at any speed: what to press, and how to be asked", async (t) => {
    const fake = started(t, ut61e, { volts: 53 }, { every: 60_000 });
    const volts = (await look(fake.path, { meter: "auto", listen: 0.1 })).get("dmm.volts");
    assert.equal(volts?.outcome, "timeout");
    assert.match(volts.evidence ?? "", /RS232.*--ask/);
  });

  it("a cable that is no serial port is named before anything is opened", async () => {
    const volts = (await look("/dev/ttyNONE99", { meter: "brymen-bm869" })).get("dmm.volts");
    assert.equal(volts?.outcome, "absent");
    assert.match(volts.evidence ?? "", /HID/);
  });
});

describe("meters that are asked", () => {
  it("a Fluke 289 by QDDA: volts, and the flags that QM would hide", async (t) => {
    const fake = asked(t, startFluke289(53.021));
    const found = await look(fake.path, { meter: "fluke-289", readings: 2 });
    assert.equal(found.get("dmm.volts")?.value, 53.021);
    assert.match(fake.heard(), /^(QDDA\r)+$/);
  });

  it("acknowledgements 1, 2 and 5 in turn: asked again, waited for, no reading", async (t) => {
    const acks = ["1", "2", "5"];
    const fake = asked(
      t,
      startFluke289(53.021, (count) => acks[count] ?? "0"),
    );
    assert.equal(
      (await look(fake.path, { meter: "fluke-289", readings: 1 })).get("dmm.volts")?.value,
      53.021,
    );
  });

  for (const echo of [false, true]) {
    it(`a Fluke 45 with prompts${echo ? " and echo" : ""}: the right values`, async (t) => {
      const fake = asked(t, startFluke45(53.021, { echo }));
      const found = await look(fake.path, { meter: "fluke-45", readings: 2 });
      assert.equal(found.get("dmm.volts")?.value, 53.021);
      assert.deepEqual(found.get("dmm.flags")?.value, []);
    });
  }

  it("a Metex on its letter, and a late answer that does not count for the next", async (t) => {
    const fake = asked(
      t,
      startMetex((count) => (count === 0 ? undefined : "DC 053.00V   \r")),
    );
    const found = await look(fake.path, { meter: "metex-m3640d", readings: 2, timeout: 6 });
    assert.equal(found.get("dmm.volts")?.value, 53);
    assert.match(fake.heard(), /^D+$/);
  });

  it("a meter that is silent: asked three times, and the port stays well", async (t) => {
    const fake = asked(
      t,
      startAskedMeter(/\r/, () => undefined),
    );
    const volts = (await look(fake.path, { meter: "fluke-289", timeout: 0.6 })).get("dmm.volts");
    assert.equal(volts?.outcome, "timeout");
    assert.match(volts.evidence ?? "", /nothing answered \d command/);
    const again = (await look(fake.path, { meter: "fluke-289", timeout: 0.3 })).get("dmm.volts");
    assert.equal(again?.outcome, "timeout");
  });

  it("auto asks nobody, and with leave it asks them by name", async (t) => {
    const fake = asked(t, startFluke289(53.021));
    const quiet = await look(fake.path, { meter: "auto", listen: 0.1 });
    assert.equal(quiet.get("dmm.volts")?.outcome, "timeout");
    assert.equal(fake.heard(), "");
    const found = await look(fake.path, { meter: "auto", listen: 0.1, ask: true, readings: 1 });
    assert.equal(found.get("dmm.volts")?.value, 53.021);
  });

  it("a UPS: its figures, by the one harmless question", async (t) => {
    const fake = asked(t, startQ1Ups("(229.8 229.8 230.1 012 50.0 27.4 31.0 10001000"));
    const found = await look(fake.path, { meter: "megatec-q1-ups" });
    assert.equal(found.get("ups.output")?.value, 230.1);
    assert.deepEqual(found.get("ups.status")?.value, ["on-battery", "line-interactive"]);
    assert.equal(found.has("dmm.mode"), false);
    assert.match(fake.heard(), /^(Q1\r)+$/);
  });

  it("a UPS on a port where a meter is looked for hears nothing", async (t) => {
    const fake = asked(t, startQ1Ups("(229.8 229.8 230.1 012 50.0 27.4 31.0 00001000"));
    await look(fake.path, { meter: "auto", listen: 0.1 });
    await look(fake.path, { timeout: 0.2 });
    assert.equal(fake.heard(), "");
  });
});

describe("watchMeter()", () => {
  interface Watched {
    readonly events: MeterEvent[];
    until(what: (events: readonly MeterEvent[]) => boolean): Promise<void>;
    end(): Promise<unknown>;
  }

  function watch(t: TestContext, path: string, name = "uni-t-ut61e"): Watched {
    const found = loadMeters().get(name) ?? assert.fail();
    const chip = chipOf(found) ?? assert.fail();
    const stop = new AbortController();
    const events: MeterEvent[] = [];
    let wake = () => {};
    const ended = watchMeter({
      open: () => openSerial({ path, baudRate: found.line?.baudRate ?? 9600 }),
      chip,
      meter: found,
      clock: systemClock,
      signal: stop.signal,
      onEvent: (event) => {
        events.push(event);
        wake();
      },
    });
    const end = () => {
      stop.abort();
      return ended;
    };
    t.after(async () => {
      await end();
    });
    return {
      events,
      async until(what) {
        while (!what(events)) await new Promise<void>((resolve) => (wake = resolve));
      },
      end,
    };
  }

  const readings = (events: readonly MeterEvent[]) =>
    events.filter(({ event }) => event === "reading").length;
  const lost = (events: readonly MeterEvent[]) =>
    events.flatMap((each) => (each.event === "lost" ? [each.problem.code] : []));

  it("goes on by itself after the cable was off, and told so once per loss", async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "offhook-watch-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const path = join(folder, "meter");
    const first = started(t, ut61e, { volts: 53 });
    symlinkSync(first.path, path);
    const watched = watch(t, path);
    await watched.until((events) => readings(events) >= 3);
    first.stop();
    await watched.until((events) => lost(events).length === 1);
    assert.deepEqual(lost(watched.events), ["port-unplugged"]);
    const before = readings(watched.events);
    unlinkSync(path);
    await watched.until((events) => lost(events).length === 2);
    assert.equal(lost(watched.events)[1], "port-missing");
    const second = started(t, ut61e, { volts: 48 });
    symlinkSync(second.path, path);
    await watched.until((events) => readings(events) > before + 2);
    const last = watched.events.at(-1);
    assert.equal(last?.event === "reading" ? last.timed.reading.value : undefined, 48);
    assert.equal(first.heard().length + second.heard().length, 0);
  });

  it("waits for a port that another program holds", async (t) => {
    const fake = started(t, ut61e, { volts: 53 });
    const held = await openSerial({ path: fake.path, baudRate: 19_200 });
    const watched = watch(t, fake.path);
    await watched.until((events) => lost(events).includes("port-in-use"));
    await held[Symbol.asyncDispose]();
    await watched.until((events) => readings(events) >= 1);
  });

  it("tells of a meter that falls asleep, and that it is back", async (t) => {
    const fake = started(t, ut61e, { volts: 53 });
    const watched = watch(t, fake.path);
    await watched.until((events) => readings(events) >= 3);
    fake.sleep();
    await watched.until((events) => events.some(({ event }) => event === "stale"));
    const before = readings(watched.events);
    fake.send(ut61e.frame({ volts: 52 }));
    await watched.until((events) => readings(events) > before);
  });

  it("ends at once when it is told to, with how the port fared", async (t) => {
    const fake = started(t, ut61e, { volts: 53 });
    const watched = watch(t, fake.path);
    await watched.until((events) => readings(events) >= 2);
    const health = (await watched.end()) as { good: number; bad: number };
    assert.ok(health.good >= 2);
    assert.equal(health.bad, 0);
  });
});
