import assert from "node:assert/strict";
import { test } from "node:test";
import { type TftpOptionList } from "../../../protocol/tftp/packet.ts";
import {
  acknowledgedBytes,
  startSend,
  startsOver,
  stepSend,
  tryParseTransferMode,
  type SendInput,
  type SendStep,
} from "../../../protocol/tftp/send-transfer.ts";

const ack = (block: number): SendInput => ({ kind: "packet", packet: { op: "ack", block } });
const timer: SendInput = { kind: "timer" };

function start(length: number, options: TftpOptionList = []): SendStep {
  return startSend({ size: length, options }, 0);
}

/** What went out, in short: `data 1`, `oack`. */
function sent({ send }: SendStep): string[] {
  if (send === undefined) return [];
  return Array.from({ length: send.last - send.first + 1 }, (_, at) =>
    send.first + at === 0 ? "oack" : `data ${send.first + at}`,
  );
}

/** Plays inputs at times; returns what each brought, and the last step. */
function play(first: SendStep, moves: readonly (readonly [SendInput, number])[]): [string[][], SendStep] {
  const log = [sent(first)];
  let step = first;
  for (const [input, now] of moves) {
    step = stepSend(step.state, input, now);
    log.push(sent(step));
  }
  return [log, step];
}

const tables: readonly {
  readonly what: string;
  readonly first: SendStep;
  readonly moves: readonly (readonly [SendInput, number])[];
  readonly log: readonly (readonly string[])[];
  readonly phase: string;
}[] = [
  {
    what: "sends block by block and ends with a short one",
    first: start(1000),
    moves: [
      [ack(1), 10],
      [ack(2), 20],
    ],
    log: [["data 1"], ["data 2"], []],
    phase: "done",
  },
  {
    what: "ends a file of whole blocks with an empty one",
    first: start(512),
    moves: [
      [ack(1), 10],
      [ack(2), 20],
    ],
    log: [["data 1"], ["data 2"], []],
    phase: "done",
  },
  {
    what: "waits with data until the options are acknowledged",
    first: start(10, [["tsize", "0"]]),
    moves: [
      [ack(1), 5],
      [ack(0), 10],
      [ack(1), 20],
    ],
    log: [["oack"], [], ["data 1"], []],
    phase: "done",
  },
  {
    what: "ignores a duplicate ACK (sorcerer's apprentice)",
    first: start(1500),
    moves: [
      [ack(1), 10],
      [ack(1), 11],
      [ack(1), 12],
      [ack(2), 20],
      [ack(1), 21],
      [ack(2), 22],
    ],
    log: [["data 1"], ["data 2"], [], [], ["data 3"], [], []],
    phase: "sending",
  },
  {
    what: "ignores an ACK of what was never sent",
    first: start(1500),
    moves: [
      [ack(2), 10],
      [ack(65_535), 11],
    ],
    log: [["data 1"], [], []],
    phase: "sending",
  },
  {
    what: "sends an unproven client one retransmission and no more",
    first: start(1500),
    moves: [
      [timer, 500],
      [timer, 1000],
      [timer, 3000],
      [timer, 9000],
    ],
    log: [["data 1"], [], ["data 1"], [], []],
    phase: "failed",
  },
  {
    what: "backs off while a proven client is silent, and gives up after 30 s",
    first: start(1500),
    moves: [
      [ack(1), 100],
      [timer, 400],
      [timer, 1000],
      [timer, 2200],
      [timer, 4600],
      [timer, 30_200],
    ],
    log: [["data 1"], ["data 2"], ["data 2"], ["data 2"], ["data 2"], ["data 2"], []],
    phase: "failed",
  },
  {
    what: "sends windows, goes on behind a gap, and hears a repeated ACK once",
    first: start(3000, [["windowsize", "4"]]),
    moves: [
      [ack(0), 10],
      [ack(2), 20],
      [ack(2), 21],
      [ack(2), 26],
      [ack(2), 40],
      [ack(6), 50],
    ],
    log: [
      ["oack"],
      ["data 1", "data 2", "data 3", "data 4"],
      ["data 3", "data 4", "data 5", "data 6"],
      [],
      ["data 3", "data 4", "data 5", "data 6"],
      [],
      [],
    ],
    phase: "done",
  },
  {
    what: "stops when the client sends ERROR",
    first: start(1500),
    moves: [[{ kind: "packet", packet: { op: "error", code: 0, message: "no" } }, 10]],
    log: [["data 1"], []],
    phase: "failed",
  },
];

for (const { what, first, moves, log, phase } of tables) {
  test(`stepSend() ${what}`, () => {
    const [seen, last] = play(first, moves);
    assert.deepEqual(seen, log);
    assert.equal(last.state.phase, phase);
    assert.equal(last.wakeAt === undefined, phase !== "sending");
  });
}

test("stepSend() goes on beyond 65,535 blocks, whose number on the wire rolls over to 0", () => {
  const size = 512 * 140_000;
  let step = start(size);
  for (let block = 1; step.state.phase === "sending"; block += 1) {
    assert.deepEqual(step.send, { first: block, last: block });
    step = stepSend(step.state, ack(block & 0xffff), block);
  }
  assert.equal(step.state.phase, "done");
  assert.equal(acknowledgedBytes(step.state), size);
});

test("stepSend() rolls over in the middle of a window", () => {
  let step = start(8 * 70_000, [
    ["blksize", "8"],
    ["windowsize", "64"],
  ]);
  step = stepSend(step.state, ack(0), 1);
  for (let now = 2; step.state.phase === "sending"; now += 1)
    step = stepSend(step.state, ack((step.send?.last ?? 0) & 0xffff), now);
  assert.equal(acknowledgedBytes(step.state), 8 * 70_000);
  assert.equal(step.state.retransmissions, 0);
});

test("stepSend() measures the round trip and waits accordingly, never less than 100 ms", () => {
  let step = start(20_000);
  for (let block = 1, now = 300; block <= 8; block += 1, now += 300)
    step = stepSend(step.state, ack(block), now);
  assert.ok(step.state.rto > 300 && step.state.rto < 800, `${step.state.rto}`);
  let quick = start(20_000);
  for (let block = 1; block <= 8; block += 1) quick = stepSend(quick.state, ack(block), block);
  assert.equal(quick.state.rto, 100);
});

test("startSend() takes the timeout option as the first and the longest wait", () => {
  const step = start(2000, [["timeout", "3"]]);
  assert.equal(step.wakeAt, 3000);
});

test("tryParseTransferMode() takes octet and netascii in any case, and no other", () => {
  assert.deepEqual(["OCTET", "NetASCII", "mail", ""].map(tryParseTransferMode), [
    "octet",
    "netascii",
    undefined,
    undefined,
  ]);
});

test("startsOver() takes a repeated request for the network's copy, unless its transfer has come to nothing", () => {
  const fresh = start(2000).state;
  const resent = stepSend(fresh, timer, 1000).state;
  const proven = stepSend(fresh, ack(1), 100).state;
  const done = stepSend(stepSend(start(10).state, ack(1), 1).state, timer, 2).state;
  const table = [
    [fresh, 900, false],
    [resent, 1050, false],
    [resent, 2000, true],
    [proven, 3000, false],
    [proven, 3100, true],
    [done, 3, true],
  ] as const;
  for (const [state, now, expected] of table) assert.equal(startsOver(state, now), expected, `at ${now}`);
});
