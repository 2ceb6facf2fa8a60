import {
  startClientTransaction,
  stepClientTransaction,
  type ClientInput,
  type ClientStep,
} from "../../../protocol/sip/client-transaction.ts";
import { decodeSip } from "../../../protocol/sip/decode-sip.ts";
import { headerValue, type SipMessage, type SipResponse } from "../../../protocol/sip/message.ts";
import type { WrittenRequest } from "../../../protocol/sip/request-template.ts";
import type { TransactionTimers } from "../../../protocol/sip/transaction-timers.ts";
import { splitOutsideQuotes } from "../../../protocol/sip/split.ts";
import { branchOfVia } from "../../../protocol/sip/via.ts";
import type { Clock } from "../clock.ts";
import { TimerWheel } from "./timer-wheel.ts";
import type { UdpSocket } from "../udp/udp.ts";

/** How one transaction fared: its final response, if there was one, and when the request was sent (more than once: repeats). */
export interface SipEnd {
  readonly response: SipResponse | undefined;
  readonly sentAt: readonly number[];
  /** When the response came, the kernel's time where it tells; of no response, when that was clear. */
  readonly endedAt: number;
  /** What ICMP said; it ends all that wait. */
  readonly error?: NodeJS.ErrnoException;
}

interface Open {
  step: ClientStep | undefined;
  bytes: Uint8Array | undefined;
  readonly branch: string;
  readonly onEnd: (end: SipEnd) => void;
}

const tick = 10;

/**
 * Thousands of client transactions (no INVITE) at once over one connected UDP socket. Each is the step function of
 * client-transaction.ts; they share one table by branch and one timer.
 */
export class SipClient implements AsyncDisposable {
  readonly #socket: UdpSocket;
  readonly #timers: TransactionTimers;
  readonly #clock: Clock;
  readonly #open = new Map<string, Open>();
  readonly #wheel: TimerWheel<Open>;
  readonly #ticker: NodeJS.Timeout;
  #strays = 0;

  constructor(socket: UdpSocket, timers: TransactionTimers, clock: Clock) {
    this.#socket = socket;
    this.#timers = timers;
    this.#clock = clock;
    this.#wheel = new TimerWheel(tick, clock.mono());
    this.#ticker = setInterval(() => this.#onTick(), tick);
    socket.listen(
      ({ bytes, at }) => this.#onDatagram(bytes, at),
      (error) => this.#onError(error),
    );
  }

  /** Transactions that wait for their answer. */
  get open(): number {
    return this.#open.size;
  }

  /** What came and answered nothing that is open: repeats, late answers, other people's. */
  get strays(): number {
    return this.#strays;
  }

  /** Sends a request and sees to its repeats; `onEnd` hears once. */
  ask({ request, bytes }: WrittenRequest, onEnd: (end: SipEnd) => void): void {
    const branch = topBranch(request) ?? "";
    const step = startClientTransaction(request, {
      reliable: false,
      timers: this.#timers,
      now: this.#clock.mono(),
    });
    const open: Open = { step, bytes, branch, onEnd };
    this.#open.set(branch, open);
    this.#follow(open, step);
  }

  #onDatagram(bytes: Uint8Array, now: number): void {
    const read = decodeSip(bytes, { fields: false });
    if (!read.ok || read.value.message.kind !== "response") return;
    const response = read.value.message;
    const open = this.#open.get(topBranch(response) ?? "");
    if (open === undefined) this.#strays += 1;
    else this.#give(open, { kind: "response", response, now });
  }

  /** ICMP says it of the peer, whichever datagram it was. */
  #onError(error: NodeJS.ErrnoException): void {
    const now = this.#clock.mono();
    for (const open of this.#open.values()) this.#give(open, { kind: "transport-error", now }, error);
  }

  #onTick(): void {
    const now = this.#clock.mono();
    for (const open of this.#wheel.due(now)) this.#give(open, { kind: "time", now });
  }

  #give(open: Open, input: ClientInput, error?: NodeJS.ErrnoException): void {
    if (open.step === undefined) return;
    const step = stepClientTransaction(open.step.transaction, input);
    open.step = step;
    for (const news of step.news) {
      if (news.kind === "stray") this.#strays += 1;
      else if (news.kind !== "response") this.#end(open, step, { endedAt: input.now, error });
      else if (news.response.code >= 200)
        this.#end(open, step, { endedAt: input.now, response: news.response });
    }
    // Only the clock moves the time of waking; an answer leaves the old one, which then comes to nothing.
    if (input.kind === "time" && open.step !== undefined) this.#follow(open, step);
  }

  #follow(open: Open, step: ClientStep): void {
    // A lost datagram is what the repeats are for; of a peer that is not there ICMP tells.
    if (step.send.length > 0 && open.bytes !== undefined)
      this.#socket.send(open.bytes, 0, "").catch(() => undefined);
    if (step.wakeAt !== undefined) this.#wheel.add(step.wakeAt, open);
  }

  /** The wheel keeps the entry until its time: what it holds is let go now. */
  #end(
    open: Open,
    { transaction }: ClientStep,
    end: {
      readonly endedAt: number;
      readonly response?: SipResponse;
      readonly error?: NodeJS.ErrnoException | undefined;
    },
  ): void {
    open.step = undefined;
    open.bytes = undefined;
    this.#open.delete(open.branch);
    const { response, endedAt, error } = end;
    open.onEnd({
      response,
      sentAt: transaction.sentAt,
      endedAt,
      ...(error === undefined ? {} : { error }),
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#ticker);
    await this.#socket[Symbol.asyncDispose]();
  }
}

function topBranch(message: SipMessage): string | undefined {
  const top = headerValue(message, "Via");
  return top === undefined ? undefined : branchOfVia(splitOutsideQuotes(top, ",")[0]?.text ?? "");
}
