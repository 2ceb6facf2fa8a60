import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { SerialLink } from "../../../agent/io/serial/serial.ts";
import { detectMeter } from "../../../agent/meters/detect-meter.ts";
import { loadMeters } from "../../../agent/meters/meter.ts";
import { looksLikeConsole } from "../../../agent/meters/noise.ts";
import { meterFamilies } from "../../fakes/meters/frames.ts";
import { HandClock } from "../schedule/hand-clock.ts";

const meters = loadMeters();

/** A port on which octets come at one speed, and noise at the others. */
async function detect(baud: number, octets: Uint8Array, options: { noise?: Uint8Array } = {}) {
  const clock = new HandClock();
  const written: Uint8Array[] = [];
  const opened: string[] = [];
  const detecting = detectMeter({
    meters,
    clock,
    signal: new AbortController().signal,
    say: () => {},
    each: 3000,
    ask: false,
    async open({ baudRate, lines }): Promise<SerialLink> {
      opened.push(`${baudRate} ${Number(lines.dtr)}${Number(lines.rts)}`);
      return {
        listen(onBytes) {
          onBytes(baudRate === baud ? octets : (options.noise ?? new Uint8Array(0)));
        },
        write: async (bytes) => void written.push(bytes),
        setLines: async () => {},
        [Symbol.asyncDispose]: async () => {},
      };
    },
  });
  let found: Awaited<typeof detecting> | undefined;
  void detecting.then((result) => (found = result));
  for (let times = 0; times < 10 && found === undefined; times += 1) {
    await clock.settle();
    if (found === undefined) await clock.pass(3000);
  }
  assert.equal(written.length, 0);
  return { found: found ?? assert.fail("it went on and on"), opened };
}

const times = (count: number, frame: Uint8Array) => Buffer.concat(Array.from({ length: count }, () => frame));

describe("detectMeter()", () => {
  for (const family of meterFamilies) {
    it(`finds a meter with ${family.chip} at its own speed`, async () => {
      const line = meters.get(family.meter)?.line ?? assert.fail();
      const { found } = await detect(line.baudRate, times(8, family.frame({ volts: 53 })));
      assert.equal(found.kind, "found");
      assert.equal(found.kind === "found" ? meters.get(found.id)?.chip : "", family.chip);
    });
  }

  it("listens at 19200, 2400 and 9600 first, with the cables' power, and writes nothing", async () => {
    const { found, opened } = await detect(1, new Uint8Array(0));
    assert.equal(found.kind, "nothing");
    assert.deepEqual(opened.slice(0, 4), ["19200 10", "2400 10", "9600 10", "9600 11"]);
  });

  it("noise at every speed is nothing, and is kept to be told about", async () => {
    const noise = Uint8Array.of(0, 0xff, 0x80, 0, 0x80);
    const { found } = await detect(1, new Uint8Array(0), { noise });
    assert.deepEqual(found, { kind: "nothing", bytes: 5, sample: Buffer.from(noise) });
  });

  it("does not guess between two protocols that read different numbers out of the same octets", async () => {
    // 123.4 ohms of an ES51962 are 12.34 V AC of a UT71x: both layouts are eleven octets of digits.
    const frame = Buffer.from("3031323334333231320d0a", "hex");
    const { found } = await detect(2400, times(16, frame));
    assert.equal(found.kind, "ambiguous");
    const ids = found.kind === "ambiguous" ? found.ids : [];
    assert.ok(ids.includes("uni-t-ut71a") && ids.includes("iso-tech-idm103n"));
  });
});

describe("looksLikeConsole()", () => {
  it("tells a prompt from a meter's text and from noise", () => {
    assert.equal(looksLikeConsole(Buffer.from("\r\nSwitch> enable\r\nPassword:")), true);
    assert.equal(looksLikeConsole(Buffer.from("205300;000:0\r\n")), false);
    assert.equal(looksLikeConsole(Uint8Array.of(0, 1, 2, 3, 0xff, 0xfe, 9, 0x80, 0x81)), false);
  });
});
