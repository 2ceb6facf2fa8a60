import assert from "node:assert/strict";
import { test } from "node:test";
import type { SipRequest } from "../../../protocol/sip/message.ts";
import { ackForRefusal, buildRequest } from "../../../protocol/sip/request.ts";
import { buildResponse } from "../../../protocol/sip/response.ts";
import {
  serverTransactionKey,
  startServerTransaction,
  stepServerTransaction,
  type ServerInput,
} from "../../../protocol/sip/server-transaction.ts";
import { rfcTimers } from "../../../protocol/sip/transaction-timers.ts";

function request(method: string): SipRequest {
  return buildRequest({
    method,
    uri: "sip:anna@192.0.2.9",
    transport: "udp",
    local: { address: "192.0.2.1", port: 5060 },
    from: "sip:bert@pbx.example",
    to: "sip:anna@pbx.example",
    callId: "call-2",
    fromTag: "from-2",
    cseq: 3,
    branch: "z9hG4bKserver",
    userAgent: "test",
  });
}

function live(method: string, reliable: boolean, inputs: ServerInput[]) {
  let transaction = startServerTransaction(request(method), { reliable, timers: rfcTimers });
  const sent: number[] = [];
  let ended: number | undefined;
  let unacknowledged = false;
  let wakeAt: number | undefined;
  const take = (input: ServerInput): void => {
    const step = stepServerTransaction(transaction, input);
    ({ transaction, wakeAt } = step);
    for (const each of step.send) if (each.code >= 200) sent.push(input.now);
    unacknowledged ||= step.unacknowledged;
    if (transaction.phase === "terminated") ended ??= input.now;
  };
  for (const input of inputs) {
    while (wakeAt !== undefined && wakeAt < input.now) take({ kind: "time", now: wakeAt });
    take(input);
  }
  while (wakeAt !== undefined) take({ kind: "time", now: wakeAt });
  return { sent, ended, unacknowledged };
}

function respond(method: string, code: number, now: number): ServerInput {
  const response = buildResponse(request(method), { address: "192.0.2.1", port: 5060 }, { code, toTag: "t" });
  return { kind: "respond", response, now };
}

const doublingToT2 = [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500];

test("server transaction: a non-INVITE answer is repeated when asked again, and forgotten after timer J", () => {
  const got = live("OPTIONS", false, [respond("OPTIONS", 200, 0), { kind: "repeat", now: 500 }]);
  assert.deepEqual(got, { sent: [0, 500], ended: 32_000, unacknowledged: false });
});

test("server transaction: over TCP timer J is 0", () => {
  assert.equal(live("OPTIONS", true, [respond("OPTIONS", 200, 0)]).ended, 0);
});

test("server transaction: a repeat before the answer sends nothing", () => {
  assert.deepEqual(
    live("OPTIONS", false, [{ kind: "repeat", now: 5 }, respond("OPTIONS", 200, 9)]).sent,
    [9],
  );
});

test("server transaction: a refusal is repeated by timer G until timer H, when no ACK comes", () => {
  const got = live("INVITE", false, [respond("INVITE", 486, 0)]);
  assert.deepEqual(got, { sent: doublingToT2, ended: 32_000, unacknowledged: true });
});

test("server transaction: over TCP a refusal is sent once, and timer H still waits for the ACK", () => {
  const got = live("INVITE", true, [respond("INVITE", 486, 0)]);
  assert.deepEqual(got, { sent: [0], ended: 32_000, unacknowledged: true });
});

test("server transaction: the ACK stops timer G, and timer I absorbs its repeats", () => {
  const got = live("INVITE", false, [respond("INVITE", 486, 0), { kind: "ack", now: 600 }]);
  assert.deepEqual(got, { sent: [0, 500], ended: 5600, unacknowledged: false });
});

test("server transaction: over TCP timer I is 0", () => {
  assert.equal(live("INVITE", true, [respond("INVITE", 486, 0), { kind: "ack", now: 600 }]).ended, 600);
});

test("server transaction: a 2xx is repeated until its ACK, on TCP too", () => {
  for (const reliable of [false, true]) {
    assert.deepEqual(live("INVITE", reliable, [respond("INVITE", 200, 0)]), {
      sent: doublingToT2,
      ended: 32_000,
      unacknowledged: true,
    });
    const acknowledged = live("INVITE", reliable, [respond("INVITE", 200, 0), { kind: "ack", now: 20 }]);
    assert.deepEqual(acknowledged, { sent: [0], ended: 20, unacknowledged: false });
  }
});

test("serverTransactionKey() is the same for an INVITE and the ACK of its refusal, and another for OPTIONS", () => {
  const invite = request("INVITE");
  const refusal = buildResponse(invite, { address: "192.0.2.1", port: 5060 }, { code: 486, toTag: "t" });
  assert.equal(serverTransactionKey(ackForRefusal(invite, refusal)), serverTransactionKey(invite));
  assert.notEqual(serverTransactionKey(request("OPTIONS")), serverTransactionKey(invite));
});
