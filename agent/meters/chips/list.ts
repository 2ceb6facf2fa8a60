import { agilentU12xx } from "./agilent-u12xx.ts";
import { apc } from "./apc.ts";
import { bm25x } from "./bm25x.ts";
import { bm85x } from "./bm85x.ts";
import { bm86x } from "./bm86x.ts";
import type { Chip } from "./chip.ts";
import { dtm0660 } from "./dtm0660.ts";
import { es51911, es51962, es51967, es51986 } from "./es519xx.ts";
import { es51922 } from "./es51922.ts";
import { fluke18x } from "./fluke18x.ts";
import { fluke28x } from "./fluke28x.ts";
import { fluke45 } from "./fluke45.ts";
import { fs9721 } from "./fs9721.ts";
import { fs9922 } from "./fs9922.ts";
import { megatec } from "./megatec.ts";
import { metex14, metex4x14 } from "./metex14.ts";
import { scpi, scpiGdm, scpiXdm } from "./scpi.ts";
import { ut71x } from "./ut71x.ts";
import { vc870 } from "./vc870.ts";
import { vc96 } from "./vc96.ts";

/** Every chip, one line each; where two fit the same octets equally well, the earlier one is asked first. */
export const chips: readonly Chip[] = [
  es51922,
  es51986,
  es51911,
  es51967,
  fs9721,
  dtm0660,
  fs9922,
  ut71x,
  es51962,
  bm25x,
  vc870,
  vc96,
  metex14,
  metex4x14,
  bm85x,
  bm86x,
  fluke28x,
  fluke18x,
  fluke45,
  scpi,
  scpiXdm,
  scpiGdm,
  agilentU12xx,
  megatec,
  apc,
];
