import type { Finding } from "../../protocol/finding.ts";
import type { CaptureStory, DialogueStory } from "./capture-story.ts";

/** A story as one JSON object: plain data, times as ms since 1970. */
export function storyJson(
  story: CaptureStory,
  findings: readonly Finding[],
  notes: readonly string[],
): unknown {
  const { facts, calls, registrations, looks, others, streams, observations } = story;
  const { packets, octets, cut, firstAt, lastAt, fragmented, fragmentsLost, messages, unkept, dropped } =
    facts;
  return {
    capture: {
      packets,
      octets,
      cut,
      firstAt,
      lastAt,
      fragmented,
      fragmentsLost,
      messages,
      unkept,
      dropped,
      tls: [...facts.tls],
    },
    notes,
    calls: calls.map(dialogueJson),
    registrations: registrations.map(dialogueJson),
    options: looks,
    others: others.map(dialogueJson),
    streams,
    observations,
    findings,
  };
}

function dialogueJson({ dialogue, course, remarks }: DialogueStory): unknown {
  const { index, callId, method, from, to, firstAt, lastAt, steps, exchanges, session, expires, userAgent } =
    dialogue;
  const { outcome, answeredAt, lasted, ringingAfter } = course;
  return {
    index,
    callId,
    method,
    from,
    to,
    firstAt,
    lastAt,
    ...(method === "INVITE" ? { outcome, answeredAt, lasted, ringingAfter } : {}),
    session,
    expires,
    userAgent,
    remarks,
    exchanges,
    ladder: steps,
  };
}
