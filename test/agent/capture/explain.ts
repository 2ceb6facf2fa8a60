import { CaptureAnalysis } from "../../../agent/capture/capture-analysis.ts";
import { storyOf, type CaptureStory } from "../../../agent/capture/capture-story.ts";
import { explain } from "../../../diagnosis/diagnose.ts";
import { thresholdsFrom } from "../../../diagnosis/thresholds.ts";
import { CaptureDecoder } from "../../../protocol/capture/decode-capture.ts";

/** Explains a capture that is at hand whole. */
export function explained(file: Buffer): CaptureStory & { readonly causes: string[]; readonly said: string } {
  const analysis = new CaptureAnalysis();
  for (const packet of new CaptureDecoder().feed(file)) analysis.take(packet);
  const story = storyOf(analysis.facts());
  const thresholds = { ...thresholdsFrom({}).thresholds, "observation.maxAge": Number.POSITIVE_INFINITY };
  const { findings } = explain(story.observations, thresholds, story.facts.lastAt);
  const all = [...story.calls, ...story.registrations, ...story.others, ...story.streams];
  const said = all
    .flatMap(({ remarks }) => remarks.map(({ sentence, packets }) => `${sentence} (${packets.join(", ")})`))
    .join("\n");
  return { ...story, causes: findings.map(({ cause }) => cause), said };
}
