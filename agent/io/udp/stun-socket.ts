import { randomBytes } from "node:crypto";
import {
  decodeStun,
  encodeStun,
  stunAttribute,
  stunMethod,
  type StunAttribute,
  type StunMessage,
} from "../../../protocol/stun/message.ts";
import { textAttribute, type StunAddress } from "../../../protocol/stun/attributes.ts";
import type { StunSchedule } from "../../../protocol/stun/transaction-schedule.ts";
import type { Clock } from "../clock.ts";
import type { OpenUdp, UdpOptions, UdpSocket } from "./udp.ts";

/** An answer, or whatever else came with the transaction waited for. */
export interface StunReply {
  readonly message: StunMessage;
  readonly bytes: Uint8Array;
  readonly from: StunAddress;
  /** Monotonic, ms. */
  readonly at: number;
  /** Each sending before it; empty for what was only waited for. */
  readonly sentAt: readonly number[];
}

export interface StunIo {
  readonly openUdp: OpenUdp;
  readonly clock: Clock;
}

type Arrival = Omit<StunReply, "sentAt">;

/** A UDP socket that tells STUN messages apart by their transaction, wherever they come from. */
export class StunSocket implements AsyncDisposable {
  readonly local: StunAddress;
  readonly #socket: UdpSocket;
  readonly #clock: Clock;
  readonly #waiting = new Map<string, (arrival: Arrival | Error) => void>();
  readonly #arrived = new Map<string, Arrival>();
  /** What the kernel heard by ICMP; a connected socket alone is told. */
  error: NodeJS.ErrnoException | undefined;

  static async open(io: StunIo, options: UdpOptions): Promise<StunSocket> {
    return new StunSocket(await io.openUdp(options), io.clock);
  }

  private constructor(socket: UdpSocket, clock: Clock) {
    this.#socket = socket;
    this.#clock = clock;
    this.local = { address: socket.localAddress, port: socket.localPort };
    socket.listen(
      ({ bytes, address, port, at }) => {
        const read = decodeStun(bytes);
        if (read.ok) this.#take({ message: read.value, bytes, from: { address, port }, at });
      },
      (error) => this.#fail(error),
    );
  }

  get headerSet(): UdpSocket["headerSet"] {
    return this.#socket.headerSet;
  }

  /** Sends a request as the schedule says until its answer comes; undefined: none came. @throws the signal's reason. */
  async ask(
    request: Uint8Array,
    to: StunAddress,
    schedule: StunSchedule,
    signal: AbortSignal,
  ): Promise<StunReply | undefined> {
    const start = this.#clock.mono();
    const sentAt: number[] = [];
    for (const [place, at] of schedule.sendAt.entries()) {
      if (this.error !== undefined) return undefined;
      sentAt.push(this.#clock.mono());
      await this.send(request, to);
      const until = start + (schedule.sendAt[place + 1] ?? schedule.giveUpAt);
      const arrival = await this.next(
        transactionOf(request),
        until - Math.max(this.#clock.mono(), at),
        signal,
      );
      if (arrival !== undefined) return { ...arrival, sentAt };
    }
    return undefined;
  }

  /** Sends bytes once; what the kernel says against it is kept as `error`. */
  async send(bytes: Uint8Array, to: StunAddress): Promise<void> {
    try {
      await this.#socket.send(bytes, to.port, to.address);
    } catch (error) {
      this.#fail(error as NodeJS.ErrnoException);
    }
  }

  /** The message of this transaction (24 hex digits), or `""` for any that nobody waits for, within so many ms. */
  async next(transaction: string, ms: number, signal: AbortSignal): Promise<StunReply | undefined> {
    signal.throwIfAborted();
    const early = this.#arrived.get(transaction);
    this.#arrived.delete(transaction);
    if (early !== undefined) return { ...early, sentAt: [] };
    if (this.error !== undefined) return undefined;
    const arrival = await this.#wait(transaction, ms, signal);
    signal.throwIfAborted();
    return arrival === undefined ? undefined : { ...arrival, sentAt: [] };
  }

  #wait(transaction: string, ms: number, signal: AbortSignal): Promise<Arrival | undefined> {
    return new Promise((resolve) => {
      const done = (arrival?: Arrival | Error): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        this.#waiting.delete(transaction);
        resolve(arrival instanceof Error ? undefined : arrival);
      };
      const onAbort = (): void => done();
      const timer = setTimeout(done, Math.max(ms, 0));
      signal.addEventListener("abort", onAbort);
      this.#waiting.set(transaction, done);
    });
  }

  #take(arrival: Arrival): void {
    const own = Buffer.from(arrival.message.transaction).toString("hex");
    for (const transaction of [own, ""]) {
      const waiting = this.#waiting.get(transaction);
      if (waiting !== undefined) return waiting(arrival);
    }
    if (this.#arrived.size < 100) this.#arrived.set(own, arrival);
  }

  #fail(error: NodeJS.ErrnoException): void {
    this.error = error;
    for (const waiting of this.#waiting.values()) waiting(error);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#socket[Symbol.asyncDispose]();
  }
}

/** The transaction of a message's bytes, in hex. */
export function transactionOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.subarray(8, 20)).toString("hex");
}

/** Long enough for a mirror, which sends little more than it gets, to answer in full. */
const requestSoftware = "Offhook probe of the way there";

/** The bytes of a Binding request with a transaction of its own. */
export function bindingRequest(...attributes: readonly StunAttribute[]): Uint8Array {
  return encodeStun({
    class: "request",
    method: stunMethod.binding,
    transaction: randomBytes(12),
    attributes: [...attributes, textAttribute(stunAttribute.software, requestSoftware)],
  });
}
