import assert from "node:assert/strict";
import { test } from "node:test";
import { ladderLanes } from "../../../agent/capture/ladder-lanes.ts";
import { printLadder } from "../../../agent/capture/print-ladder.ts";
import { explained } from "./explain.ts";
import { captureFile, sdp, sip } from "./make-capture.ts";

const step = (source: string, destination: string) => ({
  number: 1,
  at: 0,
  source,
  destination,
  label: "INVITE",
  note: "",
});

test("a host is one lane whatever its ports, until it talks to itself", () => {
  const proxy = ladderLanes([
    step("10.0.0.5:5060", "10.0.0.10:5060"),
    step("10.0.0.10:40001", "10.0.0.20:5060"),
  ]);
  assert.deepEqual(proxy.names, ["10.0.0.5:5060", "10.0.0.10", "10.0.0.20:5060"]);
  assert.equal(proxy.laneOf("10.0.0.10:40001"), 1);
  const loop = ladderLanes([step("127.0.0.1:5060", "127.0.0.1:5080")]);
  assert.deepEqual(loop.names, ["127.0.0.1:5060", "127.0.0.1:5080"]);
});

for (const width of [80, 120])
  test(`a ladder of three hosts fits into ${width} columns, and nothing of its notes is lost`, () => {
    const text = (start: string) => `${start}
      Via: SIP/2.0/UDP 10.0.0.5;branch=z9hG4bK${start.length}
      From: <sip:a@a.example>;tag=1
      To: <sip:b@b.example>
      Call-ID: 1
      CSeq: 1 INVITE`;
    const [invite, trying] = ["INVITE sip:b@b.example SIP/2.0", `SIP/2.0 100 ${"trying ".repeat(6)}`];
    const [call] = explained(
      captureFile([
        sip(0, "10.0.0.5:5060", "10.0.0.10:5060", text(invite), sdp("10.0.0.5", 4000)),
        sip(5, "10.0.0.10:5060", "10.0.0.5:5060", text(trying)),
        sip(9, "10.0.0.10:40001", "10.0.0.20:5060", text(`${invite}\n      X: y`), sdp("10.0.0.5", 4000)),
      ]),
    ).calls;
    assert.ok(call !== undefined);
    const lines = printLadder(call.dialogue, width);
    for (const line of lines) assert.ok(line.length <= width, line);
    assert.ok(lines.join("\n").includes("PCMU, PCMA"));
    assert.ok(lines.join("\n").includes("at 10.0.0.5:4000"));
    assert.ok(lines.some((line) => line.includes("100 try")));
  });
