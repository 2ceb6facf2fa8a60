import { encodeNetascii } from "./netascii.ts";

/**
 * Where the octets of a transfer come from: memory, or a file read by range. `read` is asked for `length` octets that lie
 * within `size`, and gives exactly so many; it may give a view. What it throws ends the transfer with error 0.
 */
export interface BlockSource {
  readonly size: number;
  read(offset: number, length: number): Uint8Array | Promise<Uint8Array>;
}

export function memorySource(bytes: Uint8Array): BlockSource {
  return {
    size: bytes.length,
    read: (offset, length) => bytes.subarray(offset, offset + length),
  };
}

/** Netascii changes the length, which must be known before the first block; so it is made in memory, at once. */
export async function netasciiSource(source: BlockSource): Promise<BlockSource> {
  return memorySource(encodeNetascii(await source.read(0, source.size)));
}
