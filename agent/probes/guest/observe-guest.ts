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

/** Refused before the dial plan: a challenge, or forbidden. What speaks of the number itself came out of the dial plan. */
const fromDialPlan = new Set([404, 410, 480, 484, 486, 488, 503, 600, 603, 604, 606]);

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
  const admitted = code < 300 || fromDialPlan.has(code);
  return [observe("guest.admitted", admitted, { evidence: `INVITE without a login: ${code} ${reason}` })];
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
