import { confidenceWord, type Finding, type Severity } from "../../protocol/finding.ts";
import { measuredText } from "../../protocol/measured-text.ts";
import type { Observation, Subject } from "../../protocol/observation.ts";
import type { Style } from "./style.ts";

const marks: Record<Severity, string> = { critical: "■", major: "■", minor: "▲", info: "○" };

function coloured(style: Style, severity: Severity): (text: string) => string {
  if (severity === "critical" || severity === "major") return style.bad;
  return severity === "minor" ? style.warn : style.faint;
}

/** The subject as people say it: `port sw1/7`. */
export function printSubject(subject: Subject): string {
  return subject.replace(":", " ");
}

/** `poe.watts 6.3 W (poe-ports, port sw1/7, 14:03:09)` */
export function printObservation(observation: Observation): string {
  const { value, unit, outcome } = observation;
  const shown = typeof value === "number" ? value : Array.isArray(value) ? value.join(", ") : String(value);
  const said = outcome === "ok" ? measuredText(shown, unit) : outcome;
  const time = new Date(observation.at).toISOString().slice(11, 19);
  return `${observation.key} ${said} (${observation.probe}, ${printSubject(observation.subject)}, ${time} UTC)`;
}

function wrap(text: string, indent: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent.length + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each, number) => (number === 0 ? each : indent + each));
}

function block(style: Style, label: string, texts: readonly string[]): string[] {
  const indent = " ".repeat(13);
  return texts.flatMap((text, number) => {
    const lead = number === 0 ? `   ${style.faint(label.padEnd(10))}` : indent;
    const [first = "", ...rest] = wrap(text, indent, 100);
    return [lead + first, ...rest];
  });
}

function one(style: Style, finding: Finding, number: number): string[] {
  const colour = coloured(style, finding.severity);
  const sure = `${confidenceWord(finding.confidence)} confidence (${finding.confidence.toFixed(2)})`;
  return [
    `${colour(`${marks[finding.severity]} ${number}. ${finding.cause}`)} ${style.strong(printSubject(finding.subject))}  ${finding.severity}, ${sure}, rule ${finding.rule}`,
    ...block(style, "Cause", [finding.sentence]),
    ...block(style, "Proof", finding.because.map(printObservation)),
    ...block(style, "Remedy", [finding.remedy]),
    ...(finding.consequences.length > 0 ? block(style, "Explains", finding.consequences) : []),
    ...(finding.affects.length > 0
      ? block(style, "Phones", [finding.affects.map(printSubject).join(", ")])
      : []),
    "",
  ];
}

/** Findings for a person, in the order given, each with cause, proof, remedy and confidence. */
export function printFindings(style: Style, findings: readonly Finding[]): string[] {
  return findings.flatMap((finding, number) => one(style, finding, number + 1));
}
