import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BootCounter, readConsoleLine } from "../../../agent/meters/console/messages.ts";
import { escaped, Transcript } from "../../../agent/meters/console/transcript.ts";
import { seededRandom } from "../../fakes/seeded-random.ts";

describe("readConsoleLine()", () => {
  const lines: readonly (readonly [string, readonly (readonly [string, string, unknown])[]])[] = [
    [
      "*Mar  1 00:01:02.123: %LINK-3-UPDOWN: Interface GigabitEthernet1/0/7, changed state to up",
      [["GigabitEthernet1/0/7", "link.up", true]],
    ],
    [
      "%LINK-5-CHANGED: Interface FastEthernet0/3, changed state to administratively down",
      [
        ["FastEthernet0/3", "link.up", false],
        ["FastEthernet0/3", "link.admin", false],
      ],
    ],
    [
      "%LINEPROTO-5-UPDOWN: Line protocol on Interface Gi1/0/7, changed state to down",
      [["Gi1/0/7", "link.up", false]],
    ],
    ["%ILPOWER-5-POWER_GRANTED: Interface Gi1/0/7: Power granted", [["Gi1/0/7", "poe.state", "delivering"]]],
    ["%ILPOWER-5-IEEE_DISCONNECT: Interface Gi1/0/7: PD removed", [["Gi1/0/7", "poe.state", "searching"]]],
    [
      "%ILPOWER-5-ILPOWER_POWER_DENY: Interface Fa0/1: inline power denied",
      [["Fa0/1", "poe.state", "denied"]],
    ],
    [
      "%ILPOWER-3-CONTROLLER_PORT_ERR: Controller port error, Interface Fa0/7: Power given, but link is down",
      [["Fa0/7", "poe.state", "fault"]],
    ],
    ["I 01/15/26 12:00:00 00076 ports: port 7 is now on-line", [["7", "link.up", true]]],
    ["W 01/15/26 12:00:00 00077 ports: port A3 is now off-line", [["A3", "link.up", false]]],
    [
      "mib2d[1]: SNMP_TRAP_LINK_DOWN: ifIndex 526, ifAdminStatus up(1), ifOperStatus down(2), ifName ge-0/0/7",
      [
        ["ge-0/0/7", "link.up", false],
        ["ge-0/0/7", "link.admin", true],
      ],
    ],
    ["Switch> show version", []],
    ["%LINK-3-UPDOWN: Interface , changed state to up", []],
    [`%LINK-3-UPDOWN: Interface ${"x".repeat(2000)}, changed state to up`, []],
  ];
  for (const [line, expected] of lines) {
    it(`takes ${expected.length} fact(s) from "${line.slice(0, 60)}"`, () => {
      assert.deepEqual(
        readConsoleLine(line).map(({ port, key, value }) => [port, key, value]),
        expected,
      );
    });
  }

  it("survives 20,000 lines of noise", () => {
    const random = seededRandom(4);
    const seed = "%LINK-3-UPDOWN: Interface Gi1/0/7, changed state to up";
    for (let run = 0; run < 20_000; run += 1) {
      const line = Buffer.from(seed, "latin1");
      for (let times = random.below(6); times > 0; times -= 1)
        line[random.below(line.length)] = random.below(256);
      readConsoleLine(line.toString("latin1"));
    }
  });
});

describe("BootCounter", () => {
  it("counts starts, not the banners of one start", () => {
    const boots = new BootCounter();
    const start = ["U-Boot 2016.01", "Booting Linux on physical CPU 0x0", "Linux version 4.4.0"];
    for (const [index, line] of start.entries()) boots.take(line, index * 3000);
    assert.equal(boots.count, 1);
    for (const [index, line] of start.entries()) boots.take(line, 60_000 + index * 3000);
    boots.take("nothing to see", 70_000);
    assert.equal(boots.count, 2);
  });
});

describe("Transcript", () => {
  it("shows control characters as escapes, so that a console cannot move the cursor", () => {
    assert.equal(escaped("\u001b[2J\x07tab\tok\xff"), "\\x1b[2J\\x07tab\tok\\xff");
    const transcript = new Transcript();
    assert.deepEqual(transcript.take(Buffer.from("one\r\ntwo\r\n\u001b[1mSw")), ["one", "two"]);
    assert.equal(transcript.unended, "\\x1b[1mSw");
  });

  it("keeps the last 64 KB, and no endless line", () => {
    const transcript = new Transcript();
    let lines = 0;
    for (let times = 0; times < 200; times += 1) lines += transcript.take(Buffer.alloc(1000, 0x41)).length;
    assert.equal(transcript.kept.length, 65_536);
    assert.equal(transcript.bytes, 200_000);
    assert.ok(lines > 30);
  });
});
