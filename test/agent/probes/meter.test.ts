import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { systemClock } from "../../../agent/io/clock.ts";
import type { AgentIo } from "../../../agent/io/io.ts";
import { openSerial } from "../../../agent/io/serial/serial.ts";
import { meter } from "../../../agent/probes/meter.ts";
import type { Observation } from "../../../protocol/observation.ts";
import { startScpiMeter, startUt61e, ut61eFrame, type FakeMeter } from "../../fakes/meter.ts";

const io = { clock: systemClock, openSerial, say: () => {} } as unknown as AgentIo;
const settings = {
  meter: "uni-t-ut61e",
  id: "bench",
  end: "switch" as const,
  readings: 3,
  timeout: 5,
  judge: false,
  ask: false,
  listen: 0.4,
};

function look(path: string, changed: Partial<Parameters<typeof meter.run>[1]> = {}): Promise<Observation[]> {
  return meter.run(path, { ...settings, ...changed }, io, new AbortController().signal);
}

const get = (observations: readonly Observation[], key: string) =>
  observations.find((each) => each.key === key);

async function withMeter(fake: FakeMeter, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } finally {
    fake.stop();
  }
}

describe("meter probe on a pty", () => {
  it("reads a UT61E: volts, mode, age, place; and never writes a byte to it", async () => {
    const fake = startUt61e(53.02, { every: 20 });
    await withMeter(fake, async () => {
      const observations = await look(fake.path, { place: "port:sw1/7" });
      assert.equal(get(observations, "dmm.volts")?.value, 53.02);
      assert.equal(get(observations, "dmm.mode")?.value, "dc-volts");
      assert.equal(get(observations, "dmm.place")?.value, "port:sw1/7");
      assert.equal(get(observations, "dmm.end")?.value, "switch");
      assert.ok(Number(get(observations, "dmm.age")?.value) < 5);
      assert.equal(fake.heard().length, 0);
    });
  });

  it("opens the same port again and again", async () => {
    const fake = startUt61e(48, { every: 20 });
    await withMeter(fake, async () => {
      for (let times = 0; times < 5; times += 1)
        assert.equal(get(await look(fake.path), "dmm.volts")?.value, 48);
    });
  });

  it("drops an outlier made by a lost byte: the median speaks", async () => {
    const fake = startUt61e(53, { every: 15 });
    const odd = setInterval(() => fake.send(ut61eFrame(3.02)), 60);
    await withMeter(fake, async () => {
      assert.equal(get(await look(fake.path, { readings: 9 }), "dmm.volts")?.value, 53);
    }).finally(() => clearInterval(odd));
  });

  it("reads an SCPI meter, and leaves it in local", async () => {
    const fake = startScpiMeter(-52.998);
    await withMeter(fake, async () => {
      const observations = await look(fake.path, { meter: "agilent-34401a" });
      assert.equal(get(observations, "dmm.volts")?.value, 52.998);
      assert.match(get(observations, "dmm.volts")?.evidence ?? "", /reversed/);
      // The last command may still be on its way through the pty.
      const said = () => Buffer.from(fake.heard()).toString("latin1");
      for (let turns = 0; turns < 1000 && !said().endsWith("SYST:LOC\n"); turns += 1)
        await systemClock.sleep(1);
      assert.match(said(), /SYST:LOC\n$/);
    });
  });

  it("says that the meter is on ohms instead of giving volts", async () => {
    const fake = startScpiMeter(99.87, { configuration: '"RES +1.000000E+02,+1.000000E-04"' });
    await withMeter(fake, async () => {
      const observations = await look(fake.path, { meter: "agilent-34401a" });
      assert.equal(get(observations, "dmm.mode")?.value, "ohms");
      assert.equal(get(observations, "dmm.volts")?.outcome, "absent");
    });
  });

  it("silence is a time-out that says which key to press; noise is garbled", async () => {
    const silent = startUt61e(53, { every: 60_000 });
    await withMeter(silent, async () => {
      const volts = get(await look(silent.path, { timeout: 0.3 }), "dmm.volts");
      assert.equal(volts?.outcome, "timeout");
      assert.match(volts?.evidence ?? "", /RS232/);
    });
    const noisy = startUt61e(53, { every: 60_000 });
    const talk = setInterval(() => noisy.send(Buffer.from("Switch> ")), 20);
    await withMeter(noisy, async () => {
      const volts = get(await look(noisy.path, { timeout: 0.3 }), "dmm.volts");
      assert.equal(volts?.outcome, "garbled");
      assert.match(volts?.evidence ?? "", /check model, baud rate and cable/);
    }).finally(() => clearInterval(talk));
  });

  it("a port that is missing, in use, or no port at all: each its own sentence", async () => {
    const missing = get(await look("/dev/ttyNONE99"), "dmm.volts");
    assert.equal(missing?.outcome, "unreachable");
    assert.match(missing?.evidence ?? "", /plug the cable in/);

    const folder = mkdtempSync(join(tmpdir(), "offhook-meter-"));
    writeFileSync(join(folder, "file"), "");
    const notAPort = get(await look(join(folder, "file")), "dmm.volts");
    assert.equal(notAPort?.outcome, "absent");
    rmSync(folder, { recursive: true });

    const fake = startUt61e(53, { every: 20 });
    await withMeter(fake, async () => {
      await using held = await openSerial({ path: fake.path, baudRate: 19_200 });
      held.listen(
        () => {},
        () => {},
      );
      const inUse = get(await look(fake.path), "dmm.volts");
      assert.equal(inUse?.outcome, "refused");
      assert.match(inUse?.evidence ?? "", /another program/);
    });
  });
});
