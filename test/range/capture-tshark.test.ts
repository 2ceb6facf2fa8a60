import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { promisify } from "node:util";
import { captureFile, stream, type StreamDraft } from "../agent/capture/make-capture.ts";
import { lineOf, makePair, offhook, rangeSkip } from "./network.ts";

// The same captures read by tshark: what it says of SIP and RTP is what we say.

const run = promisify(execFile);
const skip = rangeSkip("tshark", "tcpdump", "sipp");
const limit = { skip, timeout: 60_000 };

interface Story {
  readonly calls: {
    readonly callId: string;
    readonly ladder: { readonly number: number; readonly label: string }[];
    readonly outcome: string;
  }[];
  readonly streams: {
    readonly packets: number;
    readonly lost: number;
    readonly duplicates: number;
    readonly meanJitter: number;
    readonly maxJitter: number;
    readonly maxDelta: number;
  }[];
}

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "offhook-capture-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function storyOf(file: string): Promise<Story> {
  const [node, command] = offhook;
  // Exit code 4 says that something is wrong with a call; the output is there all the same.
  const { stdout } = await run(node, [command, "diag", "capture", file, "--json"], {
    maxBuffer: 1 << 24,
  }).catch((error: { stdout: string }) => error);
  return JSON.parse(stdout) as Story;
}

async function tshark(...words: readonly string[]): Promise<string> {
  return (await run("tshark", words, { maxBuffer: 1 << 24 })).stdout;
}

const within = (share: number, ours: number, theirs: number) =>
  assert.ok(Math.abs(ours - theirs) <= theirs * share + 0.002, `${ours} is not ${theirs}`);

const drafts: Readonly<Record<string, Partial<StreamDraft>>> = {
  "as it should be": {},
  "3 % loss": { loss: 0.03 },
  "15 ms of jitter": { jitterMs: 15 },
  "numbers and timestamps that wrap": {
    firstSequence: 65_000,
    firstTimestamp: 0xffffff00,
    loss: 0.01,
    jitterMs: 5,
  },
  duplicates: { duplicates: 0.02 },
};

for (const [about, draft] of Object.entries(drafts))
  test(`tshark's RTP statistics are ours: ${about}`, limit, async (t) => {
    const file = join(await folderOf(t), "stream.pcap");
    await writeFile(
      file,
      captureFile(stream({ from: "192.0.2.1:40000", to: "198.51.100.7:50000", packets: 3000, ...draft })),
    );
    const { streams } = await storyOf(file);
    const table = await tshark("-r", file, "-q", "-d", "udp.port==50000,rtp", "-z", "rtp,streams");
    const line = table.split("\n").find((each) => each.includes("0x00001234")) ?? "";
    const found = /g711U\s+(\d+)\s+(-?\d+) \(.*?%\)\s+(.*)$/u.exec(line);
    const [, , maxDelta = 0, , meanJitter = 0, maxJitter = 0] = (found?.[3] ?? "").split(/\s+/u).map(Number);
    assert.equal(streams.length, 1);
    const [ours] = streams;
    assert.ok(ours !== undefined && found !== null, line);
    // tshark counts a duplicate as a packet that came, and so as one less that is lost.
    assert.equal(ours.packets + ours.duplicates, Number(found[1]));
    assert.equal(ours.lost - ours.duplicates, Number(found[2]));
    within(0.01, ours.maxDelta, maxDelta);
    if (ours.duplicates > 0) return;
    within(0.01, ours.meanJitter, meanJitter);
    within(0.01, ours.maxJitter, maxJitter);
  });

test("calls of sipp, captured by tcpdump: each SIP message as tshark reads it", limit, async (t) => {
  const { near, far, nearAddress, farAddress } = await makePair(t);
  const folder = await folderOf(t);
  const file = join(folder, "calls.pcap");
  const dump = near.start("tcpdump", [
    "-i",
    "any",
    // Without it, immediate mode has room for eight packets at a time.
    "-s",
    "4096",
    "--immediate-mode",
    "-U",
    "-Z",
    "root",
    "-w",
    file,
    "udp",
  ]);
  await lineOf(dump, /listening on/u);
  far.start("sipp", ["-sn", "uas", "-i", farAddress, "-p", "5080", "-nostdin", "-m", "3"], { cwd: folder });
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
    "3",
    "-d",
    "100",
    "-nostdin",
    "-timeout",
    "20",
  );
  dump.kill("SIGINT");
  await lineOf(dump, /packets captured/u);
  const { calls } = await storyOf(file);
  const fields = ["frame.number", "sip.Call-ID", "sip.Method", "sip.Status-Code"].flatMap((name) => [
    "-e",
    name,
  ]);
  const rows = (await tshark("-r", file, "-d", "udp.port==5080,sip", "-Y", "sip", "-T", "fields", ...fields))
    .trim()
    .split("\n");
  const theirs = rows
    .map((row) => row.split("\t"))
    .map(([number, callId, method, code]) => `${number} ${callId} ${method === "" ? code : method}`);
  const ours = calls.flatMap(({ callId, ladder }) =>
    ladder.map(({ number, label }) => ({ number, text: `${number} ${callId} ${label.split(" ")[0]}` })),
  );
  assert.deepEqual(
    ours.toSorted((a, b) => a.number - b.number).map(({ text }) => text),
    theirs,
  );
  assert.equal(calls.length, 3);
  for (const { outcome } of calls) assert.match(outcome, /^answered, lasted .* ended by 10\.91\.0\.1:5090$/u);
});
