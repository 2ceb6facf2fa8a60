import { defaultThresholds } from "../../../diagnosis/thresholds.ts";
import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import type { Observation } from "../../../protocol/observation.ts";

/** The observations of one run by their keys, and how a person reads their values. */
export class Figures {
  readonly #observations: readonly Observation[];

  constructor(observations: readonly Observation[]) {
    this.#observations = observations;
  }

  /** Of the far end. */
  get name(): string {
    const media = this.#observations.find(({ subject }) => subject.startsWith("rtp:"));
    return media?.subject.replace(/^rtp:/u, "") ?? "?";
  }

  get(key: ObservationKey): Observation | undefined {
    return this.#observations.find((each) => each.key === key);
  }

  number(key: ObservationKey): number | undefined {
    const value = this.get(key)?.value;
    return typeof value === "number" ? value : undefined;
  }

  list(key: ObservationKey): readonly string[] {
    const value = this.get(key)?.value;
    return Array.isArray(value) ? value : [];
  }

  /** This machine's own lateness shows in the figures: as rule Z2 judges where a site has no thresholds of its own. */
  get isOwnBusy(): boolean {
    return (
      (this.number("rtp.sendLate") ?? 0) > defaultThresholds["rtp.sendLate.ms"] ||
      (this.number("rtp.own.loopDelay") ?? 0) > defaultThresholds["agent.loopDelay.ms"]
    );
  }

  /** With its unit; `?` where it is not known. */
  print(key: ObservationKey): string {
    const [value, unit] = [this.number(key), this.get(key)?.unit];
    if (value === undefined) return "?";
    const digits = unit === "%" ? 2 : unit === "ms" ? 1 : 0;
    return `${value.toFixed(digits)}${unit === undefined || unit === "n" ? "" : ` ${unit}`}`;
  }

  /** Below 0.3 ms the figure is the clock's own grain. */
  jitter(key: ObservationKey): string {
    const value = this.number(key);
    return value !== undefined && value < 0.3 ? "< 0.3 ms" : this.print(key);
  }
}
