import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import type { Observation } from "../../../protocol/observation.ts";

/** A small table for a person: each way, then both. */
export function showMedia(observations: readonly Observation[]): string[] {
  const get = (key: ObservationKey) => observations.find((each) => each.key === key);
  const number = (key: ObservationKey): number | undefined => {
    const value = get(key)?.value;
    return typeof value === "number" ? value : undefined;
  };
  const sent = get("rtp.fwd.sent");
  const name =
    observations.find((each) => each.subject.startsWith("rtp:"))?.subject.replace(/^rtp:/u, "") ?? "?";
  if (sent === undefined || sent.outcome !== "ok") return [`${name}  ${sent?.evidence ?? "no result"}`];
  const farEnd = get("rtp.farEnd")?.value === "encaprtp" ? "RFC 6849 mirror" : "plain echo";
  const way = (label: string, way: "fwd" | "rev") => {
    const cells = [
      String(number(`rtp.${way}.sent`) ?? "?"),
      String(number(`rtp.${way}.recv`) ?? "?"),
      percent(number(`rtp.${way}.loss`)),
      jitter(number(`rtp.jitter.${way}`)),
    ];
    return `  ${label.padEnd(6)}${cells.map((cell) => cell.padStart(10)).join("")}`;
  };
  const loss = number("rtp.loss");
  const mos = number("rtp.mos");
  return [
    `${name}  ${String(get("rtp.codec")?.value)} to a ${farEnd}`,
    `  ${" ".repeat(6)}${["sent", "came", "loss", "jitter"].map((title) => title.padStart(10)).join("")}`,
    way("there", "fwd"),
    way("back", "rev"),
    ...(loss === undefined
      ? []
      : [`  both ways together: ${percent(loss)} lost (an echo cannot tell them apart)`]),
    `  round trip ${milliseconds(number("rtp.rtt"))}, late ${percent(number("rtp.late"))}, out of order ${number("rtp.reorder") ?? "?"}, twice ${number("rtp.dup") ?? "?"}`,
    mos === undefined
      ? "  no score: no media came back"
      : `  MOS ${mos.toFixed(2)} (R ${number("rtp.r")?.toFixed(1) ?? "?"}); ${String(get("rtp.mos.basis")?.value)}`,
    ...paceWarning(get("rtp.sendLate")),
  ];
}

function paceWarning(pace: Observation | undefined): string[] {
  const bad = typeof pace?.value === "number" && pace.value > 5;
  return bad ? [`  jitter is not trustworthy here: ${pace.evidence ?? ""}`] : [];
}

const percent = (value: number | undefined) => (value === undefined ? "?" : `${value.toFixed(2)} %`);
const milliseconds = (value: number | undefined) => (value === undefined ? "?" : `${value.toFixed(1)} ms`);
/** Below this the figure is the clock's own grain. */
const jitter = (value: number | undefined) =>
  value !== undefined && value < 0.3 ? "< 0.3 ms" : milliseconds(value);
