import { createSocket, type Socket } from "node:dgram";
import { lookup } from "node:dns/promises";
import { once } from "node:events";
import {
  startClientTransaction,
  stepClientTransaction,
  type ClientInput,
  type ClientStep,
} from "../../protocol/sip/client-transaction.ts";
import { decodeSip } from "../../protocol/sip/decode-sip.ts";
import { encodeSip } from "../../protocol/sip/encode-sip.ts";
import type { SipRequest, SipResponse } from "../../protocol/sip/message.ts";
import type { TransactionTimers } from "../../protocol/sip/transaction-timers.ts";

/** How a request ended. */
export type SipEnd =
  | { readonly kind: "answer"; readonly response: SipResponse }
  | { readonly kind: "timeout" }
  /** As the kernel or DNS says it: ECONNREFUSED, ENOTFOUND … */
  | { readonly kind: "failed"; readonly code: string };

/** A connected socket to one SIP peer: the kernel tells of ICMP, and strangers are not heard. */
export class SipOverUdp implements AsyncDisposable {
  readonly local: { readonly address: string; readonly port: number };
  readonly #socket: Socket;

  private constructor(socket: Socket) {
    this.#socket = socket;
    const { address, port } = socket.address();
    this.local = { address, port };
  }

  /** @throws NodeJS.ErrnoException when the name or the way is not there. */
  static async open(host: string, port: number): Promise<SipOverUdp> {
    const { address, family } = await lookup(host);
    const socket = createSocket(family === 6 ? "udp6" : "udp4");
    try {
      socket.connect(port, address);
      await once(socket, "connect");
      return new SipOverUdp(socket);
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await new Promise<void>((resolve) => this.#socket.close(() => resolve()));
  }

  /** Runs one non-INVITE transaction to its end. @throws the signal's reason. */
  async ask(request: SipRequest, timers: TransactionTimers, signal: AbortSignal): Promise<SipEnd> {
    signal.throwIfAborted();
    const asking = new AbortController();
    try {
      return await new Promise<SipEnd>((resolve, reject) => {
        this.#run(request, timers, asking.signal, resolve);
        signal.addEventListener("abort", () => reject(signal.reason), { signal: asking.signal });
      });
    } finally {
      asking.abort();
    }
  }

  #run(
    request: SipRequest,
    timers: TransactionTimers,
    ended: AbortSignal,
    resolve: (end: SipEnd) => void,
  ): void {
    const socket = this.#socket;
    const now = (): number => performance.now();
    let timer: NodeJS.Timeout | undefined;
    let step = startClientTransaction(request, { reliable: false, timers, now: now() });
    const follow = (next: ClientStep): void => {
      step = next;
      clearTimeout(timer);
      const end = endOf(next);
      if (end !== undefined) {
        resolve(end);
        return;
      }
      for (const each of next.send) socket.send(encodeSip(each), onSent);
      if (next.wakeAt !== undefined)
        timer = setTimeout(() => take({ kind: "time", now: now() }), next.wakeAt - now());
    };
    const take = (input: ClientInput): void => follow(stepClientTransaction(step.transaction, input));
    const onSent = (error: Error | null): void => {
      if (error !== null && error !== undefined) onError(error);
    };
    const onError = (error: NodeJS.ErrnoException): void =>
      resolve({ kind: "failed", code: error.code ?? error.message });
    const onMessage = (bytes: Buffer): void => {
      const received = decodeSip(bytes);
      const message = received.ok ? received.value.message : undefined;
      if (message?.kind === "response") take({ kind: "response", response: message, now: now() });
    };
    socket.on("message", onMessage);
    socket.on("error", onError);
    ended.addEventListener("abort", () => {
      clearTimeout(timer);
      socket.off("message", onMessage);
      socket.off("error", onError);
      // What ICMP still tells afterwards concerns nobody.
      socket.on("error", () => undefined);
    });
    follow(step);
  }
}

function endOf(step: ClientStep): SipEnd | undefined {
  for (const news of step.news) {
    if (news.kind === "timeout") return { kind: "timeout" };
    if (news.kind === "response" && news.response.code >= 200)
      return { kind: "answer", response: news.response };
  }
  return undefined;
}
