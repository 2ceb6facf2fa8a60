import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import type { Observation } from "../../../protocol/observation.ts";

const logins: Readonly<Record<string, string>> = {
  challenged: "asked for; none was given (--password-from)",
  ok: "accepted (asked for once, as is normal)",
  refused: "refused",
  stale: "the nonce was too old, twice",
  sent: "sent; the answer is about something else",
};

/** Reads observations for a person's terminal. */
export class Shown {
  readonly #observations: readonly Observation[];

  constructor(observations: readonly Observation[]) {
    this.#observations = observations;
  }

  find(key: ObservationKey): Observation | undefined {
    return this.#observations.find((each) => each.key === key);
  }

  /** Absent or null: undefined. */
  text(key: ObservationKey): string | undefined {
    const value = this.find(key)?.value;
    if (value === undefined || value === null) return undefined;
    return Array.isArray(value) ? value.join(", ") : String(value);
  }

  number(key: ObservationKey): number | undefined {
    const value = this.find(key)?.value;
    return typeof value === "number" ? value : undefined;
  }

  list(key: ObservationKey): readonly string[] {
    const value = this.find(key)?.value;
    return Array.isArray(value) ? value : [];
  }

  /** With its unit. */
  measured(key: ObservationKey): string | undefined {
    const text = this.text(key);
    return text === undefined ? undefined : `${text} ${this.find(key)?.unit ?? ""}`.trimEnd();
  }

  /** What became of the login. */
  login(): string | undefined {
    const untried = this.find("sip.auth.cause");
    if (untried?.outcome === "denied") return untried.evidence;
    return logins[this.text("sip.auth.stage") ?? ""];
  }

  /** The first line: the place, and what is given; where nothing answered, how that was. */
  headline(said: string): ShownLines {
    const code = this.find("sip.code");
    const place = code?.subject.replace(/^sip:/, "") ?? "?";
    const silent = code !== undefined && code.outcome !== "ok";
    return new ShownLines(`${place}  ${silent ? `${code.outcome}: ${code.evidence ?? ""}` : said}`);
  }
}

/** Lines of a label and a value. */
export class ShownLines {
  readonly lines: string[];

  constructor(first: string) {
    this.lines = [first];
  }

  /** Nothing to say adds nothing. */
  add(label: string, value: string | undefined): void {
    if (value !== undefined && value !== "") this.lines.push(`  ${label.padEnd(12)} ${value}`);
  }
}
