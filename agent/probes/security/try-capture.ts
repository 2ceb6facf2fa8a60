import { randomBytes } from "node:crypto";
import { startCapture } from "../../capture/start-capture.ts";
import type { AgentIo } from "../../io/io.ts";

export interface TriedCapture {
  readonly ok: boolean;
  /** With what it was captured, or what failed. */
  readonly how: string;
}

const loopback = process.platform === "linux" ? "lo" : "lo0";
/** ms; a block of libpcap comes after 20, tcpdump takes a moment to start. */
const patience = 3000;

/** Captures one packet of our own on loopback, as a capture of a call would be made. */
export async function tryCapture(
  { openUdp, clock }: Pick<AgentIo, "openUdp" | "clock">,
  signal: AbortSignal,
): Promise<TriedCapture> {
  await using socket = await openUdp({ localAddress: "127.0.0.1" });
  const mark = randomBytes(16);
  const seen = new AbortController();
  const capture = await startCapture({
    interface: loopback,
    filter: `udp and dst port ${socket.localPort}`,
    take: ({ data }) => {
      if (Buffer.from(data).includes(mark)) seen.abort();
    },
  });
  if ("failed" in capture) return { ok: false, how: failure(capture.failed) };
  try {
    await socket.send(mark, socket.localPort, "127.0.0.1");
    const failed = capture.ended.then((end) => end.failed);
    const waited = clock.sleep(patience, AbortSignal.any([seen.signal, signal])).catch(() => undefined);
    const early = await Promise.race([failed, waited]);
    signal.throwIfAborted();
    if (seen.signal.aborted) return { ok: true, how: `a packet of our own, by ${capture.way}` };
    return { ok: false, how: early ?? `${capture.way} did not see a packet of our own on ${loopback}` };
  } finally {
    capture.stop();
    await capture.ended;
  }
}

function failure(said: string): string {
  return said.includes("ENOENT") ? "neither libpcap nor tcpdump is installed" : said.slice(0, 300);
}
