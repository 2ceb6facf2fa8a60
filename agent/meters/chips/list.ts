import type { Chip } from "./chip.ts";
import { es51922 } from "./es51922.ts";
import { scpi } from "./scpi.ts";

/** Every chip, one line each. */
export const chips: readonly Chip[] = [es51922, scpi];
