import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test, type TestContext } from "node:test";
import { CaptureAnalysis } from "../../../agent/capture/capture-analysis.ts";
import { readCapture, readCaptureFile } from "../../../agent/capture/read-capture.ts";
import { realStreams } from "../../../agent/capture/stream-story.ts";
import { captureFile, stream } from "./make-capture.ts";

async function folderOf(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "offhook-capture-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test("64 MB of packets are read in constant memory", async () => {
  const file = captureFile(
    stream({ from: "192.0.2.1:4000", to: "192.0.2.2:5000", packets: 4000, loss: 0.01 }),
  );
  const [head, packets] = [file.subarray(0, 24), file.subarray(24)];
  const rounds = Math.ceil(64_000_000 / packets.length);
  let largest = 0;
  function* chunks() {
    yield head;
    for (let round = 0; round < rounds; round += 1) {
      if (round % 10 === 0) largest = Math.max(largest, process.memoryUsage().rss);
      // A copy each: what is kept of a chunk would hold all of it.
      yield Buffer.from(packets);
    }
  }
  const analysis = new CaptureAnalysis();
  const before = process.memoryUsage().rss;
  assert.equal(await readCapture(Readable.from(chunks()), analysis), undefined);
  const { octets, streams } = analysis.facts();
  assert.ok(octets > 55_000_000);
  assert.equal(streams.length, 1);
  assert.ok(largest - before < 60_000_000, `grew by ${largest - before} bytes`);
});

test("a file that ends within a packet gives what is before, and says so; a missing one throws", async (t) => {
  const folder = await folderOf(t);
  const path = join(folder, "cut.pcap");
  await writeFile(
    path,
    captureFile(stream({ from: "192.0.2.1:4000", to: "192.0.2.2:5000", packets: 20 })).subarray(0, -5),
  );
  const analysis = new CaptureAnalysis();
  const { signal } = new AbortController();
  assert.match((await readCaptureFile(path, analysis, signal))?.expected ?? "", /whole record/);
  assert.equal(analysis.facts().packets, 19);
  assert.equal(realStreams(analysis.facts()).length, 1);
  await assert.rejects(readCaptureFile(join(folder, "none.pcap"), analysis, signal), /ENOENT/);
});
