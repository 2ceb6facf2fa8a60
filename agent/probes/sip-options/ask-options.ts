import { randomBytes } from "node:crypto";
import type { DigestAccount } from "../../../protocol/sip/digest.ts";
import { encodeSip } from "../../../protocol/sip/encode-sip.ts";
import type { SipRequest } from "../../../protocol/sip/message.ts";
import { newBranch, newCallId, newTag, optionsRequest } from "../../../protocol/sip/request.ts";
import type { TransactionTimers } from "../../../protocol/sip/transaction-timers.ts";
import { escapeUser, printHostPort } from "../../../protocol/sip/uri.ts";
import type { Clock } from "../../io/clock.ts";
import type { SipChannel } from "../../io/sip/sip-channel.ts";
import { runSipTransaction, type SipExchange } from "../../io/sip/sip-transaction.ts";
import { askWithLogin, type AskedWithLogin, type AuthStage } from "../sip-agent/ask-with-login.ts";
import { Login } from "../sip-agent/login.ts";

export interface Asked {
  /** The last exchange: with credentials, where they were asked for and known. */
  readonly exchange: SipExchange;
  readonly stage: AuthStage;
  /** Bytes of the first request. */
  readonly size: number;
  /** What the server asked for and we cannot do. */
  readonly unsupported: readonly string[];
  /** All of the login, for its explanation. */
  readonly login: AskedWithLogin;
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

/** Asks with OPTIONS, and once more with credentials when challenged. */
export async function askOptions(channel: SipChannel, ask: AskOptions, signal: AbortSignal): Promise<Asked> {
  const first = buildOptions(channel, ask);
  const login = await askWithLogin(first, new Login(ask.account), (request) =>
    runSipTransaction(channel, request, ask, signal),
  );
  const { exchange, stage, unsupported } = login;
  return { exchange, stage, unsupported, size: encodeSip(first).length, login };
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
