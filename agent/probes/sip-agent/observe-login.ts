import type { Observation } from "../../../protocol/observation.ts";
import type { Observe } from "../../../protocol/observe.ts";
import type { DigestAccount } from "../../../protocol/sip/digest.ts";
import type { AskedWithLogin } from "./ask-with-login.ts";
import { algorithmsOf, explainRefusal, qopOf } from "./explain-refusal.ts";
import { challengeOf } from "./ask-with-login.ts";

export interface LoginParts {
  readonly user: string;
  readonly authUser?: string;
  readonly domain: string;
  readonly account: DigestAccount | undefined;
}

/** What the server asked for in its challenge, and, where it refused the login, why that may be. */
export function observeLogin(
  asked: AskedWithLogin,
  { user, authUser, domain, account }: LoginParts,
  observe: Observe,
): Observation[] {
  const challenge = asked.challenge ?? challengeOf(asked.exchange);
  if (challenge === undefined) return [];
  const observations = [
    observe("sip.auth.algorithms", algorithmsOf(challenge).slice(0, 20)),
    observe("sip.auth.qop", qopOf(challenge)),
    observe("sip.auth.stale", asked.stale),
  ];
  if (account === undefined) return observations;
  const known = { user, domain, password: account.password, ...(authUser === undefined ? {} : { authUser }) };
  const refusal = explainRefusal(asked, known);
  if (refusal === undefined) return observations;
  const why = refusal.sentences.map((sentence) => sentence.slice(0, 400));
  return [...observations, observe("sip.auth.cause", refusal.cause), observe("sip.auth.why", why)];
}

/** For what means nothing without its login: says that this was asked for and not tried, and why. */
export function observeUntriedLogin(
  { exchange, stage, unsupported }: AskedWithLogin,
  { account }: Pick<LoginParts, "account">,
  observe: Observe,
): Observation[] {
  const challenge = challengeOf(exchange);
  // What nobody here can answer has its own cause.
  if (stage !== "challenged" || challenge === undefined || (account !== undefined && unsupported.length > 0))
    return [];
  const why =
    account === undefined
      ? "and no password was given, so nothing was tested behind it: give --password-from file:PATH or env:NAME"
      : "and its answer holds no challenge of Digest, so the password could not be tried";
  const evidence = `the server asks for a login (${challenge.code} ${challenge.reason}) ${why}`;
  return [observe("sip.auth.cause", null, { outcome: "denied", evidence })];
}
