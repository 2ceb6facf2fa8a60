/** Watts of one port with what else is known of it. */
export interface WattsInPlace {
  readonly watts: number;
  readonly delivering: boolean;
  readonly linkUp: boolean | undefined;
  readonly allocated: number | undefined;
  readonly volts?: number | undefined;
  readonly milliamps?: number | undefined;
}

export type Plausible =
  | { readonly ok: true; readonly note?: string }
  | { readonly ok: false; readonly why: string };

/** The highest a source may give by 802.3bt class 8, with some room. */
const most = 95;
/** Below this no device could keep its link while powered by the port. */
const least = 0.3;

/**
 * How far volts × current and watts may be apart. They should be within 15 %, but switches read them one after the other
 * (an RB5009 said 48.8 V, 79 mA and 5.1 W in one look): a wrong unit is a factor of ten, and that is what is looked for.
 */
const apart = 2;

/** Whether these watts can be volts × current, small currents being told in coarse steps. */
export function makesWatts(watts: number, volts: number, milliamps: number): boolean {
  const product = (volts * milliamps) / 1000;
  const [less, more] = [Math.min(product, watts), Math.max(product, watts)];
  return more - less <= 0.5 || more <= apart * less;
}

/** 15 %: beyond it the two are worth telling. */
function differ(watts: number, volts: number, milliamps: number): boolean {
  return Math.abs((volts * milliamps) / 1000 - watts) > Math.max(0.5, 0.15 * watts);
}

/** Whether a figure can be true: a wrong unit or column must not become a fact. */
export function plausibleWatts(found: WattsInPlace): Plausible {
  const { watts, delivering, linkUp, allocated, volts, milliamps } = found;
  if (!(watts >= 0 && watts <= most)) return { ok: false, why: `implausible: ${watts} W on one port` };
  if (delivering && linkUp === true && watts < least) {
    return { ok: false, why: `implausible: delivering with link, yet ${watts} W` };
  }
  if (delivering && volts !== undefined && milliamps !== undefined && !makesWatts(watts, volts, milliamps)) {
    return { ok: false, why: `implausible: ${volts} V × ${milliamps} mA do not make ${watts} W` };
  }
  const notes = [
    allocated !== undefined && allocated > 0 && watts > allocated + 1
      ? `more than the ${allocated} W set aside`
      : undefined,
    volts !== undefined && milliamps !== undefined && delivering && differ(watts, volts, milliamps)
      ? `${volts} V × ${milliamps} mA is ${Math.round(volts * milliamps) / 1000} W`
      : undefined,
  ].filter((note) => note !== undefined);
  return notes.length === 0 ? { ok: true } : { ok: true, note: notes.join("; ") };
}

/** Volts as makes write them, in V, tenths, hundredths or thousandths: 30 to 62 V in exactly one of these. */
export function sourceVolts(raw: number): number | undefined {
  return [1, 10, 100, 1000].map((perVolt) => raw / perVolt).find((volts) => volts >= 30 && volts <= 62);
}

/** More than the supplies of a unit can give to its ports, W. */
const mostOfUnit = 20_000;

/** The power of one unit in watts; undefined where no supply could give it, whatever was meant. */
export function plausibleTotal(watts: number, budget: number | undefined): number | undefined {
  if (!(watts >= 0)) return undefined;
  // Some switches count the use, or all of it, in milliwatts where the standard has watts.
  const tooMuch = watts > mostOfUnit || (budget !== undefined && watts > 1000 && watts > budget);
  if (!tooMuch) return watts;
  const read = watts / 1000;
  return read <= (budget ?? mostOfUnit) * 1.2 ? read : undefined;
}
