import type { MacAddress } from "../../../protocol/mac-address.ts";

/** Most trusted first. */
export const sources = ["lldp-med", "cdp", "lldp", "mac-table"] as const;
type Source = (typeof sources)[number];

/** One thing seen on an interface. */
export interface Neighbour {
  readonly ifIndex: number;
  readonly by: Source;
  readonly phone: boolean;
  /** A switch or router: addresses learned behind it say nothing about the jack. */
  readonly bridge: boolean;
  readonly mac: MacAddress | undefined;
  readonly name: string | undefined;
  readonly model: string | undefined;
  readonly firmware: string | undefined;
  readonly hardware?: string | undefined;
  readonly serial?: string | undefined;
  /** Watts it asks for. */
  readonly asked: number | undefined;
  /** It is a powered device, and does not say that it has power of its own. */
  readonly fed?: boolean | undefined;
  /** VLAN and DSCP that it says it uses for voice. */
  readonly vlan?: number | undefined;
  readonly dscp?: number | undefined;
  /** Duplex of its end, as it says. */
  readonly duplex?: "half" | "full" | undefined;
}

/** Words by which phone makers name themselves or their models. */
export const phoneMakers =
  /\b(yealink|poly(com)?|snom|grandstream|fanvil|mitel|gigaset|unify|avaya|shoretel|htek|vtech|panasonic|linphone|ip ?phone)\b/i;

/** Prefixes of addresses that phone makers use; they count where nothing says better who it is. */
export const phonePrefixes = new Set([
  "000413", // Snom
  "0004f2", // Polycom
  "00085d", // Mitel (Aastra)
  "000b82", // Grandstream
  "001049", // ShoreTel
  "001565", // Yealink
  "001ae8", // Unify
  "08000f", // Mitel
  "0c383e", // Fanvil
  "249ad8", // Yealink
  "44dbd2", // Yealink
  "482567", // Poly
  "64167f", // Poly
  "805e0c", // Yealink
  "805ec0", // Yealink
  "c074ad", // Grandstream
  "ec74d7", // Grandstream
]);
