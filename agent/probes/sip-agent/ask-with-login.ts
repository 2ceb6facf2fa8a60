import { randomBytes } from "node:crypto";
import { readChallenges } from "../../../protocol/sip/digest.ts";
import type { SipRequest, SipResponse } from "../../../protocol/sip/message.ts";
import { newBranch, retryRequest } from "../../../protocol/sip/request.ts";
import type { SipExchange } from "../../io/sip/sip-transaction.ts";
import type { Login } from "./login.ts";

export type AuthStage = "none" | "challenged" | "sent" | "stale" | "refused" | "ok";

/** How a request fared, with its login. */
export interface AskedWithLogin {
  /** The last exchange: with credentials, where they were asked for and known. */
  readonly exchange: SipExchange;
  /** The request of that exchange. */
  readonly request: SipRequest;
  readonly stage: AuthStage;
  /** What the server asked for and we cannot do. */
  readonly unsupported: readonly string[];
  /** The challenge that was answered, and the one that came again. */
  readonly challenge?: SipResponse;
  readonly again?: SipResponse;
  /** Answers that said the nonce was too old. */
  readonly stale: number;
  /** All sendings of all exchanges beyond the first of each. */
  readonly repeats: number;
}

type Run = (request: SipRequest) => Promise<SipExchange>;

/**
 * Asks, and once more with credentials when challenged; a second challenge is answered only where it says that the nonce
 * was too old (RFC 7616 3.3), or where ours was left over from an earlier request. No password is tried twice otherwise.
 */
export async function askWithLogin(first: SipRequest, login: Login, run: Run): Promise<AskedWithLogin> {
  const leftOver = login.credentialsFor(first);
  let request = leftOver.length === 0 ? first : { ...first, headers: [...first.headers, ...leftOver] };
  let fresh = leftOver.length === 0;
  let sent = !fresh;
  const count = { stale: 0, repeats: 0 };
  const ask = async (): Promise<SipExchange> => {
    const ran = await run(request);
    count.repeats += ran.sentAt.length - 1;
    const refused = sent ? challengeOf(ran) : undefined;
    if (refused !== undefined && isStale(refused)) count.stale += 1;
    return ran;
  };
  let exchange = await ask();
  const seen = {
    challenge: undefined as SipResponse | undefined,
    again: undefined as SipResponse | undefined,
  };
  let unsupported: readonly string[] = [];
  for (let tries = 0; tries < 2; tries += 1) {
    const response = challengeOf(exchange);
    if (response === undefined) break;
    if (sent && fresh) seen.again = response;
    const read = login.learn(response);
    unsupported = read.unsupported;
    const stale = read.challenges.some((each) => each.stale);
    if (login.account === undefined || read.challenges.length === 0) break;
    if (sent && fresh && !stale) break;
    seen.challenge = response;
    request = retryRequest(request, newBranch(randomBytes), login.credentialsFor(request));
    [sent, fresh] = [true, true];
    exchange = await ask();
  }
  const last = challengeOf(exchange);
  if (sent && last !== undefined) seen.again = last;
  return {
    exchange,
    request,
    stage: stageOf(exchange, sent),
    unsupported,
    ...(seen.challenge === undefined ? {} : { challenge: seen.challenge }),
    ...(seen.again === undefined ? {} : { again: seen.again }),
    ...count,
  };
}

/** A 401 or 407. */
export function challengeOf(exchange: SipExchange): SipResponse | undefined {
  if (exchange.end.kind !== "final") return undefined;
  const { response } = exchange.end;
  return response.code === 401 || response.code === 407 ? response : undefined;
}

/** What became of our credentials. */
function stageOf(exchange: SipExchange, sent: boolean): AuthStage {
  const challenge = challengeOf(exchange);
  if (!sent) return challenge === undefined ? "none" : "challenged";
  if (exchange.end.kind !== "final") return "sent";
  if (challenge === undefined) return exchange.end.response.code < 300 ? "ok" : "sent";
  return isStale(challenge) ? "stale" : "refused";
}

function isStale(challenge: SipResponse): boolean {
  return readChallenges(challenge).challenges.some(({ stale }) => stale);
}
