import type { Observation } from "../../protocol/observation.ts";
import { courseOf, type CallCourse } from "./call-course.ts";
import type { CaptureFacts } from "./capture-facts.ts";
import type { Dialogue } from "./dialogue.ts";
import { dialogueRemarks } from "./dialogue-remarks.ts";
import { matchStreams, type CallMedia } from "./match-streams.ts";
import { callMediaRemarks, streamRemarks } from "./media-remarks.ts";
import { observeCapture } from "./observe-capture.ts";
import { optionsLooks, type OptionsLook } from "./options-looks.ts";
import type { Remark } from "./remark.ts";
import type { SignedCall } from "./signed-calls.ts";
import { realStreams, streamStory, type StreamStory } from "./stream-story.ts";

/** One call, registration, subscription or whatever else a Call-ID held together. */
export interface DialogueStory {
  readonly dialogue: Dialogue;
  readonly course: CallCourse;
  readonly remarks: readonly Remark[];
}

export interface ExplainedStream extends StreamStory {
  readonly remarks: readonly Remark[];
}

/** A capture, explained. */
export interface CaptureStory {
  readonly facts: CaptureFacts;
  readonly calls: readonly DialogueStory[];
  readonly registrations: readonly DialogueStory[];
  readonly looks: readonly OptionsLook[];
  readonly others: readonly DialogueStory[];
  readonly streams: readonly ExplainedStream[];
  readonly observations: readonly Observation[];
}

export function storyOf(facts: CaptureFacts, signed: readonly SignedCall[] = []): CaptureStory {
  const streams = realStreams(facts);
  const media = matchStreams(facts.dialogues, streams);
  const mediaOf = new Map(media.map((each) => [each.dialogue, each]));
  const stories = facts.dialogues.map((dialogue) =>
    dialogueStory(dialogue, mediaOf.get(dialogue), facts.lastAt, signed),
  );
  const isLook = ({ dialogue }: DialogueStory) => dialogue.method === "OPTIONS";
  const explained = explainStreams(facts, streams, media);
  return {
    facts,
    calls: stories.filter(({ dialogue }) => dialogue.method === "INVITE"),
    registrations: stories.filter(({ dialogue }) => dialogue.method === "REGISTER"),
    looks: optionsLooks(stories.filter(isLook).map(({ dialogue }) => dialogue)),
    others: stories.filter((each) => !isLook(each) && !["INVITE", "REGISTER"].includes(each.dialogue.method)),
    streams: explained,
    observations: [
      ...observeCapture(facts, media, explained),
      ...signed.flatMap(({ observations }) => observations),
    ],
  };
}

function dialogueStory(
  dialogue: Dialogue,
  media: CallMedia | undefined,
  endedAt: number,
  signed: readonly SignedCall[],
): DialogueStory {
  const ofMedia = media === undefined || dialogue.method !== "INVITE" ? [] : callMediaRemarks(media);
  const ofNumber = signed.filter(({ callId }) => callId === dialogue.callId).map((each) => each.remark);
  const remarks = [...ofMedia, ...dialogueRemarks(dialogue, endedAt), ...ofNumber];
  return {
    dialogue,
    course: courseOf(dialogue),
    remarks: remarks.toSorted((a, b) => Number(b.wrong) - Number(a.wrong)),
  };
}

function explainStreams(
  facts: CaptureFacts,
  streams: ReturnType<typeof realStreams>,
  media: readonly CallMedia[],
): ExplainedStream[] {
  const callOf = new Map(
    media.flatMap((call) => [...call.toOfferer, ...call.toAnswerer].map((stream) => [stream, call] as const)),
  );
  return streams.map((stream) => {
    const call = callOf.get(stream);
    const protection = call?.answerer?.media.protection ?? call?.offerer?.media.protection ?? "unknown";
    const story = streamStory(stream, facts, call?.dialogue.index, protection);
    return { ...story, remarks: streamRemarks(story) };
  });
}
