import { headerValues, type SipRequest, type SipResponse } from "./message.ts";
import type { TransactionTimers } from "./transaction-timers.ts";
import { decodeVia } from "./via.ts";

// The server transactions of RFC 3261 17.2, as a step function like the client's.
//
//   INVITE      proceeding → completed (G, H) → confirmed (I) → terminated; a 2xx: accepted (64 × T1) → terminated
//   non-INVITE  trying → proceeding → completed (J) → terminated
//
// In `accepted` the 2xx is repeated until the ACK, on every transport: RFC 3261 13.3.1.4 asks that of the user of the
// transaction; it stands here so that there is one clockwork.

export type ServerPhase = "trying" | "proceeding" | "accepted" | "completed" | "confirmed" | "terminated";

export interface ServerTransaction {
  readonly request: SipRequest;
  readonly reliable: boolean;
  readonly timers: TransactionTimers;
  readonly phase: ServerPhase;
  readonly last?: SipResponse;
  readonly repeatAt?: number;
  readonly pause: number;
  readonly endAt?: number;
}

export type ServerInput =
  | { readonly kind: "time"; readonly now: number }
  /** The request came again. */
  | { readonly kind: "repeat"; readonly now: number }
  | { readonly kind: "respond"; readonly response: SipResponse; readonly now: number }
  | { readonly kind: "ack"; readonly now: number };

export interface ServerStep {
  readonly transaction: ServerTransaction;
  readonly send: readonly SipResponse[];
  /** No ACK came to a final response of an INVITE (timer H). */
  readonly unacknowledged: boolean;
  readonly wakeAt?: number;
}

/** Requests with the same key are one transaction (RFC 3261 17.2.3); an ACK to a refusal has its INVITE's key. */
export function serverTransactionKey(request: SipRequest): string {
  const top = headerValues(request, "Via")[0] ?? "";
  const via = decodeVia(top);
  const method = request.method === "ACK" ? "INVITE" : request.method;
  if (!via.ok) return `${top} ${method}`;
  const { host, port, parameters } = via.value;
  return `${parameters.get("branch")?.toLowerCase() ?? ""} ${host.toLowerCase()}:${port ?? ""} ${method}`;
}

/** Starts a transaction for a new request. */
export function startServerTransaction(
  request: SipRequest,
  options: { readonly reliable: boolean; readonly timers: TransactionTimers },
): ServerTransaction {
  return {
    request,
    ...options,
    phase: request.method === "INVITE" ? "proceeding" : "trying",
    pause: options.timers.t1,
  };
}

/** One step of a server transaction. */
export function stepServerTransaction(transaction: ServerTransaction, input: ServerInput): ServerStep {
  if (transaction.phase === "terminated") return step(transaction);
  switch (input.kind) {
    case "time":
      return onTime(transaction, input.now);
    case "repeat":
      return step(transaction, transaction.last === undefined ? [] : [transaction.last]);
    case "respond":
      return onRespond(transaction, input.response, input.now);
    case "ack":
      return onAck(transaction, input.now);
  }
}

function onTime(transaction: ServerTransaction, now: number): ServerStep {
  const { endAt, repeatAt, last, timers } = transaction;
  if (endAt !== undefined && now >= endAt) {
    const unacknowledged = transaction.phase === "accepted" || waitsForAck(transaction);
    return { ...step(quiet(transaction, "terminated")), unacknowledged };
  }
  if (repeatAt === undefined || last === undefined || now < repeatAt) return step(transaction);
  const pause = Math.min(transaction.pause * 2, timers.t2); // timer G
  return step({ ...transaction, pause, repeatAt: repeatAt + pause }, [last]);
}

function onRespond(transaction: ServerTransaction, response: SipResponse, now: number): ServerStep {
  const { phase, reliable, timers, request } = transaction;
  if (phase !== "trying" && phase !== "proceeding") return step(transaction);
  const answered = { ...transaction, last: response };
  if (response.code < 200) return step({ ...answered, phase: "proceeding" }, [response]);
  const endAt = now + 64 * timers.t1; // timers H and J
  if (request.method !== "INVITE") {
    const next: ServerTransaction = reliable
      ? { ...answered, phase: "terminated" }
      : { ...answered, phase: "completed", endAt };
    return step(next, [response]);
  }
  const accepted = response.code < 300;
  const next: ServerTransaction = { ...answered, phase: accepted ? "accepted" : "completed", endAt };
  if (!accepted && reliable) return step(next, [response]);
  return step({ ...next, repeatAt: now + timers.t1 }, [response]);
}

function onAck(transaction: ServerTransaction, now: number): ServerStep {
  const { phase, reliable, timers } = transaction;
  if (phase !== "completed" && phase !== "accepted") return step(transaction);
  if (reliable || phase === "accepted") return step(quiet(transaction, "terminated"));
  return step({ ...quiet(transaction, "confirmed"), endAt: now + timers.t4 }); // timer I
}

function quiet(transaction: ServerTransaction, phase: ServerPhase): ServerTransaction {
  const { repeatAt: _repeat, endAt: _end, ...rest } = transaction;
  return { ...rest, phase };
}

function step(transaction: ServerTransaction, send: readonly SipResponse[] = []): ServerStep {
  const wakeAt = Math.min(transaction.repeatAt ?? Infinity, transaction.endAt ?? Infinity);
  return { transaction, send, unacknowledged: false, ...(wakeAt === Infinity ? {} : { wakeAt }) };
}

/** A refused INVITE that still waits for its ACK; a non-INVITE waits for none. */
function waitsForAck({ phase, request }: ServerTransaction): boolean {
  return phase === "completed" && request.method === "INVITE";
}
