import type { Static, TSchema } from "typebox";
import type { Observation } from "./observation.ts";

/**
 * A way to look: a value with a name, the schema of its settings, and a `run` that turns a target into observations.
 * `run` observes and never judges. The world failing (timeout, refused, garbled) is an observation with that outcome;
 * it throws only on a bug of its own. Io is what opens sockets, files and ports (agent/io): handed in, never reached for.
 */
export interface Probe<Settings extends TSchema, Io> {
  /** Name in observations, site files and metrics, such as `sip-options`. */
  readonly name: string;
  /** Its word under `offhook diag`, such as `sip`. */
  readonly verb: string;
  /** One sentence for `--help` and docs. */
  readonly about: string;
  /** What the target is, as help shows it: `HOST[:PORT]`. Square brackets around all of it: it can be left out. */
  readonly target: string;
  /** `offhook diag` takes several targets at once; the verb's own action sees to them. */
  readonly several?: true;
  /** A whole command line that works, for `--help`. */
  readonly example: string;
  /** An object schema; each property becomes an option of `offhook diag` and a setting of the site file. */
  readonly settings: Settings;
  run(target: string, settings: Static<Settings>, io: Io, signal: AbortSignal): Promise<Observation[]>;
  /** Events at the target that bring this look out of its turn; absent: nothing but the schedule does. */
  readonly onTrap?: OnTrap;
  /** Lines for a person's terminal, where a table says more than the list of observations. */
  show?(observations: readonly Observation[]): string[];
}

/** A trap from the target's host is a reason to look: so soon after it, and so far apart, ms. */
export interface OnTrap {
  /** Whose traps these are: names and addresses of the target. */
  sourcesOf(target: string, settings: unknown): readonly string[];
  /** From the first trap to the look: what follows at once comes along. */
  readonly settle: number;
  readonly apart: number;
  /** Once more, so long after the look. */
  readonly again?: number;
}
