import type { SipRequest, SipResponse } from "./message.ts";
import { matchResponse } from "./match-response.ts";
import { ackForRefusal } from "./request.ts";
import type { TransactionTimers } from "./transaction-timers.ts";

// The client transactions of RFC 3261 17.1 (with the Accepted state of RFC 6026 7.2), as a step function: state and input
// go in; the next state, what to send, what to tell the user of the transaction, and when to come back come out.
//
//   INVITE      calling → proceeding → completed (D) → terminated      timers A, B, D
//                       ↘ accepted (M, 2xx) → terminated
//   non-INVITE  trying → proceeding → completed (K) → terminated       timers E, F, K

export type ClientPhase = "calling" | "trying" | "proceeding" | "accepted" | "completed" | "terminated";

export interface ClientTransaction {
  readonly request: SipRequest;
  /** TCP and TLS repeat by themselves: no timers A and E, and D and K are 0. */
  readonly reliable: boolean;
  readonly timers: TransactionTimers;
  readonly phase: ClientPhase;
  /** When the request was sent (ms, the caller's clock): first, and each repeat. */
  readonly sentAt: readonly number[];
  /** Timer A or E: when to repeat, and the pause that led there. */
  readonly repeatAt?: number | undefined;
  readonly pause: number;
  /** Timer B or F while waiting; D, K or M afterwards. */
  readonly endAt?: number | undefined;
  /** The ACK for a refusal, kept for repeats of it. */
  readonly ack?: SipRequest;
  /** Final responses beyond the first: the answer was repeated. */
  readonly repeatedFinals: number;
}

export type ClientInput =
  /** The clock came to `wakeAt`, or beyond. */
  | { readonly kind: "time"; readonly now: number }
  | { readonly kind: "response"; readonly response: SipResponse; readonly now: number }
  /** The transport failed: ICMP, reset, closed. */
  | { readonly kind: "transport-error"; readonly now: number };

/** What the user of the transaction hears. */
export type ClientNews =
  | { readonly kind: "response"; readonly response: SipResponse }
  | { readonly kind: "timeout" }
  | { readonly kind: "transport-error" }
  /** Not ours, and why (RFC 3261 17.1.3): count it, do not drop it silently. */
  | { readonly kind: "stray"; readonly response: SipResponse; readonly why: string };

export interface ClientStep {
  readonly transaction: ClientTransaction;
  /** In order, each at once. */
  readonly send: readonly SipRequest[];
  readonly news: readonly ClientNews[];
  /** When to give `{ kind: "time" }` next; absent: never. */
  readonly wakeAt?: number;
}

/** Starts a transaction: the request goes out now. INVITE or not is told by its method; ACK has no transaction. */
export function startClientTransaction(
  request: SipRequest,
  options: { readonly reliable: boolean; readonly timers: TransactionTimers; readonly now: number },
): ClientStep {
  const { reliable, timers, now } = options;
  return step(
    {
      request,
      reliable,
      timers,
      phase: isInvite(request) ? "calling" : "trying",
      sentAt: [now],
      pause: timers.t1,
      repeatAt: reliable ? undefined : now + timers.t1,
      endAt: now + timers.giveUp,
      repeatedFinals: 0,
    },
    [request],
  );
}

/** One step of a client transaction. A terminated one takes any input and does nothing. */
export function stepClientTransaction(transaction: ClientTransaction, input: ClientInput): ClientStep {
  if (transaction.phase === "terminated") return step(transaction);
  switch (input.kind) {
    case "time":
      return onTime(transaction, input.now);
    case "response":
      return onResponse(transaction, input.response, input.now);
    case "transport-error":
      return onTransportError(transaction);
  }
}

function onTime(transaction: ClientTransaction, now: number): ClientStep {
  const { endAt, repeatAt } = transaction;
  if (endAt !== undefined && now >= endAt) {
    const waiting = isWaiting(transaction.phase);
    return step(terminated(transaction), [], waiting ? [{ kind: "timeout" }] : []);
  }
  if (repeatAt === undefined || now < repeatAt) return step(transaction);
  const pause = nextPause(transaction);
  const sentAt = [...transaction.sentAt, now];
  // The next repeat is counted from the planned time, so that a late wake does not shift the RFC's pattern.
  return step({ ...transaction, sentAt, pause, repeatAt: repeatAt + pause }, [transaction.request]);
}

/** Timer A doubles without limit; timer E doubles to T2, and is T2 once a provisional response came (17.1.2.2). */
function nextPause({ request, phase, pause, timers }: ClientTransaction): number {
  if (isInvite(request)) return pause * 2;
  return phase === "proceeding" ? timers.t2 : Math.min(pause * 2, timers.t2);
}

function onResponse(transaction: ClientTransaction, response: SipResponse, now: number): ClientStep {
  const match = matchResponse(transaction.request, response);
  if (!match.ok) return step(transaction, [], [{ kind: "stray", response, why: match.why }]);
  const heard: ClientNews[] = [{ kind: "response", response }];
  if (response.code < 200) return onProvisional(transaction, heard);
  if (!isWaiting(transaction.phase)) return onRepeatedFinal(transaction, response, heard);
  if (!isInvite(transaction.request)) {
    return step(
      ended(transaction, "completed", now, transaction.reliable ? 0 : transaction.timers.t4),
      [],
      heard,
    );
  }
  if (response.code < 300) {
    // RFC 6026 7.2, timer M: every repeat of a 2xx still reaches the user, who must ACK it again.
    return step(ended(transaction, "accepted", now, 64 * transaction.timers.t1), [], heard);
  }
  const ack = ackForRefusal(transaction.request, response);
  const wait = transaction.reliable ? 0 : 64 * transaction.timers.t1; // timer D: more than 32 s
  return step({ ...ended(transaction, "completed", now, wait), ack }, [ack], heard);
}

function onProvisional(transaction: ClientTransaction, heard: readonly ClientNews[]): ClientStep {
  if (!isWaiting(transaction.phase)) return step(transaction);
  if (!isInvite(transaction.request)) return step({ ...transaction, phase: "proceeding" }, [], heard);
  // INVITE: no more repeats, and no more timer B; ringing may last (17.1.1.2).
  return step({ ...transaction, repeatAt: undefined, endAt: undefined, phase: "proceeding" }, [], heard);
}

function onRepeatedFinal(
  transaction: ClientTransaction,
  response: SipResponse,
  heard: ClientNews[],
): ClientStep {
  const next = { ...transaction, repeatedFinals: transaction.repeatedFinals + 1 };
  if (transaction.phase === "accepted") return step(next, [], response.code < 300 ? heard : []);
  return step(next, transaction.ack !== undefined && response.code >= 300 ? [transaction.ack] : []);
}

function onTransportError(transaction: ClientTransaction): ClientStep {
  const news: ClientNews[] = isWaiting(transaction.phase) ? [{ kind: "transport-error" }] : [];
  return step(terminated(transaction), [], news);
}

function ended(
  transaction: ClientTransaction,
  phase: "accepted" | "completed",
  now: number,
  wait: number,
): ClientTransaction {
  if (wait === 0) return terminated(transaction);
  return { ...transaction, phase, repeatAt: undefined, endAt: now + wait };
}

function terminated(transaction: ClientTransaction): ClientTransaction {
  return { ...transaction, phase: "terminated", repeatAt: undefined, endAt: undefined };
}

function step(
  transaction: ClientTransaction,
  send: readonly SipRequest[] = [],
  news: readonly ClientNews[] = [],
): ClientStep {
  const { repeatAt, endAt } = transaction;
  const wakeAt = Math.min(repeatAt ?? Infinity, endAt ?? Infinity);
  return wakeAt === Infinity ? { transaction, send, news } : { transaction, send, news, wakeAt };
}

function isWaiting(phase: ClientPhase): boolean {
  return phase === "calling" || phase === "trying" || phase === "proceeding";
}

function isInvite(request: SipRequest): boolean {
  return request.method === "INVITE";
}
