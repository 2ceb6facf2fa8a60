import { decoded, mismatch, type Decoded } from "../decoded.ts";
import { Defects, type Defect } from "./defect.ts";
import { fieldDefects } from "./field-defects.ts";
import { headerName, usualHeaderName } from "./header-names.ts";
import type { HeaderWire, SipHeader, SipMessage } from "./message.ts";
import { trimEndLws, trimLws, trimStartLws } from "./split.ts";
import { readStartLine, type StartLine } from "./start-line.ts";

/** What was read, and all that is wrong with it. */
export interface ReceivedSip {
  readonly message: SipMessage;
  /** In the order of the message. Fields are looked into when this is first asked for. */
  readonly defects: readonly Defect[];
  /** Bytes after the end of the body; a datagram's receiver ignores them (RFC 3261 18.3). */
  readonly excess: number;
}

export interface DecodeSipOptions {
  /** `stream`: Content-Length is compulsory and its absence means no body. Default `datagram`. */
  readonly from?: "datagram" | "stream";
  /** False leaves out the look into each field's value: faster, and the defects of the frame alone. Default true. */
  readonly fields?: boolean;
}

// Longer or more than this no honest message has; it bounds the work that a hostile one can cause.
export const sipLimits = { message: 65_536, headers: 256, line: 8192 } as const;

/**
 * Reads one SIP message, leniently: what can be understood is, and every fault is listed with its byte offset.
 * Refused is only what has no start line of SIP.
 */
export function decodeSip(bytes: Uint8Array, options: DecodeSipOptions = {}): Decoded<ReceivedSip> {
  const defects = new Defects();
  const wire = new Wire(bytes);
  const skipped = wire.skipLeadingLineEnds();
  if (skipped > 0 && options.from !== "stream") {
    defects.add("leading-crlf", 0, "a start line at once", `${skipped} bytes of line ends`);
  }
  const at = wire.at;
  const line = wire.line(defects);
  if (line === undefined) return mismatch("byte 0", "a SIP message", "nothing");
  const start = readStartLine(line.text, at, defects);
  if (!start.ok) return start;
  const headers = readHeaders(wire, defects);
  const { message, excess } = withBody(start.value, headers, wire, options.from ?? "datagram", defects);
  return decoded(new ReadSip(message, excess, defects, options.fields !== false));
}

/** Most who read a message never ask what is wrong with it, and the look into its fields costs more than all the rest. */
class ReadSip implements ReceivedSip {
  readonly message: SipMessage;
  readonly excess: number;
  readonly #gathered: Defects;
  readonly #fields: boolean;
  #sorted: readonly Defect[] | undefined;

  constructor(message: SipMessage, excess: number, gathered: Defects, fields: boolean) {
    this.message = message;
    this.excess = excess;
    this.#gathered = gathered;
    this.#fields = fields;
  }

  get defects(): readonly Defect[] {
    if (this.#sorted === undefined && this.#fields) fieldDefects(this.message, this.#gathered);
    this.#sorted ??= this.#gathered.found.toSorted((a, b) => a.at - b.at);
    return this.#sorted;
  }
}

interface Line {
  readonly text: string;
  readonly at: number;
  readonly end: number;
}

/** Takes the message apart into lines. Latin-1 text has one character per byte, so places in it are byte offsets. */
class Wire {
  readonly bytes: Buffer;
  readonly #text: string;
  #bareLfSeen = false;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#text = this.bytes.toString("latin1");
  }

  skipLeadingLineEnds(): number {
    while (this.#codeAt(this.at) === 13 || this.#codeAt(this.at) === 10) this.at += 1;
    return this.at;
  }

  /** The next line without its end; undefined at the end of the bytes. */
  line(defects: Defects): Line | undefined {
    const at = this.at;
    if (at >= this.#text.length) return undefined;
    const lf = this.#text.indexOf("\n", at);
    const stop = lf === -1 ? this.#text.length : lf;
    this.at = lf === -1 ? stop : lf + 1;
    const crlf = stop > at && this.#codeAt(stop - 1) === 13;
    if (!crlf && lf !== -1 && !this.#bareLfSeen) {
      this.#bareLfSeen = true;
      defects.add("bare-lf", lf, "CR before LF", "LF");
    }
    const text = this.#text.slice(at, crlf ? stop - 1 : stop);
    this.#checkLine(text, at, defects);
    return { text, at, end: this.at };
  }

  /** A look at one character, without a text of its own for it. */
  #codeAt(at: number): number {
    return this.#text.charCodeAt(at);
  }

  nextIsFold(): boolean {
    const next = this.#codeAt(this.at);
    return next === 32 || next === 9;
  }

  #checkLine(text: string, at: number, defects: Defects): void {
    const cr = text.indexOf("\r");
    if (cr !== -1) defects.add("bare-cr", at + cr, "LF after CR", "CR");
    if (text.length > sipLimits.line) {
      defects.add("long-line", at, `at most ${sipLimits.line} bytes in a line`, `${text.length} bytes`);
    }
  }

  /** UTF-8 text of a piece, or Latin-1 where it is not UTF-8. */
  utf8(text: string, at: number, defects: Defects): string {
    // eslint-disable-next-line no-control-regex
    if (/^[\u0000-\u007f]*$/.test(text)) return text;
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(text, "latin1"));
    } catch {
      defects.add("not-utf8", at, "UTF-8 text", text);
      return text;
    }
  }
}

function readHeaders(wire: Wire, defects: Defects): SipHeader[] {
  const headers: SipHeader[] = [];
  let crowded = false;
  for (;;) {
    const fold = wire.nextIsFold();
    const line = wire.line(defects);
    if (line === undefined) {
      defects.add("no-blank-line", wire.at, "an empty line after the headers", "the end");
      return headers;
    }
    if (line.text === "") return headers;
    if (fold) {
      if (trimLws(line.text) !== "") defects.add("fold-before-header", line.at, "a header", line.text);
      continue;
    }
    const header = readHeader(line, wire, defects);
    if (header === undefined) continue;
    if (headers.length < sipLimits.headers) headers.push(header);
    else if (!crowded) {
      crowded = true;
      defects.add("too-many-headers", line.at, `at most ${sipLimits.headers} headers`, line.text);
    }
  }
}

function readHeader(line: Line, wire: Wire, defects: Defects): SipHeader | undefined {
  const colon = line.text.indexOf(":");
  const written = trimEndLws(line.text.slice(0, Math.max(colon, 0)));
  const usual = usualHeaderName(written);
  const folds: string[] = [];
  let end = line.end;
  while (wire.nextIsFold()) {
    const fold = wire.line(defects);
    if (fold === undefined) break;
    folds.push(trimLws(fold.text));
    end = fold.end;
  }
  if (usual === undefined && !/^[A-Za-z0-9\-.!%*_+`'~]+$/.test(written)) {
    defects.add("header-syntax", line.at, "a header name and a colon", line.text);
    if (written === "") return undefined;
  }
  const first = line.text.slice(colon + 1);
  const valueAt = line.at + colon + 1 + (first.length - trimStartLws(first).length);
  const own = trimLws(first);
  const raw = folds.length === 0 ? own : [own, ...folds].filter((part) => part !== "").join(" ");
  const name = usual ?? headerName(written);
  const wireOf = new WireOf(wire.bytes, line.at, valueAt, end);
  if (printable(raw)) return { name, value: raw, wire: wireOf };
  const control = controlByte(raw);
  if (control !== -1)
    defects.add("control-byte", valueAt + control, "printable text", raw.slice(control, control + 8));
  const value = wire.utf8(raw, valueAt, defects);
  return { name, value, wire: wireOf };
}

/** A piece of the message, cut out when it is asked for: most never are. */
class WireOf implements HeaderWire {
  readonly at: number;
  readonly valueAt: number;
  readonly #message: Buffer;
  readonly #end: number;

  constructor(message: Buffer, at: number, valueAt: number, end: number) {
    this.at = at;
    this.valueAt = valueAt;
    this.#message = message;
    this.#end = end;
  }

  get bytes(): Uint8Array {
    return this.#message.subarray(this.at, this.#end);
  }
}

/** ASCII without control bytes, as nearly all is: then there is nothing to look into. */
function printable(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code < 32 || code > 126) return false;
  }
  return true;
}

/** The place of the first control byte that no quoted pair allows (RFC 4475 3.1.1.2 has BEL and NUL behind a `\`). */
function controlByte(text: string): number {
  // eslint-disable-next-line no-control-regex
  const match = /(?<!\\)[\u0000-\u0008\u000b-\u001f\u007f]/.exec(text);
  return match === null ? -1 : match.index;
}

function withBody(
  start: StartLine,
  headers: readonly SipHeader[],
  wire: Wire,
  from: "datagram" | "stream",
  defects: Defects,
): Omit<ReceivedSip, "defects"> {
  const available = wire.bytes.length - wire.at;
  const declared = contentLength(headers, defects);
  if (declared === undefined && from === "stream") {
    defects.add("content-length-missing", wire.at, "Content-Length on a stream", "none");
  }
  const wanted = declared ?? (from === "stream" ? 0 : available);
  if (wanted > available) {
    defects.add("content-length-beyond-end", wire.at, `${wanted} bytes of body`, `${available} bytes`);
  }
  const length = Math.min(wanted, available);
  const body = wire.bytes.subarray(wire.at, wire.at + length);
  return { message: { ...start, headers, body }, excess: available - length };
}

/** The declared length of the body: undefined when absent or unreadable; the first one counts. */
export function contentLength(headers: readonly SipHeader[], defects: Defects): number | undefined {
  let first: SipHeader | undefined;
  let second: SipHeader | undefined;
  for (const header of headers) {
    if (header.name !== "Content-Length") continue;
    if (first === undefined) first = header;
    else second ??= header;
  }
  if (second !== undefined) {
    defects.add("content-length-twice", second.wire?.at ?? 0, "one Content-Length", second.value);
  }
  if (first === undefined) return undefined;
  if (/^\d{1,9}$/.test(first.value)) return Number(first.value);
  defects.add("content-length-syntax", first.wire?.valueAt ?? 0, "a count of bytes", first.value);
  return undefined;
}
