import type { Observation } from "../../../protocol/observation.ts";
import { sparkline } from "../../sparkline.ts";
import { Shown, type ShownLines } from "../sip-agent/shown.ts";

const width = 30;

/** What became of the requests, the round trips as bars, and a sentence. */
export function showLoad(observations: readonly Observation[]): string[] {
  const shown = new Shown(observations);
  const sent = shown.number("sip.load.sent");
  const rate = shown.number("sip.load.rate");
  const lines = shown.headline(
    sent === undefined
      ? `${shown.text("sip.code")} ${shown.text("sip.reason")}; no load was put on it`
      : `${sent} OPTIONS, ${rate} a second${early(shown)}`,
  );
  if (sent === undefined) return lines.lines;
  const part = (count = 0) => `${count} (${sent === 0 ? 0 : ((100 * count) / sent).toFixed(1)} %)`;
  const count = (key: "answered" | "repeated" | "late" | "lost") => shown.number(`sip.load.${key}`) ?? 0;
  lines.add("at once", part(count("answered") - count("repeated")));
  lines.add("sent again", part(count("repeated")) + lateNote(count("late")));
  lines.add("no answer", part(count("lost")));
  for (const each of shown.list("sip.load.codes")) lines.add("answers", each);
  addSeconds(lines, shown);
  addRoundTrip(lines, shown);
  lines.add("means", sentenceOf(shown));
  return lines.lines;
}

/** Why it ended before its time. */
function early(shown: Shown): string {
  const ending = /ended: (\w+)/u.exec(shown.find("sip.load.rate")?.evidence ?? "")?.[1];
  if (ending === "stopped") return "; ended by you";
  return ending === "silent" ? "; ended early, nothing was answered for 3 s" : "";
}

const lateNote = (late: number): string =>
  late === 0 ? "" : `, ${late} of them late only: both were answered`;

function addSeconds(lines: ShownLines, shown: Shown): void {
  const series = shown.list("sip.load.series").map(Number);
  if (series.length < 2) return;
  lines.add(
    "each second",
    `${sparkline(series, width, { from: 0, atLeast: 5 })}  not answered at once, most ${Math.max(...series)} %`,
  );
}

/** Each percentile a bar, as long as its share of the longest. */
function addRoundTrip(lines: ShownLines, shown: Shown): void {
  const most = shown.number("sip.load.rtt.max");
  if (most === undefined) return;
  for (const name of ["p50", "p95", "p99", "max"] as const) {
    const ms = shown.number(`sip.load.rtt.${name}`) ?? 0;
    const bar = "█".repeat(Math.max(1, Math.round((ms / Math.max(most, 0.1)) * width)));
    lines.add(`${name === "p50" ? "trip p50" : `     ${name}`}`, `${`${ms} ms`.padStart(10)}  ${bar}`);
  }
}

function sentenceOf(shown: Shown): string {
  const drops = shown.number("sip.load.own.drops") ?? 0;
  if (drops > 0)
    return `${drops} answers found no room at this host's own socket: what is lost here says little of the server. Ask at a lower rate`;
  const [silent, from] = [shown.number("sip.load.silentFrom"), shown.number("sip.load.lossFrom")];
  if (silent !== undefined)
    return `from second ${silent} on nothing was answered any more: a guard against floods does so, or a server that fell over`;
  if (from !== undefined)
    return `${shown.measured("sip.load.loss")} of the requests, or their answers, were lost; the first in second ${from}`;
  if ((shown.number("sip.load.busy") ?? 0) > 0)
    return "nothing was lost; the server refused a part as overloaded (503)";
  if ((shown.number("sip.load.late") ?? 0) > 0) return "nothing was lost, but some answers took over 0.5 s";
  return "nothing was lost at this rate";
}
