/** Watts of one port with what else is known of it. */
export interface WattsInPlace {
  readonly watts: number;
  readonly delivering: boolean;
  readonly linkUp: boolean | undefined;
  readonly allocated: number | undefined;
}

export type Plausible =
  | { readonly ok: true; readonly note?: string }
  | { readonly ok: false; readonly why: string };

/** The highest a source may give by 802.3bt class 8, with some room. */
const most = 95;
/** Below this no device could keep its link while powered by the port. */
const least = 0.3;

/** Whether a figure can be true: a wrong unit or column must not become a fact. */
export function plausibleWatts({ watts, delivering, linkUp, allocated }: WattsInPlace): Plausible {
  if (!(watts >= 0 && watts <= most)) return { ok: false, why: `implausible: ${watts} W on one port` };
  if (delivering && linkUp === true && watts < least) {
    return { ok: false, why: `implausible: delivering with link, yet ${watts} W` };
  }
  if (allocated !== undefined && allocated > 0 && watts > allocated + 1) {
    return { ok: true, note: `more than the ${allocated} W set aside` };
  }
  return { ok: true };
}
