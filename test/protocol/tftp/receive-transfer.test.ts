import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeTftp, type TftpPacket } from "../../../protocol/tftp/packet.ts";
import {
  receivedFile,
  startReceive,
  stepReceive,
  type ReceiveInput,
  type ReceiveStep,
  type ReceiveWish,
} from "../../../protocol/tftp/receive-transfer.ts";

const wish: ReceiveWish = { file: "a.cfg", mode: "octet", wanted: {}, maxBytes: 10_000, patience: 5000 };
const from = (packet: TftpPacket, port = 7000): ReceiveInput => ({ kind: "packet", packet, port });
const data = (block: number, length: number, port = 7000) =>
  from({ op: "data", block, data: new Uint8Array(length).fill(block) }, port);

function sent(step: ReceiveStep): string[] {
  return step.send.map(({ to, bytes }) => {
    const packet = decodeTftp(bytes);
    assert.ok(packet.ok);
    const { value } = packet;
    const number = value.op === "ack" ? ` ${value.block}` : value.op === "error" ? ` ${value.code}` : "";
    return `${value.op}${number} to ${to}`;
  });
}

function play(start: ReceiveWish, moves: readonly (readonly [ReceiveInput, number])[]) {
  let step = startReceive(start, 0);
  const log = [sent(step)];
  for (const [input, now] of moves) {
    step = stepReceive(step.state, input, now);
    log.push(sent(step));
  }
  return { log: log.map((line) => line.join(", ")), state: step.state };
}

const timer: ReceiveInput = { kind: "timer" };

const tables: readonly {
  readonly what: string;
  readonly wish?: Partial<ReceiveWish>;
  readonly moves: readonly (readonly [ReceiveInput, number])[];
  readonly log: readonly string[];
  readonly phase: string;
}[] = [
  {
    what: "follows the server to its port and acknowledges each block",
    moves: [
      [data(1, 512), 10],
      [data(2, 3), 20],
    ],
    log: ["rrq to listener", "ack 1 to 7000", "ack 2 to 7000"],
    phase: "done",
  },
  {
    what: "acknowledges options with ACK 0",
    wish: { wanted: { blockSize: 1024 } },
    moves: [
      [from({ op: "oack", options: [["blksize", "600"]] }), 10],
      [data(1, 599), 20],
    ],
    log: ["rrq to listener", "ack 0 to 7000", "ack 1 to 7000"],
    phase: "done",
  },
  {
    what: "refuses an option it did not ask for",
    moves: [[from({ op: "oack", options: [["blksize", "600"]] }), 10]],
    log: ["rrq to listener", "error 8 to 7000"],
    phase: "failed",
  },
  {
    what: "tells another port that it is not part of this, and goes on",
    moves: [
      [data(1, 512), 10],
      [data(1, 512, 7001), 11],
      [data(2, 1), 20],
    ],
    log: ["rrq to listener", "ack 1 to 7000", "error 5 to 7001", "ack 2 to 7000"],
    phase: "done",
  },
  {
    what: "asks again, then gives up when nobody answers",
    moves: [
      [timer, 1000],
      [timer, 3000],
      [timer, 5000],
    ],
    log: ["rrq to listener", "rrq to listener", "rrq to listener", ""],
    phase: "failed",
  },
  {
    what: "acknowledges a repeated block again",
    moves: [
      [data(1, 512), 10],
      [data(1, 512), 1500],
    ],
    log: ["rrq to listener", "ack 1 to 7000", "ack 1 to 7000"],
    phase: "receiving",
  },
  {
    what: "acknowledges windows, and a gap once",
    wish: { wanted: { windowSize: 3 } },
    moves: [
      [from({ op: "oack", options: [["windowsize", "3"]] }), 1],
      [data(1, 512), 2],
      [data(3, 512), 3],
      [data(4, 512), 4],
      [data(2, 512), 5],
      [data(3, 512), 6],
      [data(4, 512), 7],
    ],
    log: ["rrq to listener", "ack 0 to 7000", "", "ack 1 to 7000", "", "", "", "ack 4 to 7000"],
    phase: "receiving",
  },
  {
    what: "refuses a file larger than it has room for",
    wish: { maxBytes: 600 },
    moves: [
      [data(1, 512), 10],
      [data(2, 512), 20],
    ],
    log: ["rrq to listener", "ack 1 to 7000", "error 3 to 7000"],
    phase: "failed",
  },
  {
    what: "ends at an ERROR",
    moves: [[from({ op: "error", code: 1, message: "File not found" }), 10]],
    log: ["rrq to listener", ""],
    phase: "failed",
  },
];

for (const { what, wish: part, moves, log, phase } of tables) {
  test(`stepReceive() ${what}`, () => {
    const played = play({ ...wish, ...part }, moves);
    assert.deepEqual(played.log, log);
    assert.equal(played.state.phase, phase);
  });
}

test("receivedFile() gives the blocks in order, and undoes netascii", () => {
  const netascii = play({ ...wish, mode: "netascii" }, [
    [from({ op: "data", block: 1, data: Buffer.from("a\r\nb\r\0") }), 1],
  ]);
  assert.equal(Buffer.from(receivedFile(netascii.state)).toString(), "a\nb\r");
});
