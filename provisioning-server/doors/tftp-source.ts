import type { Answer } from "../../protocol/answer.ts";
import { type BlockSource, memorySource, netasciiSource } from "../../protocol/tftp/block-source.ts";
import type { TransferMode } from "../../protocol/tftp/send-transfer.ts";

export interface OpenedSource {
  readonly source: BlockSource;
  readonly close: () => void;
}

const nothing = (): void => undefined;
/** How often somebody who waits for a turn is looked after, ms. */
const lookEvery = 500;

/**
 * Where a transfer's octets come from; undefined: its turn did not come, or it has no such form. The client's requests meanwhile
 * are the same one come again, and answered once; `isWanted` tells that it asks for something else by now.
 */
export async function openSource(
  { file }: Extract<Answer, { outcome: "file" }>,
  mode: TransferMode,
  isWanted: () => boolean,
): Promise<OpenedSource | undefined> {
  if (file.source === undefined) {
    const bare = memorySource(file.body);
    return { source: mode === "netascii" ? await netasciiSource(bare) : bare, close: nothing };
  }
  // Images are binary, and their length as text is not known without reading all of them.
  if (mode === "netascii") return undefined;
  const gone = new AbortController();
  const watch = setInterval(() => {
    if (!isWanted()) gone.abort();
  }, lookEvery);
  const opened = await file.source.open(gone.signal).finally(() => clearInterval(watch));
  if (opened === undefined) return undefined;
  const { size } = file.source;
  const source = { size, read: (offset: number, length: number) => opened.read(offset, length) };
  return { source, close: () => opened.close() };
}
