import { Type, type Static } from "typebox";
import type { Observation } from "../../protocol/observation.ts";
import { observerOf, type Observe } from "../../protocol/observe.ts";
import type { Probe } from "../../protocol/probe.ts";
import type { AgentIo } from "../io/io.ts";
import { SerialError } from "../io/serial/serial.ts";
import { detectMeter, type Detected } from "../meters/detect-meter.ts";
import { chipOf, loadMeters, type Meter } from "../meters/meter.ts";
import type { Listening, TimedReading } from "../meters/listening.ts";
import { looksLikeConsole } from "../meters/noise.ts";
import { readMeter } from "../meters/read-meter.ts";
import { judgeListening, observeFacts, observeListening, outcomeOf } from "./meter/observe-listening.ts";
import { showMeter } from "./meter/show-meter.ts";

const meters = loadMeters();

const MeterSettings = Type.Object(
  {
    meter: Type.Enum([...meters.keys(), "auto"], {
      default: "uni-t-ut61e",
      description: "which meter it is; auto listens which protocol validates",
    }),
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
    judge: Type.Boolean({
      default: true,
      description: "listen on until the pairs can be judged, at least 2 s",
    }),
    ask: Type.Boolean({
      default: false,
      description: "with auto, also write to a port whose device is not known",
    }),
    listen: Type.Number({
      minimum: 0.1,
      maximum: 60,
      default: 3,
      description: "with auto, seconds to listen per guess",
    }),
  },
  { additionalProperties: false },
);
type MeterSettings = Static<typeof MeterSettings>;

/** Reads a multimeter on a serial line: the volts on the pairs, and whether the meter is set to measure them. */
export const meter: Probe<typeof MeterSettings, AgentIo> = {
  name: "meter",
  verb: "meter",
  about: "read a multimeter on a serial port: the volts on the PoE pairs",
  target: "[PORT]",
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
  const observe = observerOf("meter", `meter:${settings.id}`, io.clock.now());
  const where = placeOf(settings, observe);
  if (port === "")
    return [
      ...where,
      observe("dmm.volts", null, { outcome: "absent", evidence: "no port was named, and none was found" }),
    ];
  try {
    const found = await findMeter(port, settings, io, signal);
    if (found.kind === "unknown") return [...where, observe("dmm.volts", null, found)];
    return [...where, ...(await look(port, found.meter, settings, io, signal, observe))];
  } catch (error) {
    if (!(error instanceof SerialError)) throw error;
    return [
      ...where,
      observe("dmm.volts", null, {
        outcome: outcomeOf[error.code],
        evidence: `${error.message}: ${error.advice}`,
      }),
    ];
  }
}

function placeOf(settings: MeterSettings, observe: Observe): Observation[] {
  if (settings.place === undefined) return [];
  return [observe("dmm.place", settings.place), observe("dmm.end", settings.end)];
}

type Known =
  | { readonly kind: "known"; readonly meter: Meter }
  | { readonly kind: "unknown"; readonly outcome: "garbled" | "timeout"; readonly evidence: string };

/**
 * The meter that is named, or the one that is found on the port.
 * @throws SerialError where the port cannot be opened to find out.
 */
export async function findMeter(
  port: string,
  settings: Pick<MeterSettings, "meter" | "ask" | "listen">,
  io: AgentIo,
  signal: AbortSignal,
): Promise<Known> {
  if (settings.meter !== "auto") {
    const found = meters.get(settings.meter);
    if (found === undefined) throw new Error(`no meter ${settings.meter}`);
    return { kind: "known", meter: found };
  }
  const detected = await detectMeter({
    meters,
    open: (line) => io.openSerial({ path: port, ...line }),
    clock: io.clock,
    signal,
    say: io.say,
    each: settings.listen * 1000,
    ask: settings.ask,
  });
  return knownOf(detected, settings);
}

function knownOf(detected: Detected, settings: Pick<MeterSettings, "ask">): Known {
  switch (detected.kind) {
    case "found": {
      const found = meters.get(detected.id);
      if (found === undefined) throw new Error(`no meter ${detected.id}`);
      // Of the meters that share a chip, none says which it is: what only some of them do is left out.
      const { userBits: _bits, accuracy: _accuracy, counts: _counts, ...shared } = found;
      const others = detected.alike.length - 1;
      const name = others === 0 ? found.name : `${found.name} (or ${others} other(s) with ${found.chip})`;
      return { kind: "known", meter: { ...shared, name: name.slice(0, 60) } };
    }
    case "ambiguous":
      return {
        kind: "unknown",
        outcome: "garbled",
        evidence: `several meters fit, with different numbers: name yours with --meter ${detected.ids.join(" | ")}`,
      };
    case "nothing":
      return {
        kind: "unknown",
        ...nothingHeard(detected.bytes, detected.sample, settings.ask),
      };
  }
}

function nothingHeard(
  bytes: number,
  sample: Uint8Array,
  asked: boolean,
): { readonly outcome: "garbled" | "timeout"; readonly evidence: string } {
  const ask = asked ? "" : "; a meter that must be asked needs --meter or --ask";
  if (bytes === 0)
    return {
      outcome: "timeout",
      evidence: `nothing came at any speed: switch the meter's data output on (RS232, PC, SEND)${ask}`,
    };
  if (looksLikeConsole(sample))
    return {
      outcome: "garbled",
      evidence: "this looks like a console and not like a meter; nothing was sent to it",
    };
  return {
    outcome: "garbled",
    evidence: `no meter's frames in ${bytes} bytes of noise: check model, baud rate and cable${ask}`,
  };
}

async function look(
  port: string,
  found: Meter,
  settings: MeterSettings,
  io: AgentIo,
  signal: AbortSignal,
  observe: Observe,
): Promise<Observation[]> {
  const chip = chipOf(found);
  if (chip === undefined) throw new Error(`${found.name} names a chip that is not there`);
  if (found.line === undefined || chip.kind === "hid")
    return [observe("dmm.volts", null, { outcome: "absent", evidence: found.hid ?? "no serial port" })];
  io.say(`${found.name} on ${port}: waiting for ${settings.readings} readings …`);
  const { baudRate, dtr, rts } = found.line;
  const lines =
    dtr === undefined && rts === undefined ? {} : { lines: { dtr: dtr ?? false, rts: rts ?? false } };
  const isUps = chip.kind === "polled" && chip.givesFacts === true;
  const judge = settings.judge && !isUps;
  let listening: Listening;
  {
    await using link = await io.openSerial({ path: port, baudRate, ...lines });
    // Awaited here: the port is closed when this scope ends.
    listening = await readMeter(link, chip, {
      enough: isUps ? (readings) => readings.length >= 1 : enoughFor(settings, found, judge),
      timeout: Math.max(settings.timeout, judge ? judgeTime : 0) * 1000,
      least: { readings: settings.readings, within: settings.timeout * 1000 },
      clock: io.clock,
      signal,
    });
  }
  return isUps
    ? observeFacts(listening, found, observe)
    : observeListening(listening, found, io.clock.mono(), observe, judge);
}

/** Seconds after which an empty or a passive pair is known for what it is. */
const judgeTime = 12;

/** Enough readings; and, where the pairs are judged, a window that lets them be judged. */
function enoughFor(
  settings: MeterSettings,
  found: Meter,
  judge: boolean,
): (readings: readonly TimedReading[]) => boolean {
  return (readings) => {
    if (readings.length < settings.readings) return false;
    if (!judge) return true;
    const now = readings.at(-1)?.at ?? 0;
    const { verdict, volts = 0 } = judgeListening(readings, found, now, 0);
    if (verdict === "no-window" || verdict === "unsteady") return false;
    // Below 30 V, pulses of detection and classification take ten seconds to show.
    const settled = volts >= 30 || now - (readings[0]?.at ?? now) >= 10_000;
    return settled || ["wrong-mode", "frozen", "range", "dangerous-setup", "power-cycling"].includes(verdict);
  };
}
