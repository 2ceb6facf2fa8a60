import type { BlockSource } from "../../protocol/tftp/block-source.ts";
import {
  dataHeaderLength,
  encodeTftp,
  tftpErrors,
  type TftpPacket,
  writeDataHeader,
} from "../../protocol/tftp/packet.ts";
import {
  acknowledgedBytes,
  type BlockSpan,
  type SendInput,
  type SendState,
  type SendStep,
  startsOver,
  stepSend,
} from "../../protocol/tftp/send-transfer.ts";
import type { Destination, TftpSocket } from "./tftp-sockets.ts";
import type { Sleeper, TimerWheel } from "./tftp-timers.ts";

export interface TransferIo {
  readonly socket: TftpSocket;
  readonly to: Destination;
  readonly source: BlockSource;
  readonly wheel: TimerWheel;
  readonly mono: () => number;
  /** The client acknowledged something for the first time. */
  readonly onProven: () => void;
  /** Called once. */
  readonly onEnd: (end: TransferEnd) => void;
  /** The source failed. */
  readonly crash: (error: unknown) => void;
}

/** 200 acknowledged to the end, 408 given up, 499 ended by the phone (see `Sent`), 500 the source failed. */
export interface TransferEnd {
  readonly status: 200 | 408 | 499 | 500;
  readonly bytes: number;
  /** Datagrams sent again. */
  readonly retransmissions: number;
}

/** Datagrams on their way out, of all transfers: each is sent before the next one is written. */
const out = Buffer.alloc(128 * 1024);

/** One transfer on its way: runs the step function with a socket, a source and the wheel. */
export class TftpTransfer implements Sleeper {
  readonly #io: TransferIo;
  #state: SendState;
  #slot = -1;
  #reading = false;
  /** Asked for while another span was read; only the last one matters. */
  #newer: BlockSpan | undefined;

  constructor(first: SendStep, io: TransferIo) {
    this.#io = io;
    this.#state = first.state;
    this.#take(first);
  }

  get wakeAt(): number {
    return this.#state.phase === "sending" ? this.#state.wakeAt : Infinity;
  }

  receive(packet: TftpPacket): void {
    this.#take(stepSend(this.#state, { kind: "packet", packet }, this.#io.mono()));
  }

  acknowledge(block: number): void {
    this.receive({ op: "ack", block });
  }

  wake(now: number): void {
    this.#slot = -1;
    if (this.#state.phase === "sending") this.#take(stepSend(this.#state, timer, now));
  }

  /** Whether the same request, come again, is a new one. */
  startsOver(): boolean {
    return startsOver(this.#state, this.#io.mono());
  }

  /** Ends it from our side: the phone asked for something else, or we close. */
  abandon(status: 408 | 499 | 500): void {
    if (this.#state.phase !== "sending") return;
    this.#state = { ...this.#state, phase: "failed" };
    this.#end(status);
  }

  #take(step: SendStep): void {
    const before = this.#state;
    this.#state = step.state;
    if (step.state.proven && !before.proven) this.#io.onProven();
    if (step.send !== undefined) this.#send(step.send);
    if (before.phase === "sending" && step.state.phase !== "sending") this.#end(statusOf(step.state));
    else if (this.#state.phase === "sending") this.#arm();
  }

  #end(status: TransferEnd["status"]): void {
    if (this.#slot >= 0) this.#io.wheel.remove(this, this.#slot);
    this.#slot = -1;
    const { retransmissions } = this.#state;
    this.#io.onEnd({ status, bytes: acknowledgedBytes(this.#state), retransmissions });
  }

  /** A slot that comes too early is left as it is: it will be looked at, and lie again. */
  #arm(): void {
    if (this.#slot >= 0 && !this.#io.wheel.isLater(this.#slot, this.wakeAt)) return;
    if (this.#slot >= 0) this.#io.wheel.remove(this, this.#slot);
    this.#slot = this.#io.wheel.add(this);
  }

  #send(span: BlockSpan): void {
    const { oack, terms } = this.#state.plan;
    const { socket, to, source } = this.#io;
    if (span.first === 0 && oack !== undefined) return socket.send(oack, oack.length, to);
    if (this.#reading) {
      this.#newer = span;
      return;
    }
    const offset = (span.first - 1) * terms.blockSize;
    const length = Math.min((span.last - span.first + 1) * terms.blockSize, source.size - offset);
    try {
      const read = source.read(offset, length);
      if (read instanceof Uint8Array) this.#write(span, read, length);
      else void this.#writeLater(span, read, length);
    } catch (error) {
      this.#fail(error);
    }
  }

  async #writeLater(span: BlockSpan, read: Promise<Uint8Array>, length: number): Promise<void> {
    this.#reading = true;
    try {
      const bytes = await read;
      const newer = this.#newer;
      this.#reading = false;
      this.#newer = undefined;
      if (this.#state.phase !== "sending") return;
      if (newer === undefined) this.#write(span, bytes, length);
      else this.#send(newer);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Header and data of every block, one behind the other, as the kernel cuts them. */
  #write(span: BlockSpan, data: Uint8Array, length: number): void {
    if (data.length !== length) return this.#fail(new Error(`read ${data.length} octets, not ${length}`));
    const { blockSize } = this.#state.plan.terms;
    const { socket, to } = this.#io;
    const segment = dataHeaderLength + blockSize;
    let at = 0;
    for (let block = span.first, from = 0; block <= span.last; block += 1, from += blockSize) {
      if (at + segment > out.length) {
        socket.sendAll(out, at, segment, to);
        at = 0;
      }
      writeDataHeader(out, at, block);
      const until = Math.min(from + blockSize, length);
      copy(data, from, until, at + dataHeaderLength);
      at += dataHeaderLength + until - from;
    }
    if (span.first === span.last) socket.send(out, at, to);
    else socket.sendAll(out, at, segment, to);
  }

  #fail(error: unknown): void {
    if (this.#state.phase !== "sending") return;
    const bytes = encodeTftp({ op: "error", code: tftpErrors.notDefined, message: "Server error" });
    this.#io.socket.send(bytes, bytes.length, this.#io.to);
    this.#io.crash(error);
    this.abandon(500);
  }
}

const timer: SendInput = { kind: "timer" };

function copy(data: Uint8Array, from: number, until: number, at: number): void {
  out.set(from === 0 && until === data.length ? data : data.subarray(from, until), at);
}

function statusOf(state: SendState): TransferEnd["status"] {
  if (state.phase === "done") return 200;
  return state.failure?.kind === "ended" ? 499 : 408;
}
