import type { Observation } from "../../protocol/observation.ts";
import type { Observe } from "../../protocol/observe.ts";
import { codecNames } from "./announced-media.ts";
import { courseOf } from "./call-course.ts";
import type { Dialogue } from "./dialogue.ts";
import { packetsText } from "./remark.ts";
import { addressOf } from "./seen-message.ts";

/** ms between the answers of two legs of one call: a server passes an answer on at once. */
const together = 500;

/** The codecs of a call's two legs, where a server in between made a call of its own (another Call-ID) for the second. */
export function observeLegs(
  observe: Observe,
  first: Dialogue,
  dialogues: readonly Dialogue[],
): Observation[] {
  const second = dialogues.find((each) => isSecondLeg(first, each));
  const [one, two] = [first, second].map((each) => each && chosen(each));
  if (one === undefined || two === undefined) return [];
  return [observe("call.legs", [one.codec, two.codec], { evidence: packetsText([one.number, two.number]) })];
}

function isSecondLeg(first: Dialogue, second: Dialogue): boolean {
  if (first === second || second.method !== "INVITE" || !mayBelong(first, second)) return false;
  const [a, b] = [courseOf(first), courseOf(second)];
  if (a.invite === undefined || b.invite === undefined) return false;
  const apart = (a.answeredAt ?? Number.POSITIVE_INFINITY) - (b.answeredAt ?? 0);
  return (
    addressOf(b.invite.source) === addressOf(a.invite.destination) &&
    b.invite.at >= first.firstAt &&
    apart >= 0 &&
    apart < together
  );
}

/** What costs nothing to ask: every call of a capture is held against every other. */
function mayBelong(first: Dialogue, second: Dialogue): boolean {
  const meet = second.firstAt <= first.lastAt && second.lastAt >= first.firstAt;
  return meet && (first.to === second.to || userOf(first.from) === userOf(second.from));
}

const userOf = (party: string) => party.split("@")[0];

function chosen({ described }: Dialogue): { codec: string; number: number } | undefined {
  const answer = described.find(({ role }) => role === "answer");
  const codec = answer === undefined ? undefined : codecNames(answer.media)[0];
  return answer === undefined || codec === undefined ? undefined : { codec, number: answer.number };
}
