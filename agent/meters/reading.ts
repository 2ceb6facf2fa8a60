import type { ObservationKey } from "../../protocol/observation-keys.ts";
import type { ObservedValue } from "../../protocol/observation.ts";

export type Quantity =
  | "voltage"
  | "current"
  | "resistance"
  | "continuity"
  | "diode"
  | "frequency"
  | "duty"
  | "capacitance"
  | "temperature"
  | "other";

/** Base units. `F` is farad and `F_deg` degrees Fahrenheit; an empty one is a plain number (gain, power factor). */
export type Unit =
  | "V"
  | "A"
  | "Ohm"
  | "F"
  | "Hz"
  | "C"
  | "F_deg"
  | "%"
  | "s"
  | "dBm"
  | "dBV"
  | "dB"
  | "W"
  | "S"
  | "";

/** true, false, or undefined where the protocol cannot say: a false there would be an invention. */
export type Flag = boolean | undefined;

export type Coupling = "dc" | "ac" | "ac+dc" | "unknown";

/** What a display showed, whatever the meter: base units, and only what the frame said. */
export interface Reading {
  readonly quantity: Quantity;
  readonly unit: Unit;
  /** In base units; null on overload or where the display shows no number. */
  readonly value: number | null;
  /** One count of the display, in the same unit; null where the protocol does not tell. */
  readonly resolution: number | null;
  /** `-` also for a display that shows "under limit"; `+` also where the frame gives an overload no sign. */
  readonly overload: "none" | "+" | "-";
  readonly coupling: Coupling;
  readonly auto: Flag;
  readonly hold: Flag;
  readonly min: Flag;
  readonly max: Flag;
  readonly relative: Flag;
  readonly lowBattery: Flag;
  /** What else makes the number another than the live one, by the meter's own word: average, record, low-pass … */
  readonly modes: readonly string[];
  /** The frame did not start straight after the last one ended: a lost byte may have made it up. */
  readonly afterResync: boolean;
  /** What a device with many figures (a UPS) said, as observations. */
  readonly facts?: readonly (readonly [ObservationKey, ObservedValue])[];
}

const unitOf: Record<Quantity, Unit> = {
  voltage: "V",
  current: "A",
  resistance: "Ohm",
  continuity: "Ohm",
  diode: "V",
  frequency: "Hz",
  duty: "%",
  capacitance: "F",
  temperature: "C",
  other: "",
};

/** A reading of a quantity, in its usual unit, of which nothing is known but what is given. */
export function readingOf(quantity: Quantity, known: Partial<Reading> = {}): Reading {
  return {
    quantity,
    unit: unitOf[quantity],
    value: null,
    resolution: null,
    overload: "none",
    // A diode is tested with direct current, whether the frame says so or not.
    coupling: quantity === "diode" ? "dc" : "unknown",
    auto: undefined,
    hold: undefined,
    min: undefined,
    max: undefined,
    relative: undefined,
    lowBattery: undefined,
    modes: [],
    afterResync: false,
    ...known,
  };
}

/** Powers of ten up to here are exact in a double. */
const exactPowers = 22;

/** A whole number and a power of ten, divided once, so that 53.00 V is 53 and not 52.99999; never -0. */
export function scaled(digits: number, exponent: number): number {
  if (Math.abs(exponent) > exactPowers) return Number(`${digits}e${exponent}`) + 0;
  return (exponent >= 0 ? digits * 10 ** exponent : digits / 10 ** -exponent) + 0;
}

const modes: Record<Quantity, string> = {
  voltage: "volts",
  current: "amps",
  resistance: "ohms",
  continuity: "continuity",
  diode: "diode",
  frequency: "hertz",
  duty: "duty",
  capacitance: "farads",
  temperature: "degrees",
  other: "other",
};

/** What the meter is set to, as one word: `dc-volts`, `ac-volts`, `ohms` … */
export function modeOf(reading: Reading): string {
  const mode = modes[reading.quantity];
  const coupled = reading.quantity === "voltage" || reading.quantity === "current";
  return coupled && reading.coupling !== "unknown" ? `${reading.coupling}-${mode}` : mode;
}

/** The flags that are on, as words: `auto`, `hold`, `low-battery`, `overload` … */
export function flagsOf(reading: Reading): string[] {
  const flags: readonly (readonly [string, Flag])[] = [
    ["auto", reading.auto],
    ["hold", reading.hold],
    ["min", reading.min],
    ["max", reading.max],
    ["relative", reading.relative],
    ["low-battery", reading.lowBattery],
    ["overload", reading.overload !== "none"],
  ];
  return [...flags.filter(([, on]) => on === true).map(([name]) => name), ...reading.modes];
}
