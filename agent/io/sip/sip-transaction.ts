import type { Mismatch } from "../../../protocol/decoded.ts";
import {
  startClientTransaction,
  stepClientTransaction,
  type ClientInput,
  type ClientStep,
} from "../../../protocol/sip/client-transaction.ts";
import type { ReceivedSip } from "../../../protocol/sip/decode-sip.ts";
import type { Defect } from "../../../protocol/sip/defect.ts";
import type { SipRequest, SipResponse } from "../../../protocol/sip/message.ts";
import type { TransactionTimers } from "../../../protocol/sip/transaction-timers.ts";
import type { Clock } from "../clock.ts";
import type { SipChannel, SipChannelEvent } from "./sip-channel.ts";

/** How a request fared. Times are the clock's `mono`, ms. */
export interface SipExchange {
  readonly end:
    | {
        readonly kind: "final";
        readonly response: SipResponse;
        readonly defects: readonly Defect[];
        readonly at: number;
      }
    | { readonly kind: "timeout" }
    | { readonly kind: "failed"; readonly error?: NodeJS.ErrnoException };
  /** Each sending: the first, and the repeats. */
  readonly sentAt: readonly number[];
  readonly provisional: readonly SipResponse[];
  /** When each of them came. */
  readonly provisionalAt: readonly number[];
  /** What came and was not the answer, as sentences. */
  readonly strays: readonly string[];
  /** What came and was no SIP. */
  readonly garbled: readonly { readonly why: Mismatch; readonly bytes: Uint8Array }[];
}

/**
 * Runs one client transaction over a channel until its final response, timeout or failure; later repeats of the answer are
 * left alone. An INVITE's refusal is acknowledged; its 2xx is the caller's to ACK (dialog.ts). @throws the signal's reason.
 */
export async function runSipTransaction(
  channel: SipChannel,
  request: SipRequest,
  options: {
    readonly timers: TransactionTimers;
    readonly clock: Clock;
    /** Hears each provisional response as it comes. */
    readonly onProvisional?: (response: SipResponse) => void;
  },
  signal: AbortSignal,
): Promise<SipExchange> {
  const { timers, clock } = options;
  const notes = {
    provisional: [] as SipResponse[],
    provisionalAt: [] as number[],
    strays: [] as string[],
    garbled: [] as SipExchange["garbled"][number][],
  };
  let step = startClientTransaction(request, {
    reliable: channel.transport !== "udp",
    timers,
    now: clock.mono(),
  });
  let event: SipChannelEvent | undefined;
  for (;;) {
    const error = await sendAll(channel, step);
    const end =
      error === undefined
        ? endOf(step, event, notes, options.onProvisional)
        : ({ kind: "failed", error } as const);
    if (end !== undefined) return { end, sentAt: step.transaction.sentAt, ...notes };
    event = await channel.next((step.wakeAt ?? Infinity) - clock.mono(), signal);
    if (event?.kind === "garbled") notes.garbled.push({ why: event.why, bytes: event.bytes });
    step = stepClientTransaction(step.transaction, inputOf(event, clock.mono()));
  }
}

/** The error of a refused sending is the peer's ICMP answer to an earlier one: no bug, but a result. */
async function sendAll(channel: SipChannel, step: ClientStep): Promise<NodeJS.ErrnoException | undefined> {
  try {
    for (const request of step.send) await channel.send(request);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function inputOf(event: SipChannelEvent | undefined, now: number): ClientInput {
  if (event?.kind === "failed") return { kind: "transport-error", now };
  const message = event?.kind === "message" ? event.received.message : undefined;
  return message?.kind === "response" ? { kind: "response", response: message, now } : { kind: "time", now };
}

function endOf(
  step: ClientStep,
  event: SipChannelEvent | undefined,
  notes: {
    readonly provisional: SipResponse[];
    readonly provisionalAt: number[];
    readonly strays: string[];
  },
  heard?: (response: SipResponse) => void,
): SipExchange["end"] | undefined {
  for (const news of step.news) {
    if (news.kind === "timeout") return { kind: "timeout" };
    if (news.kind === "transport-error") {
      return event?.kind === "failed" && event.error !== undefined
        ? { kind: "failed", error: event.error }
        : { kind: "failed" };
    }
    if (news.kind === "stray") notes.strays.push(`${news.response.code}: ${news.why}`);
    else if (news.response.code < 200) {
      notes.provisional.push(news.response);
      notes.provisionalAt.push(event?.at ?? 0);
      heard?.(news.response);
    } else if (event?.kind === "message") {
      return finalEnd(event.received, news.response, event.at);
    }
  }
  return undefined;
}

/** The defects stay unread until somebody asks for them. */
function finalEnd(received: ReceivedSip, response: SipResponse, at: number): SipExchange["end"] {
  return {
    kind: "final",
    response,
    get defects() {
      return received.defects;
    },
    at,
  };
}
