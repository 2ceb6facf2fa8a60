import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { chips } from "../../agent/meters/chips/list.ts";
import type { Chip } from "../../agent/meters/chips/chip.ts";
import { decodeRecording } from "../../agent/meters/decode-recording.ts";
import { chipOf, loadMeters, type Meter } from "../../agent/meters/meter.ts";
import type { Reading } from "../../agent/meters/reading.ts";
import { peers } from "./meter-sigrok/peers.ts";
import { readPrintedLine } from "./meter-sigrok/printed-line.ts";
import { readBySigrok, type Frame } from "./meter-sigrok/session.ts";

// A second opinion on the same octets: sigrok-cli reads every frame of every chip that one of its drivers knows, from a
// pty, and what it prints is compared with what we read: number, unit, coupling, flags.
// Needs the Debian packages sigrok-cli, gcc and libc6-dev (for the shim that lets libserialport open a pty).

const has = (command: string) => {
  try {
    execFileSync("sh", ["-c", `command -v ${command}`], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
};

const missing = [
  ...(has("sigrok-cli") ? [] : ["sigrok-cli"]),
  ...(has("cc") ? [] : ["cc (Debian packages gcc and libc6-dev)"]),
];
const skip = missing.length === 0 ? false : `not installed: ${missing.join(", ")}`;

const folder = new URL("../agent/meters/frames/", import.meta.url);

/** Chips that no driver of sigrok-cli reads over a serial port, each with the reason. */
const without: Readonly<Record<string, string>> = {
  es51911: "no driver for the five digits of the 11-octet frame",
  es51967: "no driver for the clamp meters",
  bm86x: "its driver speaks USB-HID alone",
  "fluke28x-qdda": "its driver asks QM and never QDDA",
  "scpi-xdm": "its dialect came after sigrok 0.5.2",
  "scpi-gdm": "its dialect came after sigrok 0.5.2",
  megatec: "a UPS",
  apc: "a UPS",
};

/** Where the two differ, what sigrok 0.5.2 prints and why; an entry that is no longer so fails. */
const differences: Readonly<Record<string, { readonly prints: string | undefined; readonly why: string }>> = {
  "es51922: 120.4 mA DC, manual mA": {
    prints: "P1: 120.40 mA DC AUTO",
    why: "prints AUTO for every current; the bit in the frame is clear",
  },
  "es51962: milliamps, whose code has changed places": {
    prints: "P1: 12.04 mA DC AUTO",
    why: "prints AUTO for every current; the bit in the frame is clear",
  },
  "fluke28x: 53.02E0,VAC_PLUS_DC,NORMAL,NONE": { prints: undefined, why: "knows no AC+DC of a 28x" },
  "bm85x: temperature with its letter before the exponent": {
    prints: undefined,
    why: "takes the letter inside the number for a broken number",
  },
};

const framesOf = (name: string): Frame[] =>
  (JSON.parse(readFileSync(new URL(`${name}.json`, folder), "utf8")) as { frames: Frame[] }).frames;

function readingsOf(chip: Chip, frame: Frame): readonly Reading[] {
  const octets =
    frame.hex === undefined
      ? Buffer.from((frame.answers ?? []).map((line) => `${line}\r\n`).join(""), "latin1")
      : Buffer.from(frame.hex.replaceAll(" ", ""), "hex");
  return decodeRecording(chip, octets).readings;
}

function ourReading(name: string, frame: Frame): Reading {
  const chip = chips.find((each) => each.name === name);
  assert.ok(chip, `no chip ${name}`);
  const [reading] = readingsOf(chip, frame);
  assert.ok(reading, `we read nothing in ${frame.what}`);
  return reading;
}

const flags = ["auto", "hold", "min", "max", "relative"] as const;

function compare(ours: Reading, line: string | undefined): void {
  if (line === undefined) {
    assert.equal(ours.value, null, "sigrok-cli prints nothing");
    assert.equal(ours.overload, "none");
    return;
  }
  const theirs = readPrintedLine(line);
  assert.ok(theirs !== undefined, line);
  // Continuity is a beep to sigrok, 1 or 0, where it knows the function by the frame.
  if (ours.quantity === "continuity" && theirs.unit === "") {
    assert.equal(theirs.value, ours.overload === "none" ? 1 : 0, line);
    return;
  }
  assert.equal(theirs.unit, ours.unit, line);
  if (ours.value === null) {
    assert.equal(theirs.value, null, line);
    // Most of its drivers lose the sign of an overload; where one is printed, it is ours.
    if (theirs.negative) assert.equal(ours.overload, "-", line);
  } else {
    assert.ok(theirs.value !== null, line);
    assert.ok(
      Math.abs(theirs.value - ours.value) <= theirs.tolerance * (1 + 1e-9),
      `${line}, we read ${ours.value}`,
    );
  }
  if (theirs.coupling !== "unknown") assert.equal(theirs.coupling, ours.coupling, line);
  for (const flag of flags)
    if (ours[flag] !== undefined) assert.equal(theirs.flags.has(flag), ours[flag], `${flag}: ${line}`);
}

describe("sigrok-cli and the chips", () => {
  it("every chip has a driver of sigrok or the reason why there is none", () => {
    const files = readdirSync(folder).map((file) => file.replace(/\.json$/, ""));
    assert.deepEqual([...Object.keys(peers), ...Object.keys(without)].toSorted(), files.toSorted());
  });
});

/** Names that sigrok writes in another way than our files. */
const otherNames: Readonly<Record<string, string>> = {
  "pce-dm32": "pce-pce-dm32",
  "v-a-va18b": "va-va18b",
  "v-a-va40b": "va-va40b",
  "tekpower-tp4000zc": "tekpower-tp4000ZC",
};

/** Every meter of ours that has a serial driver of its own at sigrok, with it: models differ in bits and in counts. */
function metersOfSigrok(): { readonly id: string; readonly meter: Meter; readonly driver: string }[] {
  const listed = execFileSync("sigrok-cli", ["-L"], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  });
  const drivers = new Set(listed.split("\n").map((line) => line.trim().split(" ")[0] ?? ""));
  return [...loadMeters()].flatMap(([id, meter]) => {
    if (meter.line === undefined || peers[meter.chip] === undefined) return [];
    const name = otherNames[id] ?? id;
    const driver = [`${name}-ser`, name].find((each) => drivers.has(each));
    return driver === undefined
      ? []
      : [{ id, meter, driver: `${driver}:serialcomm=${meter.line.baudRate}/8n1` }];
  });
}

function readAlike(): void {
  const own = mkdtempSync(join(tmpdir(), "offhook-sigrok-"));
  const shim = join(own, "pty-as-serial-port.so");

  before(() => {
    const source = new URL("meter-sigrok/pty-as-serial-port.c", import.meta.url).pathname;
    execFileSync("cc", ["-shared", "-fPIC", "-O1", "-o", shim, source, "-ldl"]);
  });
  after(() => rmSync(own, { recursive: true }));

  for (const [name, peer] of Object.entries(peers)) {
    it(`${name}, by its driver ${peer.driver.split(":")[0]}`, async (t) => {
      const frames = framesOf(name);
      const printed = await readBySigrok(peer, frames, shim);
      for (const [index, frame] of frames.entries()) {
        await t.test(frame.what, () => {
          const line = printed[index];
          const differs = differences[`${name}: ${frame.what}`];
          if (differs === undefined) compare(ourReading(name, frame), line);
          else {
            assert.equal(line, differs.prints, differs.why);
            assert.throws(() => compare(ourReading(name, frame), line), "no longer a difference");
          }
        });
      }
    });
  }

  for (const { id, meter, driver } of metersOfSigrok()) {
    it(`${id}, by its own driver ${driver.split(":")[0]}`, async () => {
      const chip = chipOf(meter);
      const peer = peers[meter.chip];
      assert.ok(chip && peer);
      const frames = framesOf(meter.chip).filter(
        (frame) =>
          differences[`${meter.chip}: ${frame.what}`] === undefined && readingsOf(chip, frame).length === 1,
      );
      const printed = await readBySigrok({ ...peer, driver }, frames, shim);
      for (const [index, frame] of frames.entries()) {
        const [ours] = readingsOf(chip, frame);
        assert.ok(ours);
        compare(ours, printed[index]);
      }
    });
  }
}

if (skip !== false) it("sigrok-cli reads the same octets alike", { skip }, () => {});
else describe("sigrok-cli reads the same octets alike", { concurrency: 3 }, readAlike);
