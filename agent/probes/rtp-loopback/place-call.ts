import { randomBytes } from "node:crypto";
import { mirrorTotalsHeader } from "../../../protocol/rtp/mirror-totals.ts";
import { dialogOf, requestInDialog, type Dialog } from "../../../protocol/sip/dialog.ts";
import { answerChallenge, readChallenges, type DigestAccount } from "../../../protocol/sip/digest.ts";
import { cseqOf, headerValue, type SipRequest, type SipResponse } from "../../../protocol/sip/message.ts";
import {
  ackForRefusal,
  buildRequest,
  cancelRequest,
  newBranch,
  newCallId,
  newTag,
  retryRequest,
} from "../../../protocol/sip/request.ts";
import { buildResponse } from "../../../protocol/sip/response.ts";
import { quickTimers } from "../../../protocol/sip/transaction-timers.ts";
import { escapeUser, printHostPort } from "../../../protocol/sip/uri.ts";
import type { Clock } from "../../io/clock.ts";
import type { SipChannel } from "../../io/sip/sip-channel.ts";
import { runSipTransaction, type SipExchange } from "../../io/sip/sip-transaction.ts";

export interface CallParts {
  /** As the person wrote it. */
  readonly host: string;
  readonly address: string;
  readonly port: number;
  /** User part of the Request-URI: `mirror`, or the number of a PBX's echo. */
  readonly extension: string;
  readonly account: DigestAccount | undefined;
  readonly offer: string;
  readonly clock: Clock;
  /** How long it may ring, ms. */
  readonly patience: number;
}

export type PlacedCall =
  | { readonly ok: true; readonly call: OpenCall; readonly answer: SipResponse }
  | { readonly ok: false; readonly end: SipExchange["end"] };

/** INVITE, credentials if asked, and ACK. @throws the signal's reason. */
export async function placeCall(
  channel: SipChannel,
  parts: CallParts,
  signal: AbortSignal,
): Promise<PlacedCall> {
  let invite = buildInvite(channel, parts);
  // Once more with credentials, and once more again if the nonce was too old by then.
  for (let tries = 0; ; tries += 1) {
    const end = await ring(channel, invite, parts, signal);
    if (end.kind !== "final") return { ok: false, end };
    const { response } = end;
    if (response.code < 300) {
      const dialog = dialogOf(invite, response);
      if (dialog === undefined) return { ok: false, end };
      const call = new OpenCall(channel, invite, dialog, parts);
      await call.acknowledge();
      return { ok: true, call, answer: response };
    }
    const retry = tries < 2 ? withCredentials(invite, response, parts.account) : undefined;
    if (retry === undefined) return { ok: false, end };
    invite = retry;
  }
}

function buildInvite(channel: SipChannel, parts: CallParts): SipRequest {
  const transport = channel.transport === "udp" ? "" : `;transport=${channel.transport}`;
  const callee = `sip:${escapeUser(parts.extension)}@${printHostPort(parts.host, undefined)}`;
  return buildRequest({
    method: "INVITE",
    uri: `sip:${escapeUser(parts.extension)}@${printHostPort(parts.host, parts.port)}${transport}`,
    transport: channel.transport,
    local: channel.local,
    from: `sip:${escapeUser(parts.account?.user ?? "offhook")}@${printHostPort(parts.host, undefined)}`,
    to: callee,
    callId: newCallId(randomBytes),
    fromTag: newTag(randomBytes),
    cseq: 1,
    branch: newBranch(randomBytes),
    userAgent,
    contactUser: "offhook",
    body: { type: "application/sdp", bytes: Buffer.from(parts.offer) },
  });
}

const userAgent = "Offhook (RTP probe)";

function withCredentials(
  invite: SipRequest,
  response: SipResponse,
  account: DigestAccount | undefined,
): SipRequest | undefined {
  if (account === undefined || (response.code !== 401 && response.code !== 407)) return undefined;
  const { challenges } = readChallenges(response);
  const tried = invite.headers.some(({ name }) => name === "Authorization" || name === "Proxy-Authorization");
  if (challenges.length === 0 || (tried && !challenges.some(({ stale }) => stale))) return undefined;
  const once = { cnonce: randomBytes(8).toString("hex"), nonceCount: 1 };
  const credentials = challenges.map((challenge) => answerChallenge(challenge, invite, account, once));
  return retryRequest(invite, newBranch(randomBytes), credentials);
}

/** The INVITE's end; one that rings too long, or is called off, is cancelled (RFC 3261 9.1). */
async function ring(
  channel: SipChannel,
  invite: SipRequest,
  parts: CallParts,
  signal: AbortSignal,
): Promise<SipExchange["end"]> {
  const tooLong = AbortSignal.timeout(parts.patience);
  try {
    const options = { timers: quickTimers, clock: parts.clock };
    return (await runSipTransaction(channel, invite, options, AbortSignal.any([signal, tooLong]))).end;
  } catch (error) {
    await cancel(channel, invite, parts).catch(() => undefined);
    if (signal.aborted || !tooLong.aborted) throw error;
    return { kind: "timeout" };
  }
}

/** CANCEL, then the final answer of the INVITE, which is acknowledged; a 2xx that crossed the CANCEL is hung up. */
async function cancel(channel: SipChannel, invite: SipRequest, parts: CallParts): Promise<void> {
  const enough = AbortSignal.timeout(2000);
  await channel.send(cancelRequest(invite));
  for (;;) {
    const event = await channel.next(2000, enough);
    if (event === undefined || event.kind === "failed") return;
    const message = event.kind === "message" ? event.received.message : undefined;
    if (message?.kind !== "response" || cseqOf(message)?.method !== "INVITE" || message.code < 200) continue;
    const dialog = message.code < 300 ? dialogOf(invite, message) : undefined;
    if (dialog === undefined) {
      await channel.send(ackForRefusal(invite, message));
      return;
    }
    const call = new OpenCall(channel, invite, dialog, parts);
    await call.acknowledge();
    await call.hangUp();
    return;
  }
}

/** A call that is up, until hangUp(). */
export class OpenCall {
  readonly #channel: SipChannel;
  readonly #invite: SipRequest;
  readonly #dialog: Dialog;
  readonly #parts: CallParts;
  readonly #stop = new AbortController();
  #watching: Promise<void> = Promise.resolve();
  /** The far end hung up first. */
  ended = false;

  constructor(channel: SipChannel, invite: SipRequest, dialog: Dialog, parts: CallParts) {
    this.#channel = channel;
    this.#invite = invite;
    this.#dialog = dialog;
    this.#parts = parts;
  }

  async acknowledge(): Promise<void> {
    await this.#channel.send(this.#request("ACK"));
    this.#watching = this.#watch();
  }

  /** BYE; the far end's own totals if it is a mirror of ours. Takes 3 s at most. */
  async hangUp(): Promise<string | undefined> {
    this.#stop.abort();
    await this.#watching;
    if (this.ended) return undefined;
    const options = { timers: quickTimers, clock: this.#parts.clock };
    const bye = this.#request("BYE");
    const { end } = await runSipTransaction(this.#channel, bye, options, AbortSignal.timeout(5000));
    return end.kind === "final" ? headerValue(end.response, mirrorTotalsHeader) : undefined;
  }

  /** While the call is up: a 2xx that comes again wants its ACK again, and the far end may hang up. */
  async #watch(): Promise<void> {
    const { signal } = this.#stop;
    try {
      for (;;) {
        const event = await this.#channel.next(Infinity, signal);
        if (event?.kind === "failed" && event.error === undefined) return;
        if (event?.kind !== "message") continue;
        const { message } = event.received;
        if (message.kind === "response") {
          const repeated = cseqOf(message)?.method === "INVITE" && message.code >= 200 && message.code < 300;
          if (repeated) await this.#channel.send(this.#request("ACK"));
        } else if (message.method === "BYE" && headerValue(message, "Call-ID") === this.#dialog.callId) {
          this.ended = true;
          const source = { address: this.#channel.local.address, port: this.#channel.local.port };
          await this.#channel.send(
            buildResponse(message, source, { code: 200, toTag: this.#dialog.localTag }),
          );
        }
      }
    } catch (error) {
      // Sending fails when ICMP spoke meanwhile; the BYE finds out again.
      if (!signal.aborted && !(error instanceof Error && "code" in error)) throw error;
    }
  }

  #request(method: "ACK" | "BYE"): SipRequest {
    const authorization = this.#invite.headers.filter(
      ({ name }) => method === "ACK" && name.endsWith("Authorization"),
    );
    return requestInDialog(this.#dialog, {
      method,
      transport: this.#channel.transport,
      local: this.#channel.local,
      branch: newBranch(randomBytes),
      userAgent,
      contactUser: "offhook",
      headers: authorization,
    });
  }
}
