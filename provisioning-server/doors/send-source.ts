import { Readable } from "node:stream";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { FileSource, OpenedFile } from "../../protocol/answer.ts";
import type { ByteRange } from "./byte-range.ts";

/** Octets read at a time: large enough that reading costs little, small enough for many phones at once. */
const piece = 256 * 1024;
/** A phone that waits for its turn sends nothing meanwhile: its connection is no idle one. */
const longestWait = 120_000;
/** Then it must take something at least so often, ms. */
const longestPause = 15_000;

/** Waits for the phone's turn; undefined: none came, or the phone has gone. */
export async function openForReply(
  source: FileSource,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<OpenedFile | undefined> {
  const gone = new AbortController();
  const { socket } = request.raw;
  reply.raw.once("close", () => gone.abort());
  socket.setTimeout(longestWait);
  const opened = await source.open(gone.signal);
  socket.setTimeout(longestPause);
  if (gone.signal.aborted) {
    opened?.close();
    return undefined;
  }
  reply.raw.once("close", () => opened?.close());
  return opened;
}

/** The octets of a range, piece by piece as the phone takes them; `onPiece` hears of each. */
export function streamOf(
  opened: OpenedFile,
  { first, last }: ByteRange,
  onPiece: (octets: number) => void,
): Readable {
  return Readable.from(pieces(opened, first, last, onPiece), { objectMode: false, highWaterMark: piece });
}

async function* pieces(
  opened: OpenedFile,
  first: number,
  last: number,
  onPiece: (octets: number) => void,
): AsyncGenerator<Uint8Array> {
  try {
    for (let at = first; at <= last;) {
      const length = Math.min(piece, last + 1 - at);
      const bytes = await opened.read(at, length);
      if (bytes.length !== length) throw new Error(`read ${bytes.length} octets, not ${length}`);
      onPiece(length);
      at += length;
      yield bytes;
    }
  } finally {
    opened.close();
  }
}
