import { Type, type Static } from "typebox";
import type { ObservationKey } from "../../protocol/observation-keys.ts";
import type { Observation, Outcome } from "../../protocol/observation.ts";
import { observerOf, type Observe } from "../../protocol/observe.ts";
import type { Probe } from "../../protocol/probe.ts";
import type { AgentIo } from "../io/io.ts";
import { SerialError, type SerialCode } from "../io/serial.ts";
import { askMeter, listenToMeter, type Listening } from "../meters/listen-to-meter.ts";
import { chipOf, loadMeters, type Meter } from "../meters/meter.ts";
import { modeOf, type Reading } from "../meters/reading.ts";

const meters = loadMeters();

const MeterSettings = Type.Object(
  {
    meter: Type.Enum([...meters.keys()], { default: "uni-t-ut61e", description: "which meter it is" }),
    id: Type.String({ default: "bench", maxLength: 40, description: "its name in observations" }),
    place: Type.Optional(
      Type.String({
        pattern: "^(port|phone):.+$",
        description: "what the leads are on, such as port:sw1/7 or phone:805ec0010007",
      }),
    ),
    end: Type.Enum(["switch", "phone"], {
      default: "switch",
      description: "which end of the cable is measured",
    }),
    readings: Type.Integer({
      minimum: 1,
      maximum: 1000,
      default: 4,
      description: "how many readings to take",
    }),
    timeout: Type.Number({ minimum: 0.1, maximum: 600, default: 5, description: "seconds to wait for them" }),
  },
  { additionalProperties: false },
);
type MeterSettings = Static<typeof MeterSettings>;

const outcomes: Record<SerialCode, Outcome> = {
  "port-missing": "unreachable",
  "port-unplugged": "unreachable",
  "port-permission": "denied",
  "port-in-use": "refused",
  "not-a-port": "absent",
  "bad-settings": "absent",
  "port-failed": "garbled",
};

/** Reads a multimeter on a serial line: the volts on the pairs, and whether the meter is set to measure them. */
export const meter: Probe<typeof MeterSettings, AgentIo> = {
  name: "meter",
  verb: "meter",
  about: "read a multimeter on a serial port: the volts on the PoE pairs",
  target: "PORT",
  example: "offhook diag meter /dev/ttyUSB0 --meter uni-t-ut61e --place port:sw1/7",
  settings: MeterSettings,
  run: runMeter,
  show: showMeter,
};

async function runMeter(
  port: string,
  settings: MeterSettings,
  io: AgentIo,
  signal: AbortSignal,
): Promise<Observation[]> {
  const found = meters.get(settings.meter);
  if (found === undefined) throw new Error(`no meter ${settings.meter}`);
  const observe = observerOf("meter", `meter:${settings.id}`, io.clock.now());
  const where = placeOf(settings, observe);
  io.say(`${found.name} on ${port}: waiting for ${settings.readings} readings …`);
  try {
    const listening = await readPort(port, found, settings, io, signal);
    return [...where, ...judgeListening(listening, found, io.clock.mono(), observe)];
  } catch (error) {
    if (!(error instanceof SerialError)) throw error;
    return [
      ...where,
      observe("dmm.volts", null, {
        outcome: outcomes[error.code],
        evidence: `${error.message}: ${error.advice}`,
      }),
    ];
  }
}

function placeOf(settings: MeterSettings, observe: Observe): Observation[] {
  if (settings.place === undefined) return [];
  return [observe("dmm.place", settings.place), observe("dmm.end", settings.end)];
}

async function readPort(
  port: string,
  found: Meter,
  settings: MeterSettings,
  io: AgentIo,
  signal: AbortSignal,
): Promise<Listening> {
  const { baudRate, dtr, rts } = found.line;
  const lines =
    dtr === undefined && rts === undefined ? {} : { lines: { dtr: dtr ?? false, rts: rts ?? false } };
  await using link = await io.openSerial({ path: port, baudRate, ...lines });
  const options = { readings: settings.readings, timeout: settings.timeout * 1000, clock: io.clock, signal };
  const chip = chipOf(found);
  if (chip === undefined) throw new Error(`${found.name} names a chip that is not there`);
  // Awaited here: the port is closed when this scope ends.
  return chip.kind === "streaming"
    ? await listenToMeter(link, chip, options)
    : await askMeter(link, chip, options);
}

/** What the readings amount to: the median of those that can be trusted, in the mode of the last one. */
function judgeListening(listening: Listening, found: Meter, mono: number, observe: Observe): Observation[] {
  const last = listening.readings.at(-1);
  if (last === undefined) return [observe("dmm.volts", null, silence(listening, found))];
  const mode = modeOf(last.reading);
  const age = Number(Math.max(0, (mono - last.at) / 1000).toFixed(2));
  const shared = [
    observe("dmm.mode", mode),
    observe("dmm.age", age),
    observe("dmm.flags", flagsOf(last.reading)),
  ];
  if (mode !== "dc-volts")
    return [
      ...shared,
      observe("dmm.volts", null, { outcome: "absent", evidence: `the meter shows ${mode}` }),
    ];
  const trusted = listening.readings.filter(
    ({ reading }) => !reading.afterResync && modeOf(reading) === mode,
  );
  const volts = trusted
    .flatMap(({ reading }) => (reading.value === null ? [] : [reading.value]))
    .toSorted((a, b) => a - b);
  const median = volts[Math.floor(volts.length / 2)];
  if (median === undefined)
    return [
      ...shared,
      observe("dmm.volts", null, { outcome: "garbled", evidence: "overload: set the range to auto" }),
    ];
  const spread = (volts.at(-1) ?? 0) - (volts[0] ?? 0);
  const reversed = median < 0 ? ", leads or pairs reversed" : "";
  const evidence = `median of ${volts.length} readings, spread ${spread.toFixed(2)} V${reversed}`;
  return [...shared, observe("dmm.volts", Math.abs(median), { evidence })];
}

function silence(listening: Listening, found: Meter): { outcome: Outcome; evidence: string } {
  if (listening.closed !== undefined)
    return {
      outcome: outcomes[listening.closed.code],
      evidence: `${listening.closed.message}: ${listening.closed.advice}`,
    };
  if (listening.bytes === 0) return { outcome: "timeout", evidence: `nothing came: ${found.howTo}` };
  const noise = `no frame of a ${found.name} in ${listening.bytes} bytes: check model, baud rate and cable`;
  const [bad] = listening.bad;
  return { outcome: "garbled", evidence: bad === undefined ? noise : `${noise}; ${bad}` };
}

function flagsOf(reading: Reading): string[] {
  const flags: readonly (readonly [string, boolean | undefined])[] = [
    ["auto", reading.auto],
    ["hold", reading.hold],
    ["min", reading.min],
    ["max", reading.max],
    ["relative", reading.relative],
    ["low-battery", reading.lowBattery],
    ["overload", reading.overload !== "none"],
  ];
  return flags.filter(([, on]) => on === true).map(([name]) => name);
}

function showMeter(observations: readonly Observation[]): string[] {
  const get = (key: ObservationKey) => observations.find((each) => each.key === key);
  const volts = get("dmm.volts");
  if (volts === undefined) return [];
  const flags = get("dmm.flags")?.value;
  const shown =
    volts.outcome === "ok" ? `${String(volts.value)} V DC` : `no volts: ${volts.evidence ?? volts.outcome}`;
  return [
    `meter  ${shown}`,
    ...(volts.outcome === "ok" ? [`       ${volts.evidence ?? ""}`] : []),
    ...(Array.isArray(flags) && flags.length > 0 ? [`flags  ${flags.join(", ")}`] : []),
  ];
}
