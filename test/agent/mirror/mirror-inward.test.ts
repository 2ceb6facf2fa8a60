import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { systemClock } from "../../../agent/io/clock.ts";
import { openUdp } from "../../../agent/io/udp/udp.ts";
import { unpackBytes } from "../../../agent/mirror/mirror-echo.ts";
import { startMirror } from "../../../agent/mirror/mirror.ts";
import { inwardHeader, takeCopy } from "../../../protocol/alg/inward-call.ts";
import { decodeSip } from "../../../protocol/sip/decode-sip.ts";
import { headerValue } from "../../../protocol/sip/message.ts";

async function mirrorAndAsker(t: TestContext) {
  const ports = { sipPort: 0, rtpPorts: { from: 0, to: 0 } };
  const options = { address: "127.0.0.1", ...ports, log: () => {} };
  const mirror = await startMirror(options, { openUdp, clock: systemClock });
  t.after(() => mirror[Symbol.asyncDispose]());
  const ask = async (word: string, pad: number, socket = createSocket("udp4")) => {
    if (!asked.has(socket)) t.after(() => socket.close());
    asked.add(socket);
    const question = optionsWith(word, pad);
    const coming = once(socket, "message") as Promise<[Buffer]>;
    socket.send(question, mirror.sipPort, "127.0.0.1");
    const [bytes] = await coming;
    const read = decodeSip(bytes);
    assert.ok(read.ok);
    return { socket, question, bytes, message: read.value.message };
  };
  const asked = new Set<unknown>();
  return ask;
}

function optionsWith(word: string, pad: number): Buffer {
  const lines = [
    "OPTIONS sip:127.0.0.1 SIP/2.0",
    "Via: SIP/2.0/UDP 127.0.0.1:5999;branch=z9hG4bKa;rport",
    "Max-Forwards: 70",
    "From: <sip:a@127.0.0.1>;tag=a",
    "To: <sip:127.0.0.1>",
    "Call-ID: a",
    "CSeq: 1 OPTIONS",
    `${inwardHeader}: ${word}`,
    `X-Pad: ${"x".repeat(pad)}`,
    "Content-Length: 0",
  ];
  return Buffer.from(`${lines.join("\r\n")}\r\n\r\n`);
}

test("who has the word gets one INVITE, no larger than the question, with its own copy in it", async (t) => {
  const ask = await mirrorAndAsker(t);
  const { socket, message } = await ask("ask", 900);
  assert.equal(message.kind, "response");
  const call = await ask(headerValue(message, inwardHeader) ?? "", 900, socket);
  assert.ok(call.message.kind === "request" && call.message.method === "INVITE");
  assert.ok(call.bytes.length <= call.question.length);
  const taken = takeCopy(call.bytes);
  assert.ok(taken !== undefined);
  assert.deepEqual(Buffer.from(unpackBytes(taken.packed) ?? []), Buffer.from(taken.rest));
});

test("a small question, another's word and a made-up one get a plain answer", async (t) => {
  const ask = await mirrorAndAsker(t);
  const { socket, message } = await ask("ask", 900);
  const word = headerValue(message, inwardHeader) ?? "";
  assert.equal((await ask(word, 10, socket)).message.kind, "response");
  assert.equal((await ask(word, 900)).message.kind, "response");
  assert.equal((await ask("0".repeat(32), 900, socket)).message.kind, "response");
});
