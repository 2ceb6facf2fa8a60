import type { CaptureWay, LiveCapture, LiveOptions, NoCapture } from "./live-capture.ts";
import { startLibpcap } from "./live-libpcap.ts";
import { startTcpdump } from "./live-tcpdump.ts";

/**
 * Captures on the wire: by libpcap where it is there, else with tcpdump as a child. What it gives has begun: what is sent
 * from now on is seen.
 */
export async function startCapture(options: LiveOptions, way?: CaptureWay): Promise<LiveCapture | NoCapture> {
  if (way === "tcpdump") return startTcpdump(options);
  const found = startLibpcap(options);
  if (found !== undefined) return found;
  return way === "libpcap" ? { failed: "there is no libpcap here" } : startTcpdump(options);
}
