import { randomBytes } from "node:crypto";
import { answerChallenge, readChallenges, type DigestAccount } from "../../../protocol/sip/digest.ts";
import { encodeSip } from "../../../protocol/sip/encode-sip.ts";
import type { SipRequest } from "../../../protocol/sip/message.ts";
import { newBranch, newCallId, newTag, optionsRequest, retryRequest } from "../../../protocol/sip/request.ts";
import type { TransactionTimers } from "../../../protocol/sip/transaction-timers.ts";
import { escapeUser, printHostPort } from "../../../protocol/sip/uri.ts";
import type { Clock } from "../../io/clock.ts";
import type { SipChannel } from "../../io/sip-channel.ts";
import { runSipTransaction, type SipExchange } from "../../io/sip-transaction.ts";

export type AuthStage = "none" | "challenged" | "sent" | "stale" | "refused" | "ok";

export interface Asked {
  /** The last exchange: with credentials, where they were asked for and known. */
  readonly exchange: SipExchange;
  readonly stage: AuthStage;
  /** Bytes of the first request. */
  readonly size: number;
  /** What the server asked for and we cannot do. */
  readonly unsupported: readonly string[];
}

export interface AskOptions {
  readonly host: string;
  readonly port: number;
  readonly user?: string;
  readonly domain: string;
  readonly account?: DigestAccount;
  readonly timers: TransactionTimers;
  readonly clock: Clock;
  /** Pad the request to at least so many bytes. */
  readonly padTo?: number;
}

/** Asks with OPTIONS, and once more with credentials when challenged; twice at most (a stale nonce). */
export async function askOptions(channel: SipChannel, ask: AskOptions, signal: AbortSignal): Promise<Asked> {
  let request = buildOptions(channel, ask);
  const size = encodeSip(request).length;
  let exchange = await runSipTransaction(channel, request, ask, signal);
  let stage: AuthStage = challengeCode(exchange) === undefined ? "none" : "challenged";
  let unsupported: readonly string[] = [];
  for (let tries = 0; tries < 2 && ask.account !== undefined; tries += 1) {
    const answer = answerTo(exchange, request, ask.account);
    if (answer === undefined) break;
    unsupported = answer.unsupported;
    // A second challenge only makes sense to answer when it says that the nonce was too old (RFC 7616 3.3).
    if (answer.request === undefined || (tries > 0 && !answer.stale)) break;
    request = answer.request;
    exchange = await runSipTransaction(channel, request, ask, signal);
    stage = stageAfter(exchange);
  }
  return { exchange, stage, size, unsupported };
}

function buildOptions(channel: SipChannel, ask: AskOptions): SipRequest {
  const { user, domain, port } = ask;
  const place = printHostPort(
    domain,
    port === (channel.transport === "tls" ? 5061 : 5060) ? undefined : port,
  );
  const userPart = user === undefined ? "" : `${escapeUser(user)}@`;
  const parameter = channel.transport === "udp" ? "" : `;transport=${channel.transport}`;
  const request = optionsRequest({
    uri: `sip:${userPart}${place}${parameter}`,
    transport: channel.transport,
    local: channel.local,
    from: `sip:${escapeUser(ask.account?.user ?? "offhook")}@${printHostPort(domain, undefined)}`,
    to: `sip:${userPart}${place}`,
    callId: newCallId(randomBytes),
    fromTag: newTag(randomBytes),
    cseq: 1,
    branch: newBranch(randomBytes),
    userAgent: "Offhook (SIP probe)",
  });
  return ask.padTo === undefined ? request : padded(request, ask.padTo);
}

/** Servers pass over a header they do not know; so the size changes and nothing else. */
function padded(request: SipRequest, size: number): SipRequest {
  const missing = size - encodeSip(request).length - "X-Pad: \r\n".length;
  if (missing <= 0) return request;
  return { ...request, headers: [...request.headers, { name: "X-Pad", value: "x".repeat(missing) }] };
}

function challengeCode(exchange: SipExchange): number | undefined {
  if (exchange.end.kind !== "final") return undefined;
  const { code } = exchange.end.response;
  return code === 401 || code === 407 ? code : undefined;
}

function answerTo(
  exchange: SipExchange,
  request: SipRequest,
  account: DigestAccount,
):
  | { readonly request?: SipRequest; readonly stale: boolean; readonly unsupported: readonly string[] }
  | undefined {
  if (exchange.end.kind !== "final" || challengeCode(exchange) === undefined) return undefined;
  const { challenges, unsupported } = readChallenges(exchange.end.response);
  const stale = challenges.some((challenge) => challenge.stale);
  if (challenges.length === 0) return { stale, unsupported };
  const once = { cnonce: randomBytes(8).toString("hex"), nonceCount: 1 };
  const credentials = challenges.map((challenge) => answerChallenge(challenge, request, account, once));
  return { request: retryRequest(request, newBranch(randomBytes), credentials), stale, unsupported };
}

/** What became of our credentials. */
function stageAfter(exchange: SipExchange): AuthStage {
  if (exchange.end.kind !== "final") return "sent";
  const { response } = exchange.end;
  if (challengeCode(exchange) === undefined) return response.code < 300 ? "ok" : "sent";
  return readChallenges(response).challenges.some(({ stale }) => stale) ? "stale" : "refused";
}
