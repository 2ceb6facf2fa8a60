import { Type } from "typebox";
import type { Observation } from "../../../protocol/observation.ts";
import type { Observe } from "../../../protocol/observe.ts";
import type { SipTransport } from "../../../protocol/sip/request.ts";
import type { TransactionTimers } from "../../../protocol/sip/transaction-timers.ts";
import { answerHistory } from "./answer-history.ts";
import { askOnce } from "./ask-once.ts";
import type { PlaceIo } from "./open-place.ts";

/** Member of the settings of probes that may be banned. */
export const otherAddressSetting = {
  otherAddress: Type.Optional(
    Type.String({
      maxLength: 45,
      description:
        "another address of this host: a server that falls silent is asked from there as well, to tell a ban from a fault",
    }),
  ),
};

interface SilencePlace {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly transport: SipTransport;
  readonly domain: string;
  readonly timers: TransactionTimers;
  /** Another address of ours, to ask from as well. */
  readonly otherAddress: string | undefined;
}

/**
 * Keeps how a server answered; where it is silent or refuses the connection, says what went before, and asks once from
 * another address of ours: a ban is of one address (row R8 of the matrix). @throws the signal's reason.
 */
export async function observeSilence(
  observations: readonly Observation[],
  place: SilencePlace,
  observe: Observe,
  io: PlaceIo,
  signal: AbortSignal,
): Promise<Observation[]> {
  const find = (key: string) => observations.find((each) => each.key === key);
  const code = find("sip.code");
  const now = io.clock.mono();
  if (code?.outcome === "ok") {
    const refused = find("sip.auth.stage")?.value === "refused" || code.value === 403;
    answerHistory.answered(place.address, now, refused);
    return [];
  }
  if (code?.outcome !== "timeout" && code?.outcome !== "refused") return [];
  const before = answerHistory.before(place.address, now);
  const past =
    before === undefined
      ? []
      : [observe("sip.lastAnswer", before.lastAnswer), observe("sip.refusals", before.refusals)];
  const { otherAddress: localAddress, domain: serverName, timers, ...where } = place;
  if (localAddress === undefined) return past;
  io.say(`no answer: asking from ${localAddress}`);
  const { word, said } = await askOnce({ ...where, serverName, localAddress }, timers, io, signal);
  return [...past, observe("sip.otherSource", word, { evidence: `asked from ${localAddress}: ${said}` })];
}
