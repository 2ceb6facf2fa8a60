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

/** true, false, or undefined where the protocol cannot say: a false there would be an invention. */
export type Flag = boolean | undefined;

/** What a display showed, whatever the meter: base units, and only what the frame said. */
export interface Reading {
  readonly quantity: Quantity;
  /** In base units (V, A, Ω, Hz, F, °C, %); null on overload or where the display shows no number. */
  readonly value: number | null;
  /** One count of the display, in the same unit. */
  readonly resolution: number | null;
  readonly overload: "none" | "+" | "-";
  readonly coupling: "dc" | "ac" | "ac+dc" | "unknown";
  readonly auto: Flag;
  readonly hold: Flag;
  readonly min: Flag;
  readonly max: Flag;
  readonly relative: Flag;
  readonly lowBattery: Flag;
  /** The frame did not start straight after the last one ended: a lost byte may have made it up. */
  readonly afterResync: boolean;
}

/** A whole number and a power of ten, divided once, so that 53.00 V is 53 and not 52.99999. */
export function scaled(digits: number, exponent: number): number {
  return exponent >= 0 ? digits * 10 ** exponent : digits / 10 ** -exponent;
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
