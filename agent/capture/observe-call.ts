import type { Observation } from "../../protocol/observation.ts";
import type { Observe } from "../../protocol/observe.ts";
import { codecNames } from "./announced-media.ts";
import { courseOf } from "./call-course.ts";
import { failedRefresh } from "./dialogue-remarks.ts";
import type { Dialogue } from "./dialogue.ts";
import { packetsText } from "./remark.ts";

/** What a capture shows of a call, in the words that a test call of our own uses. */
export function observeCall(observe: Observe, dialogue: Dialogue, endedAt: number): Observation[] {
  const course = courseOf(dialogue);
  const { invite, ringingAfter, bye, lasted } = course;
  const proof = (...packets: readonly number[]) => ({ evidence: packetsText(packets) });
  const number = invite?.number ?? 0;
  return [
    ...(ringingAfter === undefined ? [] : [observe("call.pdd", Math.round(ringingAfter), proof(number))]),
    ...(lasted === undefined || bye === undefined
      ? []
      : [observe("call.ended", Math.round(lasted / 100) / 10, proof(bye.number))]),
    ...(invite?.contact === undefined
      ? []
      : [observe("call.contact", invite.contact, proof(invite.final?.number ?? number))]),
    ...observeAck(observe, dialogue),
    ...observeBye(observe, dialogue, endedAt),
    ...observeRefresh(observe, dialogue, endedAt),
    ...observeCodecs(observe, dialogue),
  ];
}

function observeAck(observe: Observe, { exchanges }: Dialogue): Observation[] {
  const answered = exchanges.find(
    ({ method, final }) => method === "INVITE" && final !== undefined && final.code < 300,
  );
  if (answered?.final === undefined) return [];
  const repeats = answered.acknowledged === undefined ? answered.answeredAgain : [];
  const evidence = packetsText([answered.final.number, ...repeats]);
  return [observe("call.ackWithheld", false), observe("call.answerRepeats", repeats.length, { evidence })];
}

function observeBye(observe: Observe, { exchanges }: Dialogue, endedAt: number): Observation[] {
  const bye = exchanges.find(({ method }) => method === "BYE");
  if (bye === undefined) return [];
  const evidence = packetsText([bye.number, ...bye.again]);
  if (bye.final !== undefined) return [observe("call.bye", bye.final.code, { evidence })];
  // A capture that ends with its BYE says nothing of the answer.
  return endedAt - bye.at < 2000 ? [] : [observe("call.bye", null, { outcome: "timeout", evidence })];
}

function observeRefresh(observe: Observe, dialogue: Dialogue, endedAt: number): Observation[] {
  const { refreshes } = courseOf(dialogue);
  const { session } = dialogue;
  const failed = refreshes.findLast((each) => failedRefresh(each, endedAt));
  const last = failed ?? refreshes.findLast(({ final }) => final !== undefined && final.code < 300);
  const value =
    failed === undefined ? "ok" : failed.final === undefined ? "unanswered" : String(failed.final.code);
  return [
    ...(session === undefined
      ? []
      : [
          observe("call.session", session.seconds, { evidence: packetsText([session.number]) }),
          observe("call.session.refresher", session.refresher, { evidence: packetsText([session.number]) }),
        ]),
    ...(last === undefined
      ? []
      : [observe("call.refresh", value, { evidence: packetsText([last.number, ...last.again]) })]),
  ];
}

/** RFC 6849's formats carry whole packets back to who measures; they are no choice of a codec. */
const loopbackFormats = new Set(["encaprtp", "rtploopback"]);

const voiceCodecs: typeof codecNames = (media) =>
  codecNames(media).filter((name) => !loopbackFormats.has(name.toLowerCase()));

function observeCodecs(observe: Observe, dialogue: Dialogue): Observation[] {
  const { described } = dialogue;
  const offer = described.find(({ role }) => role === "offer");
  const answer = described.find(({ role, at }) => role === "answer" && at >= (offer?.at ?? 0));
  if (offer === undefined || answer === undefined) return [];
  const [offered, answered] = [voiceCodecs(offer.media), voiceCodecs(answer.media)];
  const [first] = answered;
  if (first === undefined) return [];
  const proof = { evidence: packetsText([offer.number, answer.number]) };
  const dtmf = [offer, answer].every(({ media }) =>
    media.maps.some(({ encoding }) => encoding.toLowerCase() === "telephone-event"),
  );
  return [
    ...(dialogue.sdesInClear.length === 0
      ? []
      : [observe("call.keys", "sdes", { evidence: packetsText(dialogue.sdesInClear.slice(0, 10)) })]),
    observe("call.codec", first, proof),
    observe("call.codecs.answered", answered, proof),
    observe("call.order", offered.find((each) => answered.includes(each)) === first, proof),
    observe("call.dtmf", dtmf, proof),
  ];
}
