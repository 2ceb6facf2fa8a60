import type { Observation } from "../../protocol/observation.ts";
import { observerOf } from "../../protocol/observe.ts";
import { isPrivateAddress } from "./private-address.ts";
import { addressOf } from "./seen-message.ts";
import type { StreamStory } from "./stream-story.ts";

/** The DSCP that each host of the site gives its audio. What comes from the public side was cleared by its carriers. */
export function observeMarks(streams: readonly StreamStory[]): Observation[] {
  const byHost = Map.groupBy(streams, ({ source }) => addressOf(source));
  return [...byHost].flatMap(([address, own]) => {
    const [longest] = own.toSorted((a, b) => b.packets - a.packets);
    const mark = longest?.dscp[0];
    if (longest === undefined || mark === undefined || !isPrivateAddress(address)) return [];
    const evidence = `packets ${longest.firstPacket} to ${longest.lastPacket}`;
    return [observerOf("capture", `rtp:${address}`, longest.lastAt)("dscp.marked", mark, { evidence })];
  });
}
