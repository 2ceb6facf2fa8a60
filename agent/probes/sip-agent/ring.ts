import { randomBytes } from "node:crypto";
import { dialogOf, requestInDialog, type Dialog } from "../../../protocol/sip/dialog.ts";
import { cseqOf, type SipRequest, type SipResponse } from "../../../protocol/sip/message.ts";
import { ackForRefusal, cancelRequest, newBranch } from "../../../protocol/sip/request.ts";
import type { TransactionTimers } from "../../../protocol/sip/transaction-timers.ts";
import type { Clock } from "../../io/clock.ts";
import type { SipChannel } from "../../io/sip/sip-channel.ts";
import { runSipTransaction, type SipExchange } from "../../io/sip/sip-transaction.ts";

export interface RingOptions {
  readonly timers: TransactionTimers;
  readonly clock: Clock;
  /** How long it may ring, ms. */
  readonly patience: number;
  /** Calls the INVITE off as soon as it is true of a provisional response. */
  readonly until?: (response: SipResponse) => boolean;
}

export interface Rung extends SipExchange {
  /** It was called off, and how the CANCEL and the INVITE ended. */
  readonly cancelled?: { readonly cancel: number | undefined; readonly invite: number | undefined };
}

export const callAgent = "Offhook (SIP probe)";

/**
 * Runs an INVITE until its final response; one that rings too long, is called off, or has said enough, is cancelled
 * (RFC 3261 9.1). A 2xx is the caller's to acknowledge, but for one that crossed the CANCEL: that is hung up at once.
 */
export async function ring(
  channel: SipChannel,
  invite: SipRequest,
  options: RingOptions,
  signal: AbortSignal,
): Promise<Rung> {
  const enough = new AbortController();
  const tooLong = AbortSignal.timeout(options.patience);
  const notes = {
    provisional: [] as SipResponse[],
    provisionalAt: [] as number[],
    sentAt: [options.clock.mono()],
  };
  const onProvisional = (response: SipResponse): void => {
    notes.provisional.push(response);
    notes.provisionalAt.push(options.clock.mono());
    if (options.until?.(response) === true) enough.abort();
  };
  try {
    const any = AbortSignal.any([signal, tooLong, enough.signal]);
    return await runSipTransaction(channel, invite, { ...options, onProvisional }, any);
  } catch (error) {
    if (!signal.aborted && !tooLong.aborted && !enough.signal.aborted) throw error;
    const cancelled = await cancel(channel, invite).catch(() => ({ cancel: undefined, invite: undefined }));
    signal.throwIfAborted();
    return { end: { kind: "timeout" }, ...notes, strays: [], garbled: [], cancelled };
  }
}

/** CANCEL, and the end of the INVITE, which is acknowledged. Takes 3 s at most. */
async function cancel(channel: SipChannel, invite: SipRequest): Promise<Required<Rung>["cancelled"]> {
  const enough = AbortSignal.timeout(3000);
  await channel.send(cancelRequest(invite));
  let cancelCode: number | undefined;
  for (;;) {
    const event = await channel.next(3000, enough);
    if (event === undefined || event.kind === "failed") return { cancel: cancelCode, invite: undefined };
    const message = event.kind === "message" ? event.received.message : undefined;
    if (message?.kind !== "response" || message.code < 200) continue;
    if (cseqOf(message)?.method === "CANCEL") cancelCode = message.code;
    if (cseqOf(message)?.method !== "INVITE") continue;
    await endInvite(channel, invite, message);
    return { cancel: cancelCode, invite: message.code };
  }
}

async function endInvite(channel: SipChannel, invite: SipRequest, response: SipResponse): Promise<void> {
  const dialog = response.code < 300 ? dialogOf(invite, response) : undefined;
  if (dialog === undefined) return channel.send(ackForRefusal(invite, response));
  await channel.send(dialogRequest(channel, dialog, "ACK"));
  await channel.send(dialogRequest(channel, dialog, "BYE"));
}

/** A request of the probe inside a dialog. */
export function dialogRequest(
  channel: SipChannel,
  dialog: Dialog,
  method: string,
  more: Pick<Parameters<typeof requestInDialog>[1], "headers" | "body"> = {},
): SipRequest {
  return requestInDialog(dialog, {
    method,
    transport: channel.transport,
    local: channel.local,
    branch: newBranch(randomBytes),
    userAgent: callAgent,
    contactUser: "offhook",
    ...more,
  });
}
