import { confidenceWord, type Finding, type Severity } from "../../../protocol/finding.ts";
import { measuredText } from "../../../protocol/measured-text.ts";
import type { Observation, Subject } from "../../../protocol/observation.ts";
import { subjectDetail, subjectText } from "../../../protocol/subject-text.ts";
import { fitLine, wrapWords } from "./fit-line.ts";
import type { Style } from "./style.ts";

const marks: Record<Severity, string> = { critical: "■", major: "■", minor: "▲", info: "○" };

function coloured(style: Style, severity: Severity): (text: string) => string {
  if (severity === "critical" || severity === "major") return style.bad;
  return severity === "minor" ? style.warn : style.faint;
}

/** The subject as people say it, and what was looked at within it: `SIP server pbx.example:5060 over UDP, account 102`. */
export function printSubject(subject: Subject): string {
  const detail = subjectDetail(subject);
  return `${subjectText(subject)}${detail === undefined ? "" : `, ${detail}`}`;
}

/** `poe.watts 6.3 W (poe-ports, port sw1/7, 14:03:09)` */
export function printObservation(observation: Observation): string {
  const { value, unit, outcome } = observation;
  const shown = typeof value === "number" ? value : Array.isArray(value) ? value.join(", ") : String(value);
  const said = outcome === "ok" ? measuredText(shown, unit) : outcome;
  const time = new Date(observation.at).toISOString().slice(11, 19);
  return `${observation.key} ${said} (${observation.probe}, ${printSubject(observation.subject)}, ${time} UTC)`;
}

interface Page {
  readonly style: Style;
  readonly width: number;
}

function block({ style, width }: Page, label: string, texts: readonly string[]): string[] {
  const indent = " ".repeat(13);
  return texts.flatMap((text, number) => {
    const lead = number === 0 ? `   ${style.faint(label.padEnd(10))}` : indent;
    const [first = "", ...rest] = wrapWords(text, indent, width);
    return [lead + first, ...rest];
  });
}

function one(page: Page, finding: Finding, number: number): string[] {
  const { style, width } = page;
  const colour = coloured(style, finding.severity);
  const sure = `${confidenceWord(finding.confidence)} confidence (${finding.confidence.toFixed(2)})`;
  const rank = `${finding.severity}, ${sure}, rule ${finding.rule}`;
  const head = `${marks[finding.severity]} ${number}. ${finding.cause}`;
  const subject = subjectText(finding.subject);
  const named = `${colour(head)} ${style.strong(subject)}`;
  const narrow = `${head} ${subject}  ${rank}`.length > width;
  return [
    ...(narrow ? [named, ...fitLine(`   ${rank}`, width)] : [`${named}  ${rank}`]),
    ...block(page, "Cause", [finding.sentence]),
    ...block(page, "Proof", finding.because.map(printObservation)),
    ...block(page, "Remedy", [finding.remedy]),
    ...(finding.consequences.length > 0 ? block(page, "Explains", finding.consequences) : []),
    ...(finding.affects.length > 0
      ? block(page, "Phones", [finding.affects.map(printSubject).join(", ")])
      : []),
    "",
  ];
}

/** Findings for a person, in the order given, each with cause, proof, remedy and confidence; `width` in columns. */
export function printFindings(style: Style, findings: readonly Finding[], width = 100): string[] {
  return findings.flatMap((finding, number) => one({ style, width }, finding, number + 1));
}
