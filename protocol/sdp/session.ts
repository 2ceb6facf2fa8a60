import { decoded, mismatch, type Decoded } from "../decoded.ts";

/** One line of a session description, `type=value`. */
export interface SdpLine {
  readonly type: string;
  readonly value: string;
}

export interface SdpMedia {
  /** audio, video … */
  readonly kind: string;
  /** 0: refused. */
  readonly port: number;
  readonly profile: string;
  /** Payload types, first one preferred. */
  readonly formats: readonly string[];
  /** The lines after `m=`, in order. */
  readonly lines: readonly SdpLine[];
}

/** A session description (RFC 8866) with every line kept in its place: order and unknown lines are evidence. */
export interface SdpSession {
  readonly lines: readonly SdpLine[];
  readonly media: readonly SdpMedia[];
}

const sizeLimit = 65536;

/** Reads a description; line ends may be CRLF or LF. Anything that is not `x=…` or a readable `m=` is refused. */
export function decodeSdp(text: string): Decoded<SdpSession> {
  if (text.length > sizeLimit) return mismatch("length", `at most ${sizeLimit}`, String(text.length));
  const sessionLines: SdpLine[] = [];
  const media: (Omit<SdpMedia, "lines"> & { lines: SdpLine[] })[] = [];
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    if (raw === "") continue;
    const line = readLine(raw);
    if (line === undefined) return mismatch(`line ${index + 1}`, "a letter and `=`", raw);
    if (sessionLines.length === 0 && media.length === 0 && (line.type !== "v" || line.value !== "0")) {
      return mismatch(`line ${index + 1}`, "`v=0`", raw);
    }
    if (line.type === "m") {
      const opened = readMedia(line.value);
      if (opened === undefined) {
        return mismatch(`line ${index + 1}`, "`m=kind port profile format …`", raw);
      }
      media.push({ ...opened, lines: [] });
    } else (media.at(-1)?.lines ?? sessionLines).push(line);
  }
  if (sessionLines.length === 0) return mismatch("line 1", "`v=0`", "nothing");
  return decoded({ lines: sessionLines, media });
}

function readLine(raw: string): SdpLine | undefined {
  const match = /^([a-z])=(.*)$/su.exec(raw);
  if (match === null || raw.includes("\r")) return undefined;
  return { type: match[1] ?? "", value: match[2] ?? "" };
}

function readMedia(value: string): Omit<SdpMedia, "lines"> | undefined {
  const match = /^(\S+) (\d{1,5})(?:\/\d{1,5})? (\S+)((?: \S+)+)$/u.exec(value.trimEnd());
  const port = Number(match?.[2]);
  if (match === null || port > 65535) return undefined;
  const formats = (match[4] ?? "").trim().split(" ");
  return { kind: match[1] ?? "", port, profile: match[3] ?? "", formats };
}

/** Writes the description with CRLF line ends. */
export function encodeSdp(session: SdpSession): string {
  const print = (line: SdpLine) => `${line.type}=${line.value}\r\n`;
  const blocks = session.media.map((media) => {
    const { kind, port, profile, formats } = media;
    return `m=${kind} ${port} ${profile} ${formats.join(" ")}\r\n${media.lines.map(print).join("")}`;
  });
  return session.lines.map(print).join("") + blocks.join("");
}

/** All values of `a=name:value`, in order; `a=name` alone gives an empty string. */
export function attributes(lines: readonly SdpLine[], name: string): string[] {
  return lines.flatMap((line) => {
    if (line.type !== "a") return [];
    if (line.value === name) return [""];
    return line.value.startsWith(`${name}:`) ? [line.value.slice(name.length + 1).trim()] : [];
  });
}

export type Direction = "sendrecv" | "sendonly" | "recvonly" | "inactive";
const directions: readonly Direction[] = ["sendrecv", "sendonly", "recvonly", "inactive"];

/** Direction of a medium: its own line wins over the session's; sendrecv when nobody says anything. */
export function directionOf(session: SdpSession, media: SdpMedia): Direction {
  for (const lines of [media.lines, session.lines]) {
    const found = directions.find((direction) => attributes(lines, direction).length > 0);
    if (found !== undefined) return found;
  }
  return "sendrecv";
}

/** Where its packets go: the medium's `c=` wins over the session's. */
export function connectionAddress(session: SdpSession, media: SdpMedia): string | undefined {
  const line = [...media.lines, ...session.lines].find(({ type }) => type === "c");
  return /^IN IP[46] ([^\s/]+)/u.exec(line?.value ?? "")?.[1];
}

export interface RtpMap {
  readonly payloadType: number;
  /** As written. */
  readonly encoding: string;
  readonly clock: number;
  readonly channels: number;
}

/** RFC 3551 static types that need no `a=rtpmap`; G.722 keeps the clock of 8000 that the RFC gave it by mistake. */
const staticMaps: readonly RtpMap[] = [
  { payloadType: 0, encoding: "PCMU", clock: 8000, channels: 1 },
  { payloadType: 3, encoding: "GSM", clock: 8000, channels: 1 },
  { payloadType: 4, encoding: "G723", clock: 8000, channels: 1 },
  { payloadType: 8, encoding: "PCMA", clock: 8000, channels: 1 },
  { payloadType: 9, encoding: "G722", clock: 8000, channels: 1 },
  { payloadType: 13, encoding: "CN", clock: 8000, channels: 1 },
  { payloadType: 18, encoding: "G729", clock: 8000, channels: 1 },
];

/** The formats of a medium in its order, by `a=rtpmap` or the static table; formats that neither knows are left out. */
export function rtpMaps(media: SdpMedia): RtpMap[] {
  const written = attributes(media.lines, "rtpmap").map(readRtpMap);
  return media.formats.flatMap((format) => {
    const known = [...written, ...staticMaps].find((map) => map?.payloadType === Number(format));
    return known === undefined ? [] : [known];
  });
}

function readRtpMap(value: string): RtpMap | undefined {
  const match = /^(\d{1,3})\s+([^/\s]+)\/(\d{1,9})(?:\/(\d{1,3}))?$/u.exec(value);
  if (match === null || Number(match[1]) > 127 || Number(match[3]) === 0) return undefined;
  return {
    payloadType: Number(match[1]),
    encoding: match[2] ?? "",
    clock: Number(match[3]),
    channels: Number(match[4] ?? 1),
  };
}
