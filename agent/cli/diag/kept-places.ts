import { join } from "node:path";
import { knownSwitches } from "../../probes/poe-ports.ts";
import type { PhonePlaces } from "../../probes/poe-pulse/phone-places.ts";
import type { CliContext } from "../context.ts";
import { readPlaces, writePlaces } from "./places-file.ts";

/** Where phones were when somebody last looked, lent to the looks of this process. */
export interface KeptPlaces {
  readonly before: PhonePlaces;
  /** Writes down where they are now. A folder that cannot be written costs only that moves go unnoticed. */
  keep(context: Pick<CliContext, "say">): void;
}

/** The places of `places.json` in a state folder; moves are noticed by comparing with them. */
export function openPlaces(folder: string): KeptPlaces {
  const file = join(folder, "places.json");
  const before = readPlaces(file);
  knownSwitches.places = new Map(before);
  return {
    before,
    keep(context) {
      try {
        writePlaces(file, knownSwitches.places);
      } catch (error) {
        context.say(`not kept for the next time: ${error instanceof Error ? error.message : String(error)}`);
      }
    },
  };
}
