import { printMacAddress } from "../mac-address.ts";
import { metricLines, type MetricField } from "./metric-fields.ts";
import type { QualityMetrics, QualityReport, ReportedEnd } from "./quality-report.ts";

/** The body of a report as RFC 6035 4.6 writes it. Line ends inside values become spaces. */
export function encodeQualityReport(report: QualityReport): Uint8Array {
  const lines = [
    firstLine(report),
    ...text("CallID", report.callId),
    ...text("LocalID", report.localId),
    ...text("RemoteID", report.remoteId),
    ...text("OrigID", report.originId),
    ...text("LocalGroup", report.localGroup),
    ...text("RemoteGroup", report.remoteGroup),
    ...end("LocalAddr", report.localEnd),
    ...text("LocalMAC", report.localMac && printMacAddress(report.localMac)),
    ...end("RemoteAddr", report.remoteEnd),
    ...text("RemoteMAC", report.remoteMac && printMacAddress(report.remoteMac)),
    ...metrics("LocalMetrics", report.local),
    ...metrics("RemoteMetrics", report.remote),
    ...text("DialogID", report.dialogId),
    ...[...report.others].flatMap(([name, value]) => text(name, value)),
  ];
  return Buffer.from(`${lines.map((line) => line.replaceAll(/[\r\n]+/g, " ")).join("\r\n")}\r\n`, "utf8");
}

function firstLine({ kind, alert, callEnded }: QualityReport): string {
  if (kind === "alert")
    return `VQAlertReport: Type=${alert?.type ?? ""} Severity=${alert?.severity ?? ""} Dir=${alert?.direction ?? ""}`;
  return `${kind === "session" ? "VQSessionReport" : "VQIntervalReport"}${callEnded ? ": CallTerm" : ""}`;
}

function text(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [`${name}: ${value}`];
}

function end(name: string, value: ReportedEnd | undefined): string[] {
  if (value === undefined) return [];
  const parts = [
    ...(value.address === undefined ? [] : [`IP=${value.address}`]),
    ...(value.port === undefined ? [] : [`PORT=${value.port}`]),
    ...(value.ssrc === undefined ? [] : [`SSRC=0x${value.ssrc}`]),
  ];
  return [`${name}: ${parts.join(" ")}`];
}

function metrics(name: string, values: QualityMetrics | undefined): string[] {
  if (values === undefined) return [];
  const lines = metricLines.flatMap((line) => {
    const said = line.fields.flatMap((each) => printField(each, values[each.property]));
    return said.length === 0 ? [] : [`${line.name}:${said.join(" ")}`];
  });
  return [`${name}:`, ...lines];
}

function printField({ wire, kind }: MetricField, value: string | number | undefined): string[] {
  if (value === undefined) return [];
  if (kind === "time") return [`${wire}=${new Date(value).toISOString()}`];
  // FMTP is the one that RFC 6035 writes in quotes; others need them when they hold a space.
  const quoted = wire === "FMTP" || /[\s;,]/.test(String(value));
  return [`${wire}=${quoted ? `"${value}"` : value}`];
}
