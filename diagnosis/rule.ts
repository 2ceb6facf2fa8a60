import type { Layer, Severity } from "../protocol/finding.ts";
import type { Condition } from "./condition.ts";
import type { Facts } from "./facts.ts";

type RuleSubject =
  | "port"
  | "switch"
  | "phone"
  | "meter"
  | "sip"
  | "rtp"
  | "host"
  | "call"
  | "agent"
  | "server"
  | "path"
  | "network"
  | "address"
  | "name";

/** One row of the diagnosis matrix. It reads only observations, by the keys of the dictionary. */
export interface Rule {
  /** Row of the matrix, such as `P3`. */
  readonly id: string;
  /** The root cause as a word, such as `weak-power`. */
  readonly cause: string;
  readonly layer: Layer;
  readonly severity: Severity;
  /** The kinds of subject it judges; it runs once for each one known. */
  readonly on: RuleSubject | readonly RuleSubject[];
  /** All must hold; one that is unknown makes the rule untestable and names what to look at next. */
  readonly needs: readonly Condition[];
  readonly supports?: readonly { readonly weight: number; readonly if: Condition }[];
  readonly contradicts?: readonly { readonly weight: number; readonly if: Condition }[];
  /** Confidence when the needs hold and nothing else is known. */
  readonly base: number;
  sentence(facts: Facts): string;
  remedy(facts: Facts): string;
}
