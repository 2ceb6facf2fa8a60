import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { describe, it, type TestContext } from "node:test";
import { Command } from "commander";
import { diag } from "../../../agent/cli/diag/diag.ts";
import type { CliContext } from "../../../agent/cli/context.ts";
import { CliError } from "../../../agent/cli/exit-codes.ts";
import { plainStyle } from "../../../agent/cli/print/style.ts";
import type { MeterCase } from "../../../agent/meters/capture-case.ts";
import { openPty } from "../../fakes/pty.ts";
import { meterFamilies, type Display } from "../../fakes/meters/frames.ts";
import { startStreamingMeter } from "../../fakes/meters/streaming-meter.ts";
import { checkCase } from "./check-case.ts";

interface Run {
  readonly out: string[];
  readonly said: string[];
  readonly stdin: PassThrough;
  readonly stop: AbortController;
  /** Resolves when a line of talk or data has come that fits. */
  until(what: RegExp): Promise<void>;
  code: number | undefined;
  done: Promise<void>;
}

/** Runs `offhook diag …` in this process. */
function run(...words: string[]): Run {
  const [out, said] = [[] as string[], [] as string[]];
  const stdin = new PassThrough();
  const stop = new AbortController();
  let wake = () => {};
  const heard = (list: string[]) => (line: string) => {
    list.push(line);
    wake();
  };
  const context: CliContext = {
    out: heard(out),
    outBytes() {},
    say: heard(said),
    progress() {},
    style: plainStyle,
    stdin,
    environment: {},
    signal: stop.signal,
    end(code) {
      result.code = code;
    },
  };
  const command = new Command("diag").enablePositionalOptions().exitOverride();
  diag(command, context);
  const result: Run = {
    out,
    said,
    stdin,
    stop,
    code: undefined,
    async until(what) {
      while (![...out, ...said].some((line) => what.test(line)))
        await new Promise<void>((resolve) => (wake = resolve));
    },
    done: Promise.resolve(),
  };
  // After the rest stands: a verb may end before its first wait.
  result.done = command.parseAsync(words, { from: "user" }).then(() => {});
  return result;
}

function ut61e(t: TestContext, display: Display = { volts: 53 }, every = 40) {
  const fake = startStreamingMeter(meterFamilies[0] ?? assert.fail(), display, { every });
  t.after(() => fake.stop());
  return fake;
}

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), "offhook-verbs-"));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

describe("offhook diag meter", () => {
  it("finds the meter, and shows value, flags, sparkline, range and verdict", async (t) => {
    const fake = ut61e(t);
    const { out, done } = run("meter", fake.path);
    await done;
    const text = out.join("\n");
    assert.match(text, /^meter {4}53 V DC$/m);
    assert.match(text, /^flags {4}auto$/m);
    assert.match(text, /^series {3}[▁-█]+ {2}min 53, max 53, mean 53$/m);
    assert.match(text, /^verdict {2}ok: /m);
    assert.equal(fake.heard().length, 0);
  });

  it("--json gives observations and findings, as every probe does", async (t) => {
    const fake = ut61e(t, { volts: 39.2 });
    const { out, done } = run(
      "meter",
      fake.path,
      "--meter",
      "uni-t-ut61e",
      "--json",
      "--place",
      "port:sw1/7",
    );
    await done;
    assert.equal(out.length, 1);
    const found = JSON.parse(out[0] ?? "") as { observations: { key: string; value: unknown }[] };
    const value = (key: string) => found.observations.find((each) => each.key === key)?.value;
    assert.equal(value("dmm.volts"), 39.2);
    assert.equal(value("dmm.place"), "port:sw1/7");
    assert.equal(value("dmm.verdict"), "low");
  });

  it("judges the cable where a person says what the other end has", async (t) => {
    const fake = ut61e(t, { volts: 47 });
    const words = ["--source-volts", "53", "--watts", "12.95", "--length", "100", "--no-judge"];
    const { out, done } = run("meter", fake.path, ...words);
    await done;
    assert.match(out.join("\n"), /^cable {4}cable-loss: 6.00 V are lost, 100 m of 24 AWG take 2.40 V/m);
    await assert.rejects(run("meter", fake.path, "--source-volts", "53").done, CliError);
  });

  it("--watch --csv goes on until it is ended, a line per reading, and sums up", async (t) => {
    const fake = ut61e(t);
    const csv = join(folder(t), "volts.csv");
    const watching = run("meter", fake.path, "--meter", "uni-t-ut61e", "--watch", "--csv", csv);
    await watching.until(/53 V/);
    fake.show({ volts: 52.9, hold: true });
    await watching.until(/52\.9 V +dc-volts +auto, hold/);
    watching.stop.abort();
    await watching.done;
    assert.match(watching.out.join("\n"), /^port {5}\d+ readings, 0 bad frames/m);
    const lines = readFileSync(csv, "utf8").trim().split("\n");
    assert.equal(lines[0], "time,meter,value,unit,mode,overload,flags,after_resync");
    assert.match(lines[1] ?? "", /^\d{4}-\d\d-\d\dT[\d:.]+Z,UNI-T UT61E,53,V,dc-volts,none,auto,false$/);
    assert.ok(lines.some((line) => line.includes(",52.9,V,dc-volts,none,auto hold,")));
  });

  it("--watch --json gives one object per reading and one at the end", async (t) => {
    const fake = ut61e(t, { volts: 0, overload: true });
    const watching = run("meter", fake.path, "--meter", "uni-t-ut61e", "--watch", "--json");
    await watching.until(/overload/);
    watching.stop.abort();
    await watching.done;
    const [first] = watching.out.map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.equal(first?.value, null);
    assert.equal(first.overload, "+");
    assert.ok("summary" in (JSON.parse(watching.out.at(-1) ?? "") as object));
  });

  it("--ripple ends by itself when the ripple can be judged", async (t) => {
    const family = meterFamilies[0] ?? assert.fail();
    const fake = startStreamingMeter(family, { volts: 0.1, coupling: "ac" }, { every: 300 });
    t.after(() => fake.stop());
    const { out, done } = run("meter", fake.path, "--meter", "uni-t-ut61e", "--ripple");
    await done;
    assert.match(out.join("\n"), /^verdict {2}ripple-warn/m);
  });

  it("tells when a meter's cable is no serial port", async () => {
    const watching = run("meter", "/dev/ttyNONE99", "--meter", "brymen-bm869", "--watch");
    await assert.rejects(watching.done, /HID/);
  });
});

describe("offhook diag meter decode", () => {
  const decode = async (lines: readonly string[]) => {
    const decoding = run("meter", "decode", "--stdin");
    decoding.stdin.end(lines.map((line) => `${line}\n`).join(""));
    await decoding.done;
    return decoding.out
      .flatMap((text) => text.split("\n"))
      .map((text) => JSON.parse(text) as Record<string, unknown>);
  };

  it("reads JSON lines, one line out for each, and goes on after what is wrong", async () => {
    const found = await decode([
      '{"chip":"es51922","hex":"32 30 35 33 30 30 3b 30 30 30 3a 30 0d 0a"}',
      "no JSON",
      '{"meter":"voltcraft-vc820","hex":"17273D435E617F8F9DA0B0C0D4E0"}',
      '{"chip":"nobody","hex":"00"}',
      '{"chip":"es51922","hex":"3"}',
      '{"chip":"es51922","hex":12}',
      "[]",
      "",
      '{"hex":"00"}',
      '{"chip":"es51922","hex":"32 30 35"}',
      '{"chip":"fluke28x","hex":"300d35332e3032314530 2c5644432c4e4f524d414c2c4e4f4e450d"}',
    ]);
    assert.equal(found.length, 11);
    assert.deepEqual(found[0], {
      quantity: "voltage",
      value: "53",
      unit: "V",
      overload: "none",
      flags: {
        auto: true,
        hold: false,
        min: false,
        max: false,
        rel: false,
        lowBattery: false,
        dc: true,
        ac: false,
      },
    });
    assert.equal(found[2]?.value, "53");
    assert.equal(found[10]?.value, "53.021");
    const wrong = found.map((each, index) => ("error" in each ? index : -1)).filter((index) => index >= 0);
    assert.deepEqual(wrong, [1, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("gives unknown flags as null, overload without a value, and small values without an exponent", async () => {
    const [overload, small] = await decode([
      '{"chip":"ut71x","hex":"3a 3a 30 3c 3a 33 31 32 31 0d 0a"}',
      '{"chip":"metex14","hex":"43 41 20 20 34 37 2e 31 30 6e 46 20 20 0d"}',
    ]);
    assert.equal(overload?.value, null);
    assert.equal(overload.overload, "+");
    assert.equal((overload.flags as Record<string, unknown>).hold, null);
    assert.equal(small?.value, "0.0000000471");
    assert.equal(small.unit, "F");
  });

  it("a line of a megabyte is an error, and the next one is read", async () => {
    const found = await decode([
      `{"chip":"es51922","hex":"${"00 ".repeat(400_000)}"}`,
      '{"chip":"es51922","hex":"3230353330303b3030303a300d0a"}',
    ]);
    assert.deepEqual(
      found.map((each) => "error" in each),
      [true, false],
    );
  });

  it("takes octets on the command line too", async () => {
    const { out, done } = run("meter", "decode", "--chip", "vc96", "44432020", "35332e303056200d0a");
    await done;
    assert.equal((JSON.parse(out[0] ?? "") as { value: string }).value, "53");
    const meter = run(
      "meter",
      "decode",
      "--meter",
      "fluke-189",
      Buffer.from("0\rQM,+18.74 mV AC\r").toString("hex"),
    );
    await meter.done;
    assert.equal((JSON.parse(meter.out[0] ?? "") as { value: string }).value, "0.01874");
  });
});

describe("offhook diag meter capture", () => {
  it("guides through displays and writes a case that proves the chip", async (t) => {
    const fake = ut61e(t, { volts: 0 });
    const out = join(folder(t), "case.json");
    const words = ["--baud", "19200", "--seconds", "0.3", "--name", "Simulated UT61E", "--out", out];
    const capturing = run("meter", "capture", fake.path, ...words);
    const shown: readonly (readonly [RegExp, Display, string])[] = [
      [/^1\/10/, { volts: 0 }, "0.00 V"],
      [/^2\/10/, { volts: 1.53 }, "1.53 V"],
      [/^3\/10/, { volts: -1.53 }, "-1530 mV"],
    ];
    for (const [prompt, display, typed] of shown) {
      await capturing.until(prompt);
      fake.show(display);
      capturing.stdin.write(`${typed}\n`);
    }
    await capturing.until(/^4\/10/);
    capturing.stdin.write("\n");
    await capturing.until(/^5\/10/);
    capturing.stdin.write("q\n");
    await capturing.done;
    const found = JSON.parse(readFileSync(out, "utf8")) as MeterCase;
    assert.equal(found.captures.length, 3);
    assert.equal(found.chip, "es51922");
    checkCase(found);
    assert.equal(fake.heard().length, 0);
    await assert.rejects(run("meter", "capture", fake.path, "--out", out).done, /is there already/);
  });
});

describe("offhook diag console", () => {
  const lines = [
    "Jan 15 12:00:01: %LINK-3-UPDOWN: Interface GigabitEthernet1/0/7, changed state to down",
    "Jan 15 12:00:05: %ILPOWER-5-POWER_GRANTED: Interface Gi1/0/7: Power granted",
    "U-Boot 2016.01 (phone)",
  ];

  it("shows what comes with control characters as escapes, takes port messages, and writes nothing", async (t) => {
    const pty = openPty();
    t.after(() => pty.close());
    const heard: number[] = [];
    pty.onBytes((bytes) => heard.push(...bytes));
    const transcript = join(folder(t), "console.log");
    const reading = run("console", pty.path, "--id", "sw1", "--transcript", transcript);
    await reading.until(/reading/);
    const text = `${lines.join("\r\n")}\r\n\u001b[2Jdone\r\nSwitch> `;
    pty.write(Buffer.from(text));
    await reading.until(/done/);
    reading.stop.abort();
    await reading.done;
    assert.deepEqual(reading.out.slice(0, 3), lines);
    assert.equal(reading.out[3], "\\x1b[2Jdone");
    assert.match(reading.said.join("\n"), /poe\.state delivering/);
    assert.equal(heard.length, 0);
    assert.equal(readFileSync(transcript, "latin1"), text);
  });

  it("--json gives the observations, and --wake sends one carriage return", async (t) => {
    const pty = openPty();
    t.after(() => pty.close());
    let heard = "";
    pty.onBytes((bytes) => {
      heard += Buffer.from(bytes).toString("latin1");
      pty.write(Buffer.from(`${lines.join("\r\n")}\r\n`));
    });
    const reading = run("console", pty.path, "--id", "sw1", "--wake", "--seconds", "0.4", "--json");
    await reading.done;
    assert.equal(heard, "\r");
    const { observations } = JSON.parse(reading.out[0] ?? "") as {
      observations: { subject: string; key: string; value: unknown }[];
    };
    assert.deepEqual(
      observations.map(({ subject, key, value }) => [subject, key, value]),
      [
        ["port:sw1/GigabitEthernet1/0/7", "link.up", false],
        ["port:sw1/Gi1/0/7", "poe.state", "delivering"],
        ["host:sw1", "console.boots", 1],
      ],
    );
  });
});
