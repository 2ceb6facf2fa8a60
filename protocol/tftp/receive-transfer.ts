import { readNetascii } from "./netascii.ts";
import { askForOptions, plainTerms, readOack, type TransferTerms } from "./options.ts";
import { encodeTftp, tftpErrors, type TftpPacket } from "./packet.ts";
import type { TransferMode } from "./send-transfer.ts";

// The client's side of a read transfer (RFC 1350, 2347–2349, 7440) as a step function, the mirror of send-transfer.ts.

export interface ReceiveWish {
  readonly file: string;
  readonly mode: TransferMode;
  /** Options to ask for; a `size` of any value asks for the file's. */
  readonly wanted: Partial<TransferTerms>;
  /** More than that is refused with error 3. */
  readonly maxBytes: number;
  /** How long the server may be silent before it is given up, ms. */
  readonly patience: number;
}

export type ReceiveFailure =
  | { readonly kind: "silent" }
  | { readonly kind: "refused"; readonly code: number; readonly message: string } // the server sent ERROR
  | { readonly kind: "garbled"; readonly message: string }
  | { readonly kind: "too-large" };

export interface ReceiveState {
  readonly phase: "asking" | "receiving" | "done" | "failed";
  readonly failure?: ReceiveFailure;
  readonly wish: ReceiveWish;
  readonly terms: TransferTerms;
  /** The server's port of this transfer, from its first answer on. */
  readonly peer?: number;
  /** Blocks in order; later states append to the same list, and `received` says how many are this state's. */
  readonly blocks: Uint8Array[];
  readonly received: number;
  readonly bytes: number;
  readonly acked: number;
  /** The block whose ACK already went out again for a gap or a repeat (RFC 7440: once, not per block). */
  readonly repeatedAt?: number;
  readonly progressAt: number;
  readonly wait: number;
  readonly wakeAt: number;
}

export type ReceiveInput =
  | { readonly kind: "packet"; readonly packet: TftpPacket; readonly port: number }
  | { readonly kind: "timer" };

export interface ReceiveStep {
  readonly state: ReceiveState;
  /** `listener` is the port the server takes requests on. */
  readonly send: readonly { readonly to: "listener" | number; readonly bytes: Uint8Array }[];
  /** Absent when the transfer is over. A state that is done still answers a repeated last block, for as long as it is asked. */
  readonly wakeAt?: number;
}

const firstWait = 1000;
const longestWait = 4000;

export function startReceive(wish: ReceiveWish, now: number): ReceiveStep {
  const state: ReceiveState = {
    phase: "asking",
    wish,
    terms: plainTerms,
    blocks: [],
    received: 0,
    bytes: 0,
    acked: 0,
    progressAt: now,
    wait: firstWait,
    wakeAt: now + firstWait,
  };
  return { state, send: [{ to: "listener", bytes: requestBytes(wish) }], wakeAt: state.wakeAt };
}

export function stepReceive(state: ReceiveState, input: ReceiveInput, now: number): ReceiveStep {
  if (input.kind === "timer") return onTimer(state, now);
  const { packet, port } = input;
  if (state.peer !== undefined && port !== state.peer) return stranger(state, packet, port);
  switch (packet.op) {
    case "data":
      return onData({ ...state, peer: port }, packet.block, packet.data, now);
    case "oack":
      return onOack(state, packet.options, port, now);
    case "error":
      return isOver(state)
        ? still(state)
        : fail(state, { kind: "refused", code: packet.code, message: packet.message });
    case "ack":
    case "rrq":
    case "wrq":
      return still(state);
  }
}

/** The whole file, in the form it has on disk, once the phase is `done`. */
export function receivedFile(state: ReceiveState): Uint8Array {
  const bytes = new Uint8Array(state.bytes);
  let at = 0;
  for (const block of state.blocks.slice(0, state.received)) {
    bytes.set(block, at);
    at += block.length;
  }
  return state.wish.mode === "netascii" ? readNetascii(bytes) : bytes;
}

function onOack(
  state: ReceiveState,
  options: Parameters<typeof readOack>[0],
  port: number,
  now: number,
): ReceiveStep {
  // The ACK 0 was lost: say it again. After the first block it is only late.
  if (state.phase === "receiving" && state.received === 0) return acknowledge(state, now);
  if (state.phase !== "asking") return still(state);
  const terms = readOack(options, state.wish.wanted);
  const met = { ...state, peer: port };
  if (!terms.ok)
    return fail(
      met,
      { kind: "garbled", message: `${terms.why.place}: ${terms.why.found}` },
      tftpErrors.optionRefused,
    );
  if ((terms.value.size ?? 0) > state.wish.maxBytes)
    return fail(met, { kind: "too-large" }, tftpErrors.diskFull);
  return acknowledge({ ...met, phase: "receiving", terms: terms.value, progressAt: now }, now);
}

function onData(state: ReceiveState, wire: number, data: Uint8Array, now: number): ReceiveStep {
  if (state.phase === "failed") return still(state);
  const ahead = (wire - state.received) & 0xffff;
  if (state.phase === "done" || ahead !== 1) return onRepeat(state, ahead, now);
  if (data.length > state.terms.blockSize)
    return fail(
      state,
      { kind: "garbled", message: `a block of ${data.length}` },
      tftpErrors.illegalOperation,
    );
  const bytes = state.bytes + data.length;
  if (bytes > state.wish.maxBytes) return fail(state, { kind: "too-large" }, tftpErrors.diskFull);
  return onNextBlock(state, data, bytes, now);
}

function onNextBlock(state: ReceiveState, data: Uint8Array, bytes: number, now: number): ReceiveStep {
  state.blocks[state.received] = data.slice();
  const received = state.received + 1;
  const last = data.length < state.terms.blockSize;
  const next: ReceiveState = {
    ...state,
    phase: last ? "done" : "receiving",
    received,
    bytes,
    progressAt: now,
    wait: firstWait,
    wakeAt: now + firstWait,
  };
  const due = last || received - state.acked >= state.terms.windowSize;
  return due ? acknowledge(next, now) : still(next);
}

/**
 * A block that is not the next: a repeat (our ACK was lost) or a gap (a block was). Both are answered with the ACK of
 * the last block in order; with a window, once per position, or each block of a repeated window would bring another
 * window. A repeat in the middle of a window says nothing: the server is already beyond it.
 */
function onRepeat(state: ReceiveState, ahead: number, now: number): ReceiveStep {
  if (state.terms.windowSize === 1) return ahead === 0 ? acknowledge(state, now) : still(state);
  const gap = ahead > 1 && ahead <= state.terms.windowSize;
  if (!gap && state.received > state.acked) return still(state);
  if (state.phase !== "done" && state.repeatedAt === state.received) return still(state);
  return acknowledge({ ...state, repeatedAt: state.received }, now);
}

function onTimer(state: ReceiveState, now: number): ReceiveStep {
  if (isOver(state) || now < state.wakeAt) return still(state);
  if (now - state.progressAt >= state.wish.patience) return fail(state, { kind: "silent" });
  const left = state.progressAt + state.wish.patience - now;
  const wait = Math.min(state.wait * 2, longestWait, left);
  const next = { ...state, wait, wakeAt: now + wait };
  if (state.phase === "receiving") return acknowledge(next, now, wait);
  return {
    state: next,
    send: [{ to: "listener", bytes: requestBytes(state.wish) }],
    wakeAt: next.wakeAt,
  };
}

function acknowledge(state: ReceiveState, now: number, wait = firstWait): ReceiveStep {
  const next: ReceiveState = { ...state, acked: state.received, wakeAt: now + wait };
  const bytes = encodeTftp({ op: "ack", block: state.received & 0xffff });
  return { ...still(next), send: [{ to: state.peer ?? "listener", bytes }] };
}

/** RFC 1350 section 4: another port is told so, and the transfer goes on undisturbed. */
function stranger(state: ReceiveState, packet: TftpPacket, port: number): ReceiveStep {
  if (packet.op === "error") return still(state);
  const bytes = errorBytes(tftpErrors.unknownTransfer, "Unknown transfer ID");
  return { ...still(state), send: [{ to: port, bytes }] };
}

function fail(state: ReceiveState, failure: ReceiveFailure, code?: number): ReceiveStep {
  const tell = code !== undefined && state.peer !== undefined;
  return {
    state: { ...state, phase: "failed", failure },
    send: tell ? [{ to: state.peer ?? "listener", bytes: errorBytes(code, failure.kind) }] : [],
  };
}

function requestBytes(wish: ReceiveWish): Uint8Array {
  return encodeTftp({ op: "rrq", file: wish.file, mode: wish.mode, options: askForOptions(wish.wanted) });
}

function errorBytes(code: number, message: string): Uint8Array {
  return encodeTftp({ op: "error", code, message });
}

function isOver(state: ReceiveState): boolean {
  return state.phase === "done" || state.phase === "failed";
}

function still(state: ReceiveState): ReceiveStep {
  return isOver(state) ? { state, send: [] } : { state, send: [], wakeAt: state.wakeAt };
}
