import { decoded, mismatch, type Decoded } from "../decoded.ts";
import { tryParseMacAddress } from "../mac-address.ts";
import { metricLines, type MetricField } from "./metric-fields.ts";
import type { QualityAlert, QualityMetrics, QualityReport, ReportedEnd } from "./quality-report.ts";

// application/vq-rtcpxr, RFC 6035 4.6; read as phones write it: with or without colons after the first word, with names of
// older drafts (FromID, ToID), values of nought for "unknown", folded lines, x- lines of their own.

const mostBytes = 65_536;
const mostLines = 500;

const kinds = { session: "session", interval: "interval", alert: "alert" } as const;

/** Reads the body of a report. Refused only when it does not begin as one. */
export function decodeQualityReport(body: Uint8Array): Decoded<QualityReport> {
  if (body.length > mostBytes) return mismatch("byte 0", `at most ${mostBytes} bytes`, `${body.length}`);
  const [first = "", ...lines] = unfolded(Buffer.from(body).toString("utf8"));
  const start = /^VQ(Session|Interval|Alert)Report\b[\s:]*(.*)$/i.exec(first);
  const kind = kinds[(start?.[1] ?? "").toLowerCase() as keyof typeof kinds];
  if (start === null || kind === undefined)
    return mismatch("line 1", "VQSessionReport, VQIntervalReport or VQAlertReport", first);
  const rest = start[2] ?? "";
  return decoded({
    kind,
    callEnded: /\bCallTerm\b/i.test(rest),
    ...(kind === "alert" ? { alert: alertOf(pairs(rest)) } : {}),
    ...readLines(lines),
  });
}

/** Lines without their folds; empty ones are left out. */
function unfolded(text: string): string[] {
  const lines: string[] = [];
  for (const line of text.split(/\r\n|\n|\r/).slice(0, mostLines)) {
    const folded = /^[ \t]/.test(line) && lines.length > 0 && !metricName(line);
    if (folded) lines.push(`${lines.pop() ?? ""} ${line.trim()}`);
    else if (line.trim() !== "") lines.push(line.trim());
  }
  return lines;
}

/** Some phones indent the lines of a block; a line that begins with a name of ours is no fold. */
function metricName(line: string): boolean {
  const name = /^\s*([A-Za-z]+)\s*:/.exec(line)?.[1]?.toLowerCase();
  return metricLines.some((each) => each.name.toLowerCase() === name);
}

function alertOf(said: ReadonlyMap<string, string>): QualityAlert {
  return {
    type: said.get("type") ?? "",
    severity: said.get("severity") ?? "",
    direction: said.get("dir") ?? "",
  };
}

/** `NAME=value` pairs, names in lower case; quotes are taken off. */
function pairs(text: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const match of text.matchAll(/([A-Za-z]+)=[ \t]*(?:"([^"]*)"|([^\s"]*))/g))
    found.set((match[1] ?? "").toLowerCase(), match[2] ?? (match[3] ?? "").replace(/[;,]$/, ""));
  return found;
}

type Writable<T> = { -readonly [Name in keyof T]: T[Name] };
type Read = Omit<QualityReport, "kind" | "callEnded" | "alert">;

const texts: Readonly<
  Record<string, "callId" | "localId" | "remoteId" | "originId" | "localGroup" | "remoteGroup" | "dialogId">
> = {
  callid: "callId",
  localid: "localId",
  // Drafts before the RFC, still in phones.
  fromid: "localId",
  remoteid: "remoteId",
  toid: "remoteId",
  origid: "originId",
  localgroup: "localGroup",
  remotegroup: "remoteGroup",
  dialogid: "dialogId",
};

function readLines(lines: readonly string[]): Read {
  const read: Writable<Omit<Read, "others">> = {};
  const others = new Map<string, string>();
  let block: "local" | "remote" = "local";
  for (const line of lines) {
    const match = /^([A-Za-z][A-Za-z0-9-]*)\s*:\s*(.*)$/.exec(line);
    const name = (match?.[1] ?? "").toLowerCase();
    const value = match?.[2] ?? "";
    const text = texts[name];
    const metrics = metricLines.find((each) => each.name.toLowerCase() === name);
    if (name === "localmetrics" || name === "metrics") block = "local";
    else if (name === "remotemetrics") block = "remote";
    else if (metrics !== undefined) {
      const more = readMetrics(metrics.fields, value);
      if (Object.keys(more).length > 0) read[block] = { ...read[block], ...more };
    } else if (text !== undefined) {
      if (value !== "") read[text] = value;
    } else if (!readEnd(read, name, value) && name !== "") others.set(name, value);
  }
  return { ...read, others };
}

function readEnd(read: Writable<Omit<Read, "others">>, name: string, value: string): boolean {
  if (name === "localmac" || name === "remotemac") {
    const mac = tryParseMacAddress(value);
    if (mac !== undefined) read[name === "localmac" ? "localMac" : "remoteMac"] = mac;
    return true;
  }
  if (name !== "localaddr" && name !== "remoteaddr") return false;
  read[name === "localaddr" ? "localEnd" : "remoteEnd"] = endOf(pairs(value));
  return true;
}

function endOf(said: ReadonlyMap<string, string>): ReportedEnd {
  const address = said.get("ip") ?? "";
  const port = Number(said.get("port") || Number.NaN);
  const ssrc = (said.get("ssrc") ?? "").replace(/^0x/i, "").toLowerCase();
  return {
    ...(/^[0-9a-f.:]{2,45}$/i.test(address) ? { address: address.toLowerCase() } : {}),
    ...(Number.isInteger(port) && port >= 0 && port <= 65_535 ? { port } : {}),
    ...(/^[0-9a-f]{1,8}$/.test(ssrc) ? { ssrc } : {}),
  };
}

function readMetrics(fields: readonly MetricField[], value: string): QualityMetrics {
  const said = pairs(value);
  const found = fields.map(({ wire, property, kind }) => {
    const text = said.get(wire.toLowerCase()) ?? "";
    return [property, text === "" ? undefined : readValue(kind, text)] as const;
  });
  return Object.fromEntries(found.filter(([, read]) => read !== undefined)) as QualityMetrics;
}

function readValue(kind: MetricField["kind"], text: string): string | number | undefined {
  if (kind === "text") return text;
  if (kind === "time") return readTime(text);
  if (!/^[+-]?\d{1,12}(?:\.\d{1,12})?$/.test(text)) return undefined;
  const value = Number(text);
  return isUnknown(kind, value) ? undefined : value;
}

function isUnknown(kind: MetricField["kind"], value: number): boolean {
  switch (kind) {
    case "mos":
      return value < 1 || value > 5;
    case "factor":
      return value <= 0 || value >= 127;
    case "level":
      return value === 127;
    case "delay":
      return value <= 0 || value >= 65_535;
    case "buffer":
      return value < 0 || value >= 65_535;
    case "number":
    case "text":
    case "time":
      return false;
  }
}

/** RFC 3339 in UTC; phones that leave out the Z mean it nevertheless. */
function readTime(text: string): number | undefined {
  const at = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/i.test(text) ? text : `${text}Z`);
  return Number.isNaN(at) || at < 0 || at > 8.64e15 / 2 ? undefined : at;
}
