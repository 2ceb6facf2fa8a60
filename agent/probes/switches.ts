import { knownSwitches, poePorts } from "./poe-ports.ts";
import { poePulse } from "./poe-pulse.ts";

/** The looks at switches of this process and what they know together: for what is done to a port. */
export const switches = {
  looks: { known: knownSwitches, full: poePorts, pulse: poePulse },
  probe: poePorts.name,
};
