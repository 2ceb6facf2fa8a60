import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { explained } from "../agent/capture/explain.ts";
import { lineOf, makePair, offhook, rangeSkip, type Namespace } from "./network.ts";

const limit = { skip: rangeSkip("tcpdump", "sipp"), timeout: 60_000 };
const [node, command] = offhook;

/** A datagram each 100 ms, to a port where nobody listens. */
const chatter =
  "const s = require('node:dgram').createSocket('udp4'); setInterval(() => s.send('..', 9, process.argv[1]), 100)";

interface Story {
  readonly capture: { readonly packets: number };
  readonly calls: readonly { readonly outcome: string }[];
  readonly notes: readonly string[];
}

/** A live capture that has begun once `counting` is there, and ends by Ctrl-C. */
function listen(namespace: Namespace, ...words: readonly string[]) {
  const live = namespace.start(node, [command, "diag", "capture", "--live", "any", "--json", ...words]);
  assert.ok(live.stdout !== null);
  const output = text(live.stdout);
  const ended = once(live, "exit");
  return {
    // The first line that tells of packets: it listens.
    counting: lineOf(live, /^[1-9]\d* packets/u),
    async stop(): Promise<Story> {
      // The second Ctrl-C would end it at once; ip netns exec becomes the program, so its pid is the command's.
      live.kill("SIGINT");
      await ended;
      return JSON.parse(await output) as Story;
    },
  };
}

// One call and three listeners: each starts a program of its own, and starting is what takes time.
test(
  "live captures by libpcap and by tcpdump explain the call they saw, and keep its packets; a filter leaves out the rest",
  limit,
  async (t) => {
    const { near, far, nearAddress, farAddress } = await makePair(t);
    const folder = await mkdtemp(join(tmpdir(), "offhook-live-"));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const talker = near.start(node, ["-e", chatter, farAddress]);
    const ways = ["libpcap", "tcpdump"].map((way) => {
      const kept = join(folder, `${way}.pcap`);
      return { kept, capture: listen(near, "--by", way, "-w", kept) };
    });
    const chat = listen(near, "--filter", "udp port 9");
    await Promise.all([...ways.map(({ capture }) => capture), chat].map(({ counting }) => counting));
    talker.kill("SIGINT");
    far.start("sipp", ["-sn", "uas", "-i", farAddress, "-p", "5080", "-nostdin", "-m", "1"], { cwd: folder });
    const ends = [`${farAddress}:5080`, "-i", nearAddress, "-p", "5090"];
    await near.run("sipp", "-sn", "uac", ...ends, "-m", "1", "-d", "100", "-nostdin", "-timeout", "20");
    for (const { kept, capture } of ways) {
      const story = await capture.stop();
      assert.deepEqual(story.notes, []);
      assert.match(story.calls[0]?.outcome ?? "", /^answered, lasted /u);
      const { size, mode } = await stat(kept);
      assert.ok(size > 1000);
      assert.equal(mode & 0o777, 0o600);
      const again = explained(await readFile(kept));
      assert.equal(again.facts.packets, story.capture.packets);
      assert.equal(again.calls.length, 1);
    }
    const filtered = await chat.stop();
    assert.ok(filtered.capture.packets > 0);
    assert.deepEqual(filtered.calls, []);
  },
);
