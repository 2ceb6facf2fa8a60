import assert from "node:assert/strict";
import { test } from "node:test";
import { headerValue } from "../../../protocol/sip/message.ts";
import { emptyStream, stepStream, type StreamPiece } from "../../../protocol/sip/stream-framing.ts";

function message(callId: string, body: string, contentLength = `Content-Length: ${body.length}\r\n`): string {
  return [
    "MESSAGE sip:anna@pbx.example SIP/2.0",
    "Via: SIP/2.0/TCP 192.0.2.4;branch=z9hG4bK1",
    "Max-Forwards: 70",
    "From: <sip:bert@pbx.example>;tag=1",
    "To: <sip:anna@pbx.example>",
    `Call-ID: ${callId}`,
    "CSeq: 1 MESSAGE",
    `${contentLength}\r\n${body}`,
  ].join("\r\n");
}

function feed(chunks: readonly Uint8Array[]): StreamPiece[] {
  const pieces: StreamPiece[] = [];
  let state = emptyStream;
  for (const chunk of chunks) {
    const step = stepStream(state, chunk);
    ({ state } = step);
    pieces.push(...step.pieces);
  }
  return pieces;
}

function tell(piece: StreamPiece): string {
  if (piece.kind !== "message") return piece.kind;
  const { message: each } = piece.received;
  return `${headerValue(each, "Call-ID")}=${Buffer.from(each.body).toString()}`;
}

const stream = `${message("a", "")}${message("b", "one\r\n\r\ntwo")}\r\n\r\n${message("c", "x")}\r\n${message("d", "folded", "Content-Length:\r\n 6\r\n")}`;
const expected = ["a=", "b=one\r\n\r\ntwo", "line-end", "ping", "c=x", "line-end", "d=folded"];

test("stepStream(): several messages, pings and a pong in one segment", () => {
  assert.deepEqual(feed([Buffer.from(stream)]).map(tell), expected);
});

test("stepStream(): split at every place, and into single bytes, the pieces are the same", () => {
  const bytes = Buffer.from(stream);
  for (let cut = 1; cut < bytes.length; cut += 1) {
    assert.deepEqual(
      feed([bytes.subarray(0, cut), bytes.subarray(cut)]).map(tell),
      expected,
      `cut at ${cut}`,
    );
  }
  const single = Array.from(bytes, (byte) => Buffer.from([byte]));
  assert.deepEqual(feed(single).map(tell), expected);
});

test("stepStream(): a missing Content-Length is a defect and counts as no body", () => {
  const [first, second] = feed([Buffer.from(message("a", "", "") + message("b", ""))]);
  assert.ok(first?.kind === "message");
  assert.deepEqual(
    first.received.defects.map(({ name }) => name),
    ["content-length-missing"],
  );
  assert.equal(second && tell(second), "b=");
});

test("stepStream(): what is no SIP breaks the stream, with a reason, and nothing comes after", () => {
  const pieces = feed([Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n"), Buffer.from(message("a", ""))]);
  assert.deepEqual(pieces.map(tell), ["broken"]);
  const [piece] = pieces;
  assert.ok(piece?.kind === "broken");
  assert.match(piece.why.found, /HTTP/);
});

test("stepStream(): a head without end and a body beyond the limit break the stream", () => {
  assert.deepEqual(feed([Buffer.alloc(70_000, "x")]).map(tell), ["broken"]);
  assert.deepEqual(feed([Buffer.from(message("a", "", "Content-Length: 99999999\r\n"))]).map(tell), [
    "broken",
  ]);
});
