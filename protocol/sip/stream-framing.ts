import type { Mismatch } from "../decoded.ts";
import { Defects } from "./defect.ts";
import { contentLength, decodeSip, sipLimits, type ReceivedSip } from "./decode-sip.ts";

// Messages on TCP and TLS (RFC 3261 18.3): a message ends where its Content-Length says; segments mean nothing.
// Between messages, CR LF CR LF is a ping, and a CR LF alone the pong (RFC 5626 3.5.1).

export type StreamPiece =
  | { readonly kind: "message"; readonly received: ReceivedSip; readonly bytes: Uint8Array }
  /** A CR LF between messages: the answer to a ping of ours, or half of a ping. */
  | { readonly kind: "line-end" }
  /** The second CR LF in a row: answer with one. */
  | { readonly kind: "ping" }
  /** Where messages begin can no longer be known: the connection is of no more use. */
  | { readonly kind: "broken"; readonly why: Mismatch };

export interface StreamState {
  /** Bytes that wait for their rest. */
  readonly waiting: Uint8Array;
  readonly afterLineEnd: boolean;
  readonly broken: boolean;
}

export const emptyStream: StreamState = { waiting: new Uint8Array(), afterLineEnd: false, broken: false };

/** One step: bytes as they came. However they are cut, the pieces are the same. */
export function stepStream(
  state: StreamState,
  bytes: Uint8Array,
): { readonly state: StreamState; readonly pieces: readonly StreamPiece[] } {
  if (state.broken) return { state, pieces: [] };
  let rest = state.waiting.length === 0 ? asBuffer(bytes) : Buffer.concat([state.waiting, bytes]);
  let afterLineEnd = state.afterLineEnd;
  const pieces: StreamPiece[] = [];
  for (;;) {
    const taken = takePiece(rest, afterLineEnd);
    if (taken === undefined)
      return { state: { waiting: Buffer.from(rest), afterLineEnd, broken: false }, pieces };
    if (taken.piece !== undefined) pieces.push(taken.piece);
    if (taken.piece?.kind === "broken") return { state: { ...emptyStream, broken: true }, pieces };
    afterLineEnd = taken.piece?.kind === "line-end";
    rest = rest.subarray(taken.length);
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

interface Taken {
  readonly length: number;
  readonly piece?: StreamPiece;
}

/** The first piece in `rest`, or undefined while it is not all there. */
function takePiece(rest: Buffer, afterLineEnd: boolean): Taken | undefined {
  if (rest.length === 0) return undefined;
  if (rest[0] === 0x0d || rest[0] === 0x0a) return takeLineEnd(rest, afterLineEnd);
  const headEnd = endOfHead(rest);
  if (headEnd === undefined) {
    return rest.length > sipLimits.message
      ? tooLong(rest.length, "an empty line after the headers")
      : undefined;
  }
  const length = headEnd + declaredLength(rest.subarray(0, headEnd));
  if (length > sipLimits.message) return tooLong(length, `at most ${sipLimits.message} bytes`);
  if (rest.length < length) return undefined;
  const bytes = Buffer.from(rest.subarray(0, length));
  const received = decodeSip(bytes, { from: "stream" });
  if (!received.ok) return { length, piece: { kind: "broken", why: received.why } };
  return { length, piece: { kind: "message", received: received.value, bytes } };
}

function tooLong(length: number, expected: string): Taken {
  return { length, piece: { kind: "broken", why: { place: "byte 0", expected, found: `${length} bytes` } } };
}

function takeLineEnd(rest: Buffer, afterLineEnd: boolean): Taken | undefined {
  if (rest[0] === 0x0a) return { length: 1 };
  if (rest.length === 1) return undefined;
  if (rest[1] !== 0x0a) return { length: 1 };
  return { length: 2, piece: { kind: afterLineEnd ? "ping" : "line-end" } };
}

/** The offset behind the empty line; LF alone counts as a line end too, as for datagrams. */
function endOfHead(rest: Buffer): number | undefined {
  const crlf = rest.indexOf("\r\n\r\n");
  const lf = rest.indexOf("\n\n");
  const mixed = rest.indexOf("\n\r\n");
  const ends = [
    crlf === -1 ? Infinity : crlf + 4,
    lf === -1 ? Infinity : lf + 2,
    mixed === -1 ? Infinity : mixed + 3,
  ];
  const first = Math.min(...ends);
  return first === Infinity ? undefined : first;
}

/** What the head says about the body; nothing, or nonsense, counts as none. */
function declaredLength(head: Buffer): number {
  const received = decodeSip(head, { from: "stream", fields: false });
  return received.ok ? (contentLength(received.value.message.headers, new Defects()) ?? 0) : 0;
}
