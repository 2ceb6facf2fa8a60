import type { TftpPacket } from "../../protocol/tftp/packet.ts";
import {
  acknowledgedBytes,
  type SendState,
  type SendStep,
  startsOver,
  stepSend,
} from "../../protocol/tftp/send-transfer.ts";

export interface TransferIo {
  readonly send: (bytes: Uint8Array) => void;
  readonly mono: () => number;
  /** The client acknowledged something for the first time. */
  readonly onProven: () => void;
  /** Called once. */
  readonly onEnd: (end: TransferEnd) => void;
}

/** 200 acknowledged to the end, 408 given up, 499 ended by the phone (see `Sent`). */
export interface TransferEnd {
  readonly status: 200 | 408 | 499;
  readonly bytes: number;
}

/** One transfer on its way: runs the step function with a socket and a timer. */
export class TftpTransfer {
  readonly #io: TransferIo;
  #state: SendState;
  #timer: NodeJS.Timeout | undefined;
  #armedFor = Infinity;

  constructor(first: SendStep, io: TransferIo) {
    this.#io = io;
    this.#state = first.state;
    this.#take(first);
  }

  receive(packet: TftpPacket): void {
    this.#take(stepSend(this.#state, { kind: "packet", packet }, this.#io.mono()));
  }

  /** Whether the same request, come again, is a new one. */
  startsOver(): boolean {
    return startsOver(this.#state, this.#io.mono());
  }

  /** Ends it from our side: the phone asked for something else, or we close. */
  abandon(status: 408 | 499): void {
    if (this.#state.phase !== "sending") return;
    this.#state = { ...this.#state, phase: "failed" };
    this.#end(status);
  }

  #take(step: SendStep): void {
    if (step.state.proven && !this.#state.proven) this.#io.onProven();
    const over = this.#state.phase === "sending" && step.state.phase !== "sending";
    this.#state = step.state;
    for (const bytes of step.send) this.#io.send(bytes);
    if (over) this.#end(statusOf(step.state));
    else if (step.wakeAt !== undefined) this.#arm(step.wakeAt);
  }

  #end(status: TransferEnd["status"]): void {
    clearTimeout(this.#timer);
    this.#io.onEnd({ status, bytes: acknowledgedBytes(this.#state) });
  }

  /** A timer that is due sooner is left to fire and set anew then: cheaper than a new timer per packet. */
  #arm(wakeAt: number): void {
    if (this.#armedFor <= wakeAt) return;
    clearTimeout(this.#timer);
    this.#armedFor = wakeAt;
    this.#timer = setTimeout(() => this.#onTimer(), Math.max(1, Math.ceil(wakeAt - this.#io.mono())));
  }

  #onTimer(): void {
    this.#armedFor = Infinity;
    this.#take(stepSend(this.#state, { kind: "timer" }, this.#io.mono()));
  }
}

function statusOf(state: SendState): TransferEnd["status"] {
  if (state.phase === "done") return 200;
  return state.failure?.kind === "ended" ? 499 : 408;
}
