import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { CaptureDecoder } from "../../protocol/capture/decode-capture.ts";
import type { Mismatch } from "../../protocol/decoded.ts";
import type { CaptureAnalysis } from "./capture-analysis.ts";

/** How far the reading is. */
export interface ReadingProgress {
  readonly octets: number;
}

const chunkSize = 1024 * 1024;

/**
 * Reads a capture file into an analysis, chunk by chunk: a file of any length in the same memory.
 *
 * @returns why it was not read to its end, or undefined
 * @throws what opening and reading the file throws
 */
export function readCaptureFile(
  path: string,
  analysis: CaptureAnalysis,
  signal: AbortSignal,
  onProgress: (progress: ReadingProgress) => void = () => {},
): Promise<Mismatch | undefined> {
  return readCapture(createReadStream(path, { highWaterMark: chunkSize, signal }), analysis, onProgress);
}

/** The same from any stream of octets, such as what tcpdump writes. */
export async function readCapture(
  stream: Readable,
  analysis: CaptureAnalysis,
  onProgress: (progress: ReadingProgress) => void = () => {},
): Promise<Mismatch | undefined> {
  const decoder = new CaptureDecoder();
  let octets = 0;
  for await (const chunk of stream) {
    const read = chunk as Buffer;
    for (const packet of decoder.feed(read)) analysis.take(packet);
    octets += read.length;
    onProgress({ octets });
  }
  return decoder.end();
}
