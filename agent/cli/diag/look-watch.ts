import type { Observation } from "../../../protocol/observation.ts";
import type { AgentIo } from "../../io/io.ts";
import type { Look } from "../look.ts";

/** Stands beside looks while they run. */
export interface LookWatch {
  /** The io that this look is to be run with. */
  ioOf(look: Look, io: AgentIo): Promise<AgentIo>;
  done(look: Look, observations: readonly Observation[]): void;
}
