import { explainResponse } from "../../protocol/sip/explain-response.ts";
import type { Dialogue, Exchange, FinalResponse } from "./dialogue.ts";

/** RFC 3261: 64 × T1, after which a transaction, or a call without its ACK, is given up. */
export const sixtyFourT1 = 32_000;

/** How a call went, from its exchanges. Times in ms. */
export interface CallCourse {
  /** The INVITE that opened it, with credentials where the first was challenged. */
  readonly invite: Exchange | undefined;
  readonly answeredAt: number | undefined;
  readonly answeredBy: string | undefined;
  /** From the first INVITE to 180 or 183. */
  readonly ringingAfter: number | undefined;
  readonly bye: Exchange | undefined;
  readonly cancelled: boolean;
  /** From the answer to the BYE. */
  readonly lasted: number | undefined;
  /** re-INVITE and UPDATE within the call. */
  readonly refreshes: readonly Exchange[];
  readonly outcome: string;
}

const isChallenge = (exchange: Exchange) => exchange.final?.code === 401 || exchange.final?.code === 407;

export function courseOf(dialogue: Dialogue): CallCourse {
  const invites = dialogue.exchanges.filter(({ method }) => method === "INVITE");
  const answered = invites.find(({ final }) => final !== undefined && final.code < 300);
  const invite = answered ?? invites.findLast((each) => !isChallenge(each)) ?? invites.at(-1);
  const answeredAt = answered?.final?.at;
  const bye = dialogue.exchanges.find(({ method }) => method === "BYE");
  const ringing = invites.find(({ provisional }) => (provisional?.code ?? 0) >= 180)?.provisional;
  const cancelled = dialogue.exchanges.some(({ method }) => method === "CANCEL");
  const course = {
    invite,
    answeredAt,
    answeredBy: answered?.final?.source,
    ringingAfter: ringing === undefined || invites[0] === undefined ? undefined : ringing.at - invites[0].at,
    bye,
    cancelled,
    lasted: answeredAt === undefined || bye === undefined ? undefined : bye.at - answeredAt,
    refreshes:
      answeredAt === undefined
        ? []
        : dialogue.exchanges.filter(
            ({ method, at }) => at > answeredAt && (method === "INVITE" || method === "UPDATE"),
          ),
  };
  return { ...course, outcome: outcomeOf(dialogue, course) };
}

function outcomeOf(
  dialogue: Dialogue,
  { invite, answeredAt, bye, lasted }: Omit<CallCourse, "outcome">,
): string {
  if (answeredAt !== undefined) {
    if (bye === undefined || lasted === undefined)
      return "answered, and still going on when the capture ends";
    return `answered, lasted ${secondsText(lasted)}, ended by ${bye.source}`;
  }
  if (invite === undefined)
    return dialogue.exchanges.length === 0
      ? "its beginning is not in the capture"
      : "going on when the capture begins";
  if (invite.final !== undefined) return `not answered: ${codeSentence(invite.final)}`;
  if (invite.provisional !== undefined)
    return `not answered: no final response after ${invite.provisional.code}`;
  return "not answered: nothing came back";
}

/** `486 Busy Here: the called party is busy`. */
export function codeSentence({ code, reason }: FinalResponse): string {
  return `${code} ${reason}: ${explainResponse(code).sentence}`;
}

/** `31.8 s`, `5 min 3 s`. */
export function secondsText(ms: number): string {
  if (ms < 60_000) return `${Number((ms / 1000).toFixed(1))} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
