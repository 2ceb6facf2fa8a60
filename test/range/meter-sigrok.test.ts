import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { openPty } from "../fakes/pty.ts";

// A second opinion on the same octets: sigrok-cli reads them from a pty, its line is compared with what our frames say.
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

/** sigrok's driver for a chip, and the line without parity, which the C library refuses on a pty. */
const drivers: Readonly<Record<string, string>> = {
  es51922: "uni-t-ut61e-ser:serialcomm=19200/8n1",
  es51986: "uni-t-ut60g-ser:serialcomm=19200/8n1",
  fs9721: "voltcraft-vc820-ser:serialcomm=2400/8n1",
  fs9922: "uni-t-ut61c-ser:serialcomm=2400/8n1",
  dtm0660: "velleman-dvm4100:serialcomm=2400/8n1",
  ut71x: "uni-t-ut71c-ser:serialcomm=2400/8n1",
  bm25x: "brymen-bm25x:serialcomm=9600/8n1",
  vc870: "voltcraft-vc870-ser:serialcomm=9600/8n1",
};

interface Frames {
  readonly frames: readonly {
    readonly what: string;
    readonly hex: string;
    readonly quantity: string;
    readonly value: string | null;
    readonly unit: string;
  }[];
}

/** Each session takes a second and more: volts, amps and ohms, and an overload, are enough of each chip. */
function framesOf(chip: string): Frames["frames"] {
  const url = new URL(`../agent/meters/frames/${chip}.json`, import.meta.url);
  const { frames } = JSON.parse(readFileSync(url, "utf8")) as Frames;
  const kinds = new Map<string, Frames["frames"][number]>();
  for (const frame of frames) {
    if (!["voltage", "current", "resistance"].includes(frame.quantity)) continue;
    kinds.set(`${frame.quantity} ${frame.value === null} ${frame.value?.startsWith("-")}`, frame);
  }
  return [...kinds.values()];
}

const powers: Readonly<Record<string, number>> = { p: -12, n: -9, µ: -6, u: -6, m: -3, "": 0, k: 3, M: 6 };

/** `P1: 53.00 V DC AUTO` in base units; undefined when it is no such line. */
function numberIn(line: string): { value: number; unit: string } | undefined {
  const found = /:\s*(-?[\d.]+|-?inf)\s+([pnµumkM]?)(V|A|Ω|Hz|F)(?![A-Za-z])/.exec(line);
  if (found === null) return undefined;
  const [, number = "", prefix = "", unit = ""] = found;
  const value = number.endsWith("inf") ? Infinity : Number(number) * 10 ** (powers[prefix] ?? 0);
  return { value, unit: unit === "Ω" ? "Ohm" : unit };
}

function sigrok(
  driver: string,
  path: string,
  shim: string,
): Promise<{ line: string | undefined; talk: string }> {
  const [name = "", ...rest] = driver.split(":");
  const device = [name, `conn=${path}`, ...rest].join(":");
  return new Promise((resolve) => {
    execFile(
      "sigrok-cli",
      ["-d", device, "--samples", "2"],
      { timeout: 20_000, env: { ...process.env, LD_PRELOAD: shim } },
      (_, stdout, stderr) => {
        const lines = stdout.split("\n").filter((line) => numberIn(line) !== undefined);
        resolve({ line: lines.at(-1), talk: `${stdout}${stderr}`.trim() });
      },
    );
  });
}

if (skip !== false) it("sigrok-cli reads the same octets alike", { skip }, () => {});
else describe("sigrok-cli reads the same octets alike", readAlike);

function readAlike(): void {
  const folder = mkdtempSync(join(tmpdir(), "offhook-sigrok-"));
  const shim = join(folder, "pty-as-serial-port.so");

  before(() => {
    const source = new URL("meter-sigrok/pty-as-serial-port.c", import.meta.url).pathname;
    execFileSync("cc", ["-shared", "-fPIC", "-O1", "-o", shim, source, "-ldl"]);
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [chip, driver] of Object.entries(drivers)) {
    for (const frame of framesOf(chip)) {
      it(`${chip}: ${frame.what}`, async (t) => {
        const pty = openPty();
        const octets = Buffer.from(frame.hex.replaceAll(" ", ""), "hex");
        const timer = setInterval(() => pty.write(octets), 60);
        t.after(() => {
          clearInterval(timer);
          pty.close();
        });
        const { line, talk } = await sigrok(driver, pty.path, shim);
        if (line === undefined) {
          t.skip(`sigrok-cli gave no reading: ${talk.slice(0, 200)}`);
          return;
        }
        const read = numberIn(line);
        assert.ok(read !== undefined);
        if (frame.value === null) assert.equal(Math.abs(read.value), Infinity, line);
        else {
          assert.equal(read.unit, frame.unit, line);
          const expected = Number(frame.value);
          assert.ok(
            Math.abs(read.value - expected) <= Math.abs(expected) * 1e-4 + 1e-9,
            `${line}, we read ${frame.value}`,
          );
        }
      });
    }
  }
}
