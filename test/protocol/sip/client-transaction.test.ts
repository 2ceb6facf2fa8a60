import assert from "node:assert/strict";
import { test } from "node:test";
import {
  startClientTransaction,
  stepClientTransaction,
  type ClientStep,
  type ClientTransaction,
} from "../../../protocol/sip/client-transaction.ts";
import type { SipRequest, SipResponse } from "../../../protocol/sip/message.ts";
import { headerValue } from "../../../protocol/sip/message.ts";
import { buildRequest } from "../../../protocol/sip/request.ts";
import { buildResponse } from "../../../protocol/sip/response.ts";
import { quickTimers, rfcTimers } from "../../../protocol/sip/transaction-timers.ts";

function request(method: string, branch = "z9hG4bKtest1"): SipRequest {
  return buildRequest({
    method,
    uri: "sip:pbx.example",
    transport: "udp",
    local: { address: "192.0.2.1", port: 5060 },
    from: "sip:anna@pbx.example",
    to: "sip:pbx.example",
    callId: "call-1",
    fromTag: "from-1",
    cseq: 7,
    branch,
    userAgent: "test",
  });
}

function response(to: SipRequest, code: number, toTag = "to-1"): SipResponse {
  return buildResponse(to, { address: "192.0.2.1", port: 5060 }, { code, toTag });
}

interface Ran {
  readonly sent: readonly { readonly at: number; readonly method: string }[];
  readonly news: readonly { readonly at: number; readonly what: string }[];
  readonly ended: number | undefined;
  readonly transaction: ClientTransaction;
}

/** Lives through a transaction without a clock: jumps from wake to wake, and gives the responses at their times. */
function run(
  ask: SipRequest,
  options: { reliable?: boolean; timers?: typeof rfcTimers; responses?: [at: number, code: number][] },
): Ran {
  const sent: { at: number; method: string }[] = [];
  const news: { at: number; what: string }[] = [];
  const responses = [...(options.responses ?? [])];
  let now = 0;
  let ended: number | undefined;
  const note = (step: ClientStep): void => {
    for (const each of step.send) sent.push({ at: now, method: each.method });
    for (const each of step.news) {
      news.push({ at: now, what: each.kind === "response" ? String(each.response.code) : each.kind });
    }
    if (step.transaction.phase === "terminated") ended ??= now;
  };
  let step = startClientTransaction(ask, {
    reliable: options.reliable ?? false,
    timers: options.timers ?? rfcTimers,
    now,
  });
  note(step);
  for (let turns = 0; turns < 100; turns += 1) {
    const next = responses[0];
    if (next !== undefined && next[0] <= (step.wakeAt ?? Infinity)) {
      responses.shift();
      now = next[0];
      step = stepClientTransaction(step.transaction, {
        kind: "response",
        response: response(ask, next[1]),
        now,
      });
    } else if (step.wakeAt !== undefined) {
      now = step.wakeAt;
      step = stepClientTransaction(step.transaction, { kind: "time", now });
    } else break;
    note(step);
  }
  return { sent, news, ended, transaction: step.transaction };
}

const times = (ran: Ran, method: string) =>
  ran.sent.filter((each) => each.method === method).map(({ at }) => at);

const timeouts = [
  {
    name: "a lost non-INVITE over UDP: timer E doubles to T2, timer F ends it",
    method: "OPTIONS",
    sent: [0, 500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500],
    end: 32_000,
  },
  {
    name: "a lost INVITE over UDP: timer A doubles without limit, timer B ends it",
    method: "INVITE",
    sent: [0, 500, 1500, 3500, 7500, 15_500, 31_500],
    end: 32_000,
  },
  { name: "over TCP nothing is repeated", method: "OPTIONS", reliable: true, sent: [0], end: 32_000 },
  { name: "an INVITE over TCP is not repeated", method: "INVITE", reliable: true, sent: [0], end: 32_000 },
  { name: "quick mode", method: "OPTIONS", timers: quickTimers, sent: [0, 500, 1500], end: 3000 },
  {
    name: "other base times",
    method: "OPTIONS",
    timers: { t1: 100, t2: 300, t4: 500, giveUp: 1500 },
    sent: [0, 100, 300, 600, 900, 1200],
    end: 1500,
  },
] as const;

for (const row of timeouts) {
  test(`client transaction: ${row.name}`, () => {
    const ran = run(request(row.method), {
      reliable: "reliable" in row ? row.reliable : false,
      timers: "timers" in row ? row.timers : rfcTimers,
    });
    assert.deepEqual(times(ran, row.method), row.sent);
    assert.deepEqual(ran.news, [{ at: row.end, what: "timeout" }]);
    assert.equal(ran.ended, row.end);
    assert.deepEqual(ran.transaction.sentAt, row.sent);
  });
}

test("client transaction: a provisional response makes timer E run at T2, and timer F still ends it", () => {
  const ran = run(request("OPTIONS"), { responses: [[600, 100]] });
  // The repeat planned for 1500 stands; from it on the pause is T2.
  assert.deepEqual(times(ran, "OPTIONS"), [0, 500, 1500, 5500, 9500, 13_500, 17_500, 21_500, 25_500, 29_500]);
  assert.deepEqual(ran.news, [
    { at: 600, what: "100" },
    { at: 32_000, what: "timeout" },
  ]);
});

test("client transaction: a provisional response stops timers A and B: ringing may last", () => {
  const ran = run(request("INVITE"), { responses: [[700, 180]] });
  assert.deepEqual(times(ran, "INVITE"), [0, 500]);
  assert.deepEqual(ran.news, [{ at: 700, what: "180" }]);
  assert.equal(ran.ended, undefined);
  assert.equal(ran.transaction.phase, "proceeding");
});

test("client transaction: a final non-INVITE response is heard once; repeats are absorbed for timer K", () => {
  const ran = run(request("OPTIONS"), {
    responses: [
      [40, 200],
      [900, 200],
    ],
  });
  assert.deepEqual(ran.news, [{ at: 40, what: "200" }]);
  assert.equal(ran.ended, 40 + 5000);
  assert.equal(ran.transaction.repeatedFinals, 1);
});

test("client transaction: over TCP timer K is 0", () => {
  assert.equal(run(request("OPTIONS"), { reliable: true, responses: [[40, 200]] }).ended, 40);
});

test("client transaction: a refused INVITE is acknowledged, each repeat of it too, until timer D", () => {
  const ran = run(request("INVITE"), {
    responses: [
      [100, 486],
      [600, 486],
      [1600, 486],
    ],
  });
  assert.deepEqual(times(ran, "ACK"), [100, 600, 1600]);
  assert.deepEqual(ran.news, [{ at: 100, what: "486" }]);
  assert.equal(ran.ended, 100 + 32_000);
});

test("client transaction: over TCP timer D is 0", () => {
  const ran = run(request("INVITE"), { reliable: true, responses: [[100, 486]] });
  assert.deepEqual(times(ran, "ACK"), [100]);
  assert.equal(ran.ended, 100);
});

test("client transaction: each 2xx of an INVITE is heard, and never acknowledged here, until timer M", () => {
  const ran = run(request("INVITE"), {
    responses: [
      [100, 200],
      [600, 200],
    ],
  });
  assert.deepEqual(
    ran.news.map(({ what }) => what),
    ["200", "200"],
  );
  assert.deepEqual(times(ran, "ACK"), []);
  assert.equal(ran.ended, 100 + 32_000);
});

test("client transaction: the ACK of a refusal has the INVITE's branch and number, and the answer's To", () => {
  const invite = request("INVITE");
  const start = startClientTransaction(invite, { reliable: false, timers: rfcTimers, now: 0 });
  const step = stepClientTransaction(start.transaction, {
    kind: "response",
    response: response(invite, 486),
    now: 1,
  });
  const ack = step.send[0];
  assert.ok(ack);
  assert.equal(headerValue(ack, "Via"), headerValue(invite, "Via"));
  assert.equal(headerValue(ack, "CSeq"), "7 ACK");
  assert.match(headerValue(ack, "To") ?? "", /tag=to-1/);
});

test("client transaction: a stray response is told with its reason and changes nothing", () => {
  const ask = request("OPTIONS");
  const start = startClientTransaction(ask, { reliable: false, timers: rfcTimers, now: 0 });
  const strays: [string, SipResponse][] = [
    ["branch", response(request("OPTIONS", "z9hG4bKother"), 200)],
    ["CSeq", response(request("REGISTER"), 200)],
  ];
  for (const [why, stray] of strays) {
    const step = stepClientTransaction(start.transaction, { kind: "response", response: stray, now: 10 });
    assert.equal(step.transaction.phase, "trying");
    assert.equal(step.wakeAt, 500);
    const [news] = step.news;
    assert.ok(news?.kind === "stray");
    assert.match(news.why, new RegExp(why));
  }
});

test("client transaction: a transport error ends it at once, a later one is of no interest", () => {
  const ask = request("OPTIONS");
  const start = startClientTransaction(ask, { reliable: false, timers: rfcTimers, now: 0 });
  const failed = stepClientTransaction(start.transaction, { kind: "transport-error", now: 5 });
  assert.deepEqual(failed.news, [{ kind: "transport-error" }]);
  assert.equal(failed.transaction.phase, "terminated");
  assert.equal(failed.wakeAt, undefined);
  assert.deepEqual(stepClientTransaction(failed.transaction, { kind: "transport-error", now: 6 }).news, []);
});

test("client transaction: a late wake does not shift the later repeats", () => {
  const start = startClientTransaction(request("OPTIONS"), { reliable: false, timers: rfcTimers, now: 0 });
  const late = stepClientTransaction(start.transaction, { kind: "time", now: 620 });
  assert.equal(late.send.length, 1);
  assert.equal(late.wakeAt, 1500);
  // An early one sends nothing.
  assert.deepEqual(stepClientTransaction(late.transaction, { kind: "time", now: 1499 }).send, []);
});
