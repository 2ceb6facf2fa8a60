import { diagnose } from "../../../diagnosis/diagnose.ts";
import { thresholdsFrom } from "../../../diagnosis/thresholds.ts";
import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import type { Observation } from "../../../protocol/observation.ts";

export interface SheetRow {
  readonly label: string;
  /** What it tells of: a finding that rests on one of these marks the row. */
  readonly keys: readonly ObservationKey[];
  /** Nothing to say leaves the row out. */
  readonly text: string | undefined;
}

export interface SheetSection {
  readonly title: string;
  readonly rows: readonly SheetRow[];
}

const width = 80;
const labelWidth = 16;
const margin = " ".repeat(4 + labelWidth + 1);

/** Sections of labelled rows, 80 columns wide; a `!` stands at what the diagnosis takes amiss. */
export function sheet(
  observations: readonly Observation[],
  headline: string,
  sections: readonly SheetSection[],
): string[] {
  const amiss = keysAmiss(observations);
  const shown = sections.flatMap(({ title, rows }) => {
    const lines = rows.flatMap((row) => rowLines(row, amiss));
    return lines.length === 0 ? [] : [title, ...lines];
  });
  return [headline, ...shown];
}

/** By the same rules that make the findings below the sheet, so that both say the same. */
function keysAmiss(observations: readonly Observation[]): ReadonlySet<string> {
  const now = Math.max(0, ...observations.map(({ at }) => at));
  const findings = diagnose(observations, thresholdsFrom({}).thresholds, now);
  return new Set(findings.flatMap(({ because }) => because.map(({ key }) => key)));
}

function rowLines({ label, keys, text }: SheetRow, amiss: ReadonlySet<string>): string[] {
  if (text === undefined) return [];
  const mark = keys.some((key) => amiss.has(key)) ? "!" : " ";
  const [first = "", ...rest] = wrapped(text, width - margin.length);
  return [`  ${mark} ${label.padEnd(labelWidth)} ${first}`, ...rest.map((line) => margin + line)];
}

/** At spaces; a word longer than the line stays whole, so that a path can be copied. */
function wrapped(text: string, room: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined || last.length + 1 + word.length > room) lines.push(word);
    else lines[lines.length - 1] = `${last} ${word}`;
  }
  return lines.map((line) => line.replaceAll(unbroken, " "));
}

const most = 6;
const unbroken = "\u{a0}";

/** The first few of a list, no line broken within one of them, and how many more `-v` shows. */
export function fewOf(items: readonly string[]): string {
  const more = items.length - most;
  const few = [...items.slice(0, most), ...(more > 0 ? [`and ${more} more (-v)`] : [])];
  return few.map((item) => item.replaceAll(" ", unbroken)).join(", ");
}
