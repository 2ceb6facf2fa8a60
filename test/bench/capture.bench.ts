import { execFile, execFileSync } from "node:child_process";
import { closeSync, openSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { CaptureAnalysis } from "../../agent/capture/capture-analysis.ts";
import { storyOf } from "../../agent/capture/capture-story.ts";
import { readCaptureFile } from "../../agent/capture/read-capture.ts";
import { captureFile, sdp, sip, stream, type DraftPacket } from "../agent/capture/make-capture.ts";
import type { Bench, BenchContext } from "./bench.ts";
import { compare, type Side } from "./compare.ts";

const run = promisify(execFile);
/** Of the pcap's head. */
const headSize = 24;

export const bench: Bench = {
  name: "capture",
  about:
    "a capture of 40 calls with their audio explained, beside tshark's RTP and SIP statistics of the same file",
  async run(context) {
    const file = join(context.folder, "calls.pcap");
    writeCalls(file, context.effort.brief ? 1 : 3);
    await compare(context, "capture explained", ours(file, context), tsharkSides(file, context));
  },
};

/** Calls of 30 s in G.711, both ways, with a little loss and jitter; again and again for a longer file. */
function writeCalls(file: string, times: number): void {
  const packets = Array.from({ length: 40 }, (_, index) => call(index)).flat();
  const octets = captureFile(packets);
  const handle = openSync(file, "w");
  writeSync(handle, octets.subarray(0, headSize));
  for (let round = 0; round < times; round += 1) writeSync(handle, octets.subarray(headSize));
  closeSync(handle);
}

function call(index: number): DraftPacket[] {
  const [a, b] = [`10.0.0.${index + 1}`, `10.1.0.${index + 1}`];
  const head = (start: string, cseq: string) =>
    `${start}\nVia: SIP/2.0/UDP ${a}:5060;branch=z9hG4bK${index}${cseq}\nFrom: <sip:a@${a}>;tag=1\nTo: <sip:b@${b}>\nCall-ID: bench-${index}\nCSeq: ${cseq}`;
  const media = { packets: 1500, at: 200, loss: 0.005, jitterMs: 4 };
  return [
    sip(0, `${a}:5060`, `${b}:5060`, head(`INVITE sip:b@${b} SIP/2.0`, "1 INVITE"), sdp(a, 40_000)),
    sip(100, `${b}:5060`, `${a}:5060`, head("SIP/2.0 200 OK", "1 INVITE"), sdp(b, 50_000)),
    sip(120, `${a}:5060`, `${b}:5060`, head(`ACK sip:b@${b} SIP/2.0`, "1 ACK")),
    ...stream({ ...media, from: `${a}:40000`, to: `${b}:50000`, ssrc: index + 1, seed: index + 1 }),
    ...stream({ ...media, from: `${b}:50000`, to: `${a}:40000`, ssrc: index + 1001, seed: index + 1001 }),
  ];
}

/** Reads the file whole, at least once and until the time is over. */
async function megabytesPerSecond(file: string, ms: number, read: () => Promise<void>): Promise<number> {
  const { size } = statSync(file);
  const began = performance.now();
  let times = 0;
  do {
    await read();
    times += 1;
  } while (performance.now() - began < ms);
  return (size * times) / 1000 / (performance.now() - began);
}

function ours(file: string, { signal }: BenchContext): Side {
  return {
    name: "offhook",
    async run(ms) {
      const rate = await megabytesPerSecond(file, ms, async () => {
        const analysis = new CaptureAnalysis();
        await readCaptureFile(file, analysis, signal);
        const { calls, streams } = storyOf(analysis.facts());
        if (calls.length !== 40 || streams.length !== 80)
          throw new Error(`${calls.length} calls, ${streams.length} streams`);
      });
      return { rates: { "MB/s": rate } };
    },
  };
}

/** tshark takes most of a second to begin; that is told apart by a run on the file's head alone, and taken off. */
function tsharkSides(file: string, context: BenchContext): Side[] {
  try {
    execFileSync("tshark", ["--version"], { stdio: "ignore" });
  } catch {
    context.skip("tshark", "tshark is not installed");
    return [];
  }
  const { size } = statSync(file);
  const read = async (...more: readonly string[]) => {
    const began = performance.now();
    await run("tshark", ["-r", file, "-q", "-z", "rtp,streams", "-z", "sip,stat", ...more], {
      signal: context.signal,
    });
    return performance.now() - began;
  };
  return [
    {
      name: "tshark",
      async run() {
        const start = await read("-c", "1");
        const whole = await read();
        return { rates: { "MB/s": size / 1000 / Math.max(1, whole - start) } };
      },
    },
  ];
}
