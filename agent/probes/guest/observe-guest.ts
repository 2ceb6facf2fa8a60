import type { Observation } from "../../../protocol/observation.ts";
import type { Observe } from "../../../protocol/observe.ts";
import type { SipResponse } from "../../../protocol/sip/message.ts";
import type { SipTransport } from "../../../protocol/sip/request.ts";
import { algorithmsOf, qopOf } from "../sip-agent/explain-refusal.ts";
import type { Rung } from "../sip-agent/ring.ts";
import { observeNoAnswer, observeResponse } from "../sip-options/observe-options.ts";
import type { GuestRun } from "./ask-as-guest.ts";

/** What strangers get. */
export function observeGuest(run: GuestRun, transport: SipTransport, observe: Observe): Observation[] {
  const { rung } = run;
  const { end } = rung;
  const ended =
    end.kind === "final"
      ? observeResponse(end.response, "", observe)
      : observeNoAnswer(rung, { transport, note: "" }, observe);
  const challenge = end.kind === "final" && [401, 407].includes(end.response.code) ? end.response : undefined;
  return [
    // A call that rang was cancelled by us: its silence is no news of the server.
    ...(rung.cancelled !== undefined && rang(rung) ? [] : ended),
    ...observeAdmitted(rung, observe),
    ...(challenge === undefined
      ? []
      : [
          observe("sip.auth.algorithms", algorithmsOf(challenge).slice(0, 20)),
          observe("sip.auth.qop", qopOf(challenge)),
        ]),
    ...observeUsers(run, observe),
  ];
}

const rang = ({ provisional }: Rung): boolean => provisional.some(({ code }) => code > 100);

/** What speaks of the number itself came out of the dial plan. A 503 may be an overloaded server that never looked. */
const fromDialPlan = new Set([404, 410, 480, 484, 486, 488, 600, 603, 604, 606]);

/** Refused before the dial plan, for want of a login: a challenge, or forbidden. */
const keptOut = new Set([401, 403, 407]);

function observeAdmitted(rung: Rung, observe: Observe): Observation[] {
  const { end, provisional } = rung;
  if (rang(rung)) {
    const first = provisional.find(({ code }) => code > 100);
    return [
      observe("guest.admitted", true, { evidence: `it rang: ${first?.code} ${first?.reason}; cancelled` }),
    ];
  }
  if (end.kind !== "final") return [];
  const { code, reason } = end.response;
  const evidence = `INVITE without a login: ${code} ${reason}`;
  if (code < 300 || fromDialPlan.has(code)) return [observe("guest.admitted", true, { evidence })];
  if (keptOut.has(code)) return [observe("guest.admitted", false, { evidence })];
  const open = `${evidence}, which proves neither that strangers are kept out nor that they may call`;
  return [observe("guest.admitted", null, { outcome: "denied", evidence: open })];
}

function observeUsers({ known, unknown }: GuestRun, observe: Observe): Observation[] {
  if (known === undefined || unknown === undefined) return [];
  const text = ({ code, reason }: SipResponse): string => `${code} ${reason}`;
  return [
    observe("guest.known", known.code),
    observe("guest.unknown", unknown.code),
    observe("guest.tells", known.code !== unknown.code, {
      evidence: `the known user got ${text(known)}, the unknown one ${text(unknown)}`,
    }),
  ];
}
