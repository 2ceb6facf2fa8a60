import type { Observation } from "../../../protocol/observation.ts";
import { Figures } from "./figures.ts";
import { chartOf } from "./media-chart.ts";
import { sentencesOf } from "./media-sentences.ts";

/** For a person: a small table of each way, a chart of the seconds, then what it means. */
export function showMedia(observations: readonly Observation[]): string[] {
  const figures = new Figures(observations);
  const sent = figures.get("rtp.fwd.sent");
  const { name } = figures;
  if (sent === undefined || sent.outcome !== "ok") return [`${name}  ${sent?.evidence ?? "no result"}`];
  const farEnd = figures.get("rtp.farEnd")?.value === "encaprtp" ? "an RFC 6849 mirror" : "a plain echo";
  const streams = figures.number("rtp.streams") ?? 1;
  const calls = streams === 1 ? "one call" : `${streams} calls at once`;
  return [
    `${name}  ${String(figures.get("rtp.codec")?.value)} to ${farEnd}, ${calls}`,
    `  ${" ".repeat(6)}${["sent", "came", "loss", "jitter"].map((title) => title.padStart(10)).join("")}`,
    row(figures, "there", "fwd"),
    row(figures, "back", "rev"),
    ...(figures.isOwnBusy ? ["  (*) this machine was too busy: jitter and delay may be its own"] : []),
    ...chartOf(figures),
    "",
    ...sentencesOf(figures).map((line) => `  ${line}`),
  ];
}

function row(figures: Figures, label: string, way: "fwd" | "rev"): string {
  const cells = [
    String(figures.number(`rtp.${way}.sent`) ?? "?"),
    String(figures.number(`rtp.${way}.recv`) ?? "?"),
    figures.print(`rtp.${way}.loss`),
    figures.jitter(`rtp.jitter.${way}`),
  ];
  return `  ${label.padEnd(6)}${cells.map((cell) => cell.padStart(10)).join("")}${figures.isOwnBusy ? " (*)" : ""}`;
}
