import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { lineOf, makePair, offhook, rangeSkip } from "./network.ts";

const limit = { skip: rangeSkip("tcpdump", "sipp"), timeout: 60_000 };

/** A datagram each 100 ms, to a port where nobody listens. */
const chatter =
  "const s = require('node:dgram').createSocket('udp4'); setInterval(() => s.send('..', 9, process.argv[1]), 100)";

for (const way of ["libpcap", "tcpdump"])
  test(
    `a live capture by ${way} explains the calls it saw when it is stopped, and keeps their packets`,
    limit,
    async (t) => {
      const { near, far, nearAddress, farAddress } = await makePair(t);
      const folder = await mkdtemp(join(tmpdir(), "offhook-live-"));
      t.after(() => rm(folder, { recursive: true, force: true }));
      const kept = join(folder, "kept.pcap");
      const [node, command] = offhook;
      const live = near.start(node, [
        command,
        "diag",
        "capture",
        "--live",
        "any",
        "--by",
        way,
        "-w",
        kept,
        "--json",
      ]);
      assert.ok(live.stdout !== null);
      const output = text(live.stdout);
      const ended = once(live, "exit");
      // The first line that tells of packets: tcpdump listens.
      const counting = lineOf(live, /^[1-9]\d* packets/u);
      const talker = near.start(node, ["-e", chatter, farAddress]);
      await counting;
      talker.kill("SIGINT");
      far.start("sipp", ["-sn", "uas", "-i", farAddress, "-p", "5080", "-nostdin", "-m", "1"], {
        cwd: folder,
      });
      await near.run(
        "sipp",
        "-sn",
        "uac",
        `${farAddress}:5080`,
        "-i",
        nearAddress,
        "-p",
        "5090",
        "-m",
        "1",
        "-d",
        "100",
        "-nostdin",
        "-timeout",
        "20",
      );
      // The second Ctrl-C would end it at once; ip netns exec becomes the program, so its pid is the command's.
      live.kill("SIGINT");
      await ended;
      const story = JSON.parse(await output) as { calls: { outcome: string }[]; notes: string[] };
      assert.deepEqual(story.notes, []);
      assert.match(story.calls[0]?.outcome ?? "", /^answered, lasted /u);
      const { size, mode } = await stat(kept);
      assert.ok(size > 1000);
      assert.equal(mode & 0o777, 0o600);
      const again = await near
        .run(node, command, "diag", "capture", kept, "--json")
        .catch((error: { stdout: string }) => error.stdout);
      assert.equal((JSON.parse(again) as { calls: unknown[] }).calls.length, 1);
    },
  );

test("a filter leaves out what it does not take", limit, async (t) => {
  const { near, farAddress } = await makePair(t);
  const [node, command] = offhook;
  near.start(node, ["-e", chatter, farAddress]);
  const only = async (filter: string) => {
    const stdout = await near
      .run(node, command, "diag", "capture", "--live", "any", "--filter", filter, "--seconds", "1", "--json")
      .catch((error: { stdout: string }) => error.stdout);
    return (JSON.parse(stdout) as { capture: { packets: number } }).capture.packets;
  };
  assert.ok((await only("udp port 9")) > 0);
  assert.equal(await only("udp port 10"), 0);
});
