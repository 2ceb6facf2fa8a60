import { agreeOnOptions, type TermLimits, type TransferTerms, usualLimits } from "./options.ts";
import { encodeTftp, type TftpOptionList, type TftpPacket } from "./packet.ts";

// The sending side of a read transfer (RFC 1350, 2347–2349, 7440) as a step function: state and input go in; the next
// state, the blocks to send and the time to be woken come out. No clock, no socket, and no octet of the file either: who
// runs it reads the blocks and writes them out.
//
// Blocks are counted from 1 without end; on the wire they are taken modulo 65536, so 65535 is followed by 0. The OACK,
// where there is one, is block 0: it is sent, acknowledged and sent again like any other.

export type TransferMode = "octet" | "netascii";

/** RFC 1350: modes are compared without case. `mail` is obsolete and undefined here. */
export function tryParseTransferMode(text: string): TransferMode | undefined {
  const mode = text.toLowerCase();
  return mode === "octet" || mode === "netascii" ? mode : undefined;
}

export interface SendOffer {
  /** Octets as they will be sent. */
  readonly size: number;
  readonly options: TftpOptionList;
  readonly limits?: TermLimits;
}

export type SendFailure =
  | { readonly kind: "silent" } // no ACK came in time
  | { readonly kind: "ended"; readonly code: number; readonly message: string }; // the client sent ERROR

interface SendPlan {
  readonly size: number;
  readonly terms: TransferTerms;
  /** Block 0, where the client asked for options. */
  readonly oack: Uint8Array | undefined;
  readonly blocks: number;
  readonly longestWait: number;
}

export interface SendState {
  readonly phase: "sending" | "done" | "failed";
  readonly failure?: SendFailure;
  readonly plan: SendPlan;
  /** Highest block acknowledged; -1 while the OACK is not. */
  readonly acked: number;
  /** Highest block sent. */
  readonly sent: number;
  /** The client has answered once: its address is real, and it is there. */
  readonly proven: boolean;
  readonly progressAt: number;
  readonly wakeAt: number;
  /** Retransmission time-out, ms, and what it is measured from (RFC 6298). */
  readonly rto: number;
  readonly smoothed?: { readonly rtt: number; readonly variation: number };
  /** When the window last went out. */
  readonly sentAt: number;
  /** All of it for the first time; otherwise its ACK measures nothing (Karn's rule, RFC 6298 section 3). */
  readonly fresh: boolean;
  /** The block behind which a gap was already answered; a second ACK for it is a duplicate. */
  readonly gapAt?: number;
  readonly resent: number;
  /** Datagrams sent again in all, for the metrics. */
  readonly retransmissions: number;
}

export type SendInput = { readonly kind: "packet"; readonly packet: TftpPacket } | { readonly kind: "timer" };

/** Blocks to send, both included, counted from 1 without end; 0 is the OACK and comes alone. */
export interface BlockSpan {
  readonly first: number;
  readonly last: number;
}

export interface SendStep {
  readonly state: SendState;
  readonly send?: BlockSpan;
  /** When to call again with `timer`, on the clock of `now`; absent when the transfer is over. An early call does nothing. */
  readonly wakeAt?: number;
}

const firstWait = 1000;
const shortestWait = 100;
const usualLongestWait = 4000;
const giveUpAfter = 30_000;
/** RFC 1350 asks no proof of who asks: until the first ACK a forged source gets two datagrams and no more. */
const unprovenResends = 1;
/** After that it is waited for, since a late ACK still may come. */
const unprovenLinger = 8000;
const stalledAfter = 3000;

export function startSend(offer: SendOffer, now: number): SendStep {
  const { size } = offer;
  const { terms, reply } = agreeOnOptions(offer.options, size, offer.limits ?? usualLimits);
  const oack = reply.length === 0 ? undefined : encodeTftp({ op: "oack", options: reply });
  const longestWait = terms.timeout === undefined ? usualLongestWait : Math.min(terms.timeout * 1000, 10_000);
  const rto = terms.timeout === undefined ? firstWait : longestWait;
  const first = oack === undefined ? 1 : 0;
  const state: SendState = {
    phase: "sending",
    plan: { size, terms, oack, blocks: Math.floor(size / terms.blockSize) + 1, longestWait },
    acked: first - 1,
    sent: first,
    proven: false,
    progressAt: now,
    wakeAt: now + rto,
    rto,
    sentAt: now,
    fresh: true,
    resent: 0,
    retransmissions: 0,
  };
  return { state, send: { first, last: first }, wakeAt: state.wakeAt };
}

export function stepSend(state: SendState, input: SendInput, now: number): SendStep {
  if (state.phase !== "sending") return { state };
  if (input.kind === "timer") return onTimer(state, now);
  const packet = input.packet;
  if (packet.op === "error")
    return over(state, "failed", { kind: "ended", code: packet.code, message: packet.message });
  return packet.op === "ack" ? onAck(state, packet.block, now) : idle(state);
}

/** Octets (as sent, netascii included) that the client has acknowledged. */
export function acknowledgedBytes(state: SendState): number {
  return Math.min(Math.max(state.acked, 0) * state.plan.terms.blockSize, state.plan.size);
}

function onAck(state: SendState, wire: number, now: number): SendStep {
  const ahead = (wire - state.acked) & 0xffff;
  if (ahead === 0) return onRepeatedAck(state, now);
  // Behind what is acknowledged, or beyond what was sent: late, forged or broken; either way nothing to do.
  if (ahead > state.sent - state.acked) return idle(state);
  const acked = state.acked + ahead;
  if (acked === state.plan.blocks) return over({ ...state, acked, proven: true, progressAt: now }, "done");
  // An ACK inside the window tells of a gap behind it (RFC 7440 section 4): go on from there.
  const whole = acked === state.sent;
  const timed = measure(state, whole, now);
  return sendWindow({ ...timed, acked, proven: true, progressAt: now, resent: 0 }, now);
}

/**
 * Answering every duplicate ACK with a block doubles all that follows ("sorcerer's apprentice", RFC 1123 4.2.3.1): with
 * a window of 1 it is ignored. With a larger one it is how a receiver reports that the first block of the window is
 * missing (RFC 7440). That is heard once per position, and only when it can have come after the window: what comes
 * sooner than half a round trip is the network's copy of the ACK before.
 */
function onRepeatedAck(state: SendState, now: number): SendStep {
  const reports =
    state.plan.terms.windowSize > 1 &&
    state.smoothed !== undefined &&
    now - state.sentAt >= state.smoothed.rtt / 2;
  return reports && state.gapAt !== state.acked
    ? sendWindow({ ...state, gapAt: state.acked }, now)
    : idle(state);
}

/** Sends the window behind `acked`; blocks up to the old `sent` go out again. */
function sendWindow(state: SendState, now: number): SendStep {
  const { blocks, terms } = state.plan;
  const last = Math.min(state.acked + terms.windowSize, blocks);
  const again = Math.max(0, Math.min(state.sent, last) - state.acked);
  const next: SendState = {
    ...state,
    sent: Math.max(last, state.sent),
    wakeAt: now + state.rto,
    sentAt: now,
    fresh: again === 0,
    retransmissions: state.retransmissions + again,
  };
  return { state: next, send: { first: state.acked + 1, last }, wakeAt: next.wakeAt };
}

function onTimer(state: SendState, now: number): SendStep {
  if (now < state.wakeAt) return idle(state);
  if (!state.proven && state.resent >= unprovenResends) return over(state, "failed", { kind: "silent" });
  if (now - state.progressAt >= giveUpAfter) return over(state, "failed", { kind: "silent" });
  const rto = Math.min(state.rto * 2, Math.max(state.plan.longestWait, state.rto));
  const next: SendState = {
    ...state,
    rto,
    wakeAt: now + (state.proven ? rto : unprovenLinger),
    sentAt: now,
    fresh: false,
    resent: state.resent + 1,
    retransmissions: state.retransmissions + state.sent - state.acked,
  };
  return { state: next, send: { first: state.acked + 1, last: state.sent }, wakeAt: next.wakeAt };
}

/**
 * The same request once more from the same port: is it the client's, who asks anew, or the network's copy? While the
 * transfer goes on, or its own retransmission is still to come, it is answered already.
 */
export function startsOver(state: SendState, now: number): boolean {
  if (state.phase !== "sending") return true;
  if (state.proven) return now - state.progressAt >= stalledAfter;
  // Right after our retransmission the two may have crossed: then the client already follows this transfer.
  return state.resent >= unprovenResends && now - state.sentAt >= firstWait;
}

/** RFC 6298 sections 2.2 and 2.3, with a floor fit for one site instead of the whole Internet. */
function measure(state: SendState, whole: boolean, now: number): SendState {
  if (!whole || !state.fresh) return state;
  const sample = now - state.sentAt;
  const old = state.smoothed;
  const smoothed =
    old === undefined
      ? { rtt: sample, variation: sample / 2 }
      : {
          rtt: 0.875 * old.rtt + 0.125 * sample,
          variation: 0.75 * old.variation + 0.25 * Math.abs(old.rtt - sample),
        };
  const rto = Math.max(shortestWait, smoothed.rtt + 4 * smoothed.variation);
  return { ...state, smoothed, rto: Math.min(rto, state.plan.longestWait) };
}

function idle(state: SendState): SendStep {
  return { state, wakeAt: state.wakeAt };
}

function over(state: SendState, phase: "done" | "failed", failure?: SendFailure): SendStep {
  return { state: { ...state, phase, ...(failure === undefined ? {} : { failure }) } };
}
