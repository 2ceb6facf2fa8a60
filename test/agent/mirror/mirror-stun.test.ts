import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "../../../agent/io/clock.ts";
import { bindingRequest, StunSocket, transactionOf } from "../../../agent/io/udp/stun-socket.ts";
import { openUdp } from "../../../agent/io/udp/udp.ts";
import { bindingAnswer, startMirrorStun } from "../../../agent/mirror/mirror-stun.ts";
import { addressOf, responsePort } from "../../../protocol/stun/attributes.ts";
import { decodeStun, encodeStun, stunAttribute } from "../../../protocol/stun/message.ts";
import { stunSchedule } from "../../../protocol/stun/transaction-schedule.ts";
import { randomBytes, seededRandom } from "../../protocol/rtp/seeded-random.ts";

const from = { address: "192.0.2.9", port: 40_000 };
const io = { openUdp, clock: systemClock };

test("bindingAnswer() tells the asker's address, masked and plain", () => {
  const answer = bindingAnswer(bindingRequest(), from);
  const read = decodeStun(answer?.bytes ?? new Uint8Array());
  assert.ok(read.ok);
  assert.deepEqual(addressOf(read.value, stunAttribute.xorMappedAddress), from);
  assert.deepEqual(addressOf(read.value, stunAttribute.mappedAddress), from);
});

test("bindingAnswer() to a bare request is no larger than the mirror's measure", () => {
  const bare = encodeStun({ class: "request", method: 1, transaction: new Uint8Array(12), attributes: [] });
  const answer = bindingAnswer(bare, from);
  assert.ok(answer !== undefined && answer.bytes.length <= 1.2 * bare.length + 16);
});

test("bindingAnswer() says nothing to answers, other methods, and ports below 1024", () => {
  const answer = bindingAnswer(bindingRequest(), from);
  assert.equal(bindingAnswer(answer?.bytes ?? new Uint8Array(), from), undefined);
  assert.equal(bindingAnswer(bindingRequest(responsePort(53)), from), undefined);
});

test("bindingAnswer() never throws and never amplifies (fuzz)", (t) => {
  const random = seededRandom(t);
  for (let i = 0; i < 100_000; i += 1) {
    const bytes = random() < 0.5 ? randomBytes(random, 60) : bindingRequest(responsePort(5000));
    if (bytes.length > 0) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
    const answer = bindingAnswer(bytes, from);
    assert.ok(answer === undefined || answer.bytes.length <= 1.2 * bytes.length + 16);
  }
});

test("startMirrorStun() answers to another port of the asker when asked", async () => {
  await using mirror = await startMirrorStun({ address: "127.0.0.1", port: 0 }, io);
  await using first = await StunSocket.open(io, { localAddress: "127.0.0.1" });
  await using second = await StunSocket.open(io, { localAddress: "127.0.0.1" });
  const to = { address: "127.0.0.1", port: mirror.port };
  const signal = AbortSignal.timeout(5000);
  const reply = await first.ask(bindingRequest(), to, stunSchedule(500, 3, 4), signal);
  assert.deepEqual(reply?.from, to);
  const poke = bindingRequest(responsePort(first.local.port));
  await second.send(poke, to);
  assert.notEqual(await first.next(transactionOf(poke), 3000, signal), undefined);
});
