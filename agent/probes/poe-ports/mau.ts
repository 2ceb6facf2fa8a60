/** One type of IANA-MAU-MIB. */
export interface Mau {
  readonly name: string;
  /** Mbit/s. */
  readonly speed: number;
  readonly duplex: "half" | "full" | undefined;
}

const half = "half";
const full = "full";

/** IANA-MAU-MIB, dot3MauType: what access switches and phones say; the number is the last arc of the OID. */
const types: Readonly<Record<number, Mau>> = {
  5: { name: "10BASE-T", speed: 10, duplex: undefined },
  10: { name: "10BASE-T half", speed: 10, duplex: half },
  11: { name: "10BASE-T full", speed: 10, duplex: full },
  15: { name: "100BASE-TX half", speed: 100, duplex: half },
  16: { name: "100BASE-TX full", speed: 100, duplex: full },
  17: { name: "100BASE-FX half", speed: 100, duplex: half },
  18: { name: "100BASE-FX full", speed: 100, duplex: full },
  21: { name: "1000BASE-X half", speed: 1000, duplex: half },
  22: { name: "1000BASE-X full", speed: 1000, duplex: full },
  23: { name: "1000BASE-LX half", speed: 1000, duplex: half },
  24: { name: "1000BASE-LX full", speed: 1000, duplex: full },
  25: { name: "1000BASE-SX half", speed: 1000, duplex: half },
  26: { name: "1000BASE-SX full", speed: 1000, duplex: full },
  27: { name: "1000BASE-CX half", speed: 1000, duplex: half },
  28: { name: "1000BASE-CX full", speed: 1000, duplex: full },
  29: { name: "1000BASE-T half", speed: 1000, duplex: half },
  30: { name: "1000BASE-T full", speed: 1000, duplex: full },
  31: { name: "10GBASE-X", speed: 10_000, duplex: full },
  36: { name: "10GBASE-SR", speed: 10_000, duplex: full },
  54: { name: "10GBASE-T", speed: 10_000, duplex: full },
};

export function mauOf(type: number | undefined): Mau | undefined {
  return type === undefined ? undefined : types[type];
}
