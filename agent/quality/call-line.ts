import type { QualityMetrics } from "../../protocol/quality-report/quality-report.ts";
import { mosOf } from "./call-observations.ts";
import { userOf } from "./phone-of-report.ts";
import type { ReceivedReport } from "./quality-collector.ts";

/** `14:03:09 1001 → 1002 (phone 805e…) 2:19 G722  heard MOS 4.2, loss 0.4 %, jitter 3 ms  sent MOS 3.9 …`: a call, told by its report. */
export function callLine(received: ReceivedReport, subject: string): string {
  const { report, at } = received;
  const { local, remote, kind } = report;
  const what =
    kind === "session" ? "" : kind === "interval" ? " during" : ` alert ${report.alert?.type ?? ""}`;
  const parts = [
    `${new Date(at).toISOString().slice(11, 19)} UTC${what}`,
    `${userOf(report.localId) ?? "?"} → ${userOf(report.remoteId) ?? "?"}`,
    `(${subject.replace(":", " ")})`,
    spanOf(local),
    local?.codec ?? remote?.codec ?? "",
    endText("heard", local),
    endText("sent", remote),
    roundTripText(local?.roundTrip ?? remote?.roundTrip),
  ];
  return printable(parts.filter((part) => part !== "").join("  "));
}

/** Texts of a report come from the wire: no control byte of them reaches a terminal. */
function printable(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, "·");
}

function spanOf(metrics: QualityMetrics | undefined): string {
  if (metrics?.start === undefined || metrics.stop === undefined) return "";
  const seconds = Math.max(0, Math.round((metrics.stop - metrics.start) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

function endText(word: string, metrics: QualityMetrics | undefined): string {
  if (metrics === undefined) return "";
  const mos = mosOf(metrics);
  const said = [
    mos === undefined ? "" : `MOS ${mos}`,
    metrics.loss === undefined ? "" : `loss ${metrics.loss} %`,
    metrics.discard === undefined || metrics.discard === 0 ? "" : `late ${metrics.discard} %`,
    metrics.jitter === undefined ? "" : `jitter ${metrics.jitter} ms`,
  ].filter((part) => part !== "");
  return said.length === 0 ? "" : `${word} ${said.join(", ")}`;
}

function roundTripText(ms: number | undefined): string {
  return ms === undefined ? "" : `round trip ${ms} ms`;
}
