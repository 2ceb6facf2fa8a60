/** One thing that the capture shows, in a sentence, and the packets that show it. */
export interface Remark {
  readonly sentence: string;
  /** Numbers as Wireshark counts; at most the first ten. */
  readonly packets: readonly number[];
  /** Whether something is wrong, or this is only good to know. */
  readonly wrong: boolean;
}

export function remark(wrong: boolean, sentence: string, packets: readonly number[]): Remark {
  return { sentence, packets: [...new Set(packets)].toSorted((a, b) => a - b).slice(0, 10), wrong };
}

/** `packet 7`, `packets 7, 9, 12`. */
export function packetsText(packets: readonly number[]): string {
  return `packet${packets.length === 1 ? "" : "s"} ${packets.join(", ")}`;
}
