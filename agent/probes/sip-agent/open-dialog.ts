import { dialogOf, type Dialog } from "../../../protocol/sip/dialog.ts";
import {
  cseqOf,
  headerValue,
  type SipHeader,
  type SipRequest,
  type SipResponse,
} from "../../../protocol/sip/message.ts";
import { buildResponse } from "../../../protocol/sip/response.ts";
import { startClientTransaction, stepClientTransaction } from "../../../protocol/sip/client-transaction.ts";
import type { TransactionTimers } from "../../../protocol/sip/transaction-timers.ts";
import type { Clock } from "../../io/clock.ts";
import type { SipChannel, SipChannelEvent } from "../../io/sip/sip-channel.ts";
import { dialogRequest } from "./ring.ts";

export interface DialogParts {
  readonly timers: TransactionTimers;
  readonly clock: Clock;
  /** Repeated in answers to the far end's re-INVITE. */
  readonly offer: string;
  /** An ACK is never sent: to see what the server does then. */
  readonly withholdAck: boolean;
}

/** A request of the far end that refreshes the session. */
export interface TheirRefresh {
  readonly method: string;
  readonly at: number;
}

/** A call that is up: answers what the far end asks, counts repeated answers, and asks itself. Times are the clock's mono. */
export class OpenDialog {
  /** When the 2xx came again: the far end has seen no ACK. */
  readonly answerRepeats: number[] = [];
  readonly refreshes: TheirRefresh[] = [];
  /** When the far end hung up. */
  endedAt: number | undefined;
  readonly #channel: SipChannel;
  readonly #parts: DialogParts;
  readonly #ackHeaders: readonly SipHeader[];
  readonly #seen = new Set<number>();
  #withhold: boolean;
  #dialog: Dialog;

  /** Undefined when the answer has no To tag, and so makes no dialog. */
  static of(
    channel: SipChannel,
    invite: SipRequest,
    answer: SipResponse,
    parts: DialogParts,
  ): OpenDialog | undefined {
    const dialog = dialogOf(invite, answer);
    return dialog === undefined ? undefined : new OpenDialog(channel, invite, dialog, parts);
  }

  private constructor(channel: SipChannel, invite: SipRequest, dialog: Dialog, parts: DialogParts) {
    this.#channel = channel;
    this.#dialog = dialog;
    this.#parts = parts;
    this.#withhold = parts.withholdAck;
    // RFC 3261 22.1: the ACK carries the credentials of its INVITE.
    this.#ackHeaders = invite.headers.filter(({ name }) => name.endsWith("Authorization"));
  }

  /** Where requests inside the call go. */
  get remoteTarget(): string {
    return this.#dialog.remoteTarget;
  }

  /** Acknowledges the answer, now and whenever it comes again. */
  async acknowledge(): Promise<void> {
    this.#withhold = false;
    await this.#channel.send(
      dialogRequest(this.#channel, this.#dialog, "ACK", { headers: this.#ackHeaders }),
    );
  }

  /** Keeps the call for so long, or until the far end hangs up, or `done`. @throws the signal's reason. */
  async hold(ms: number, signal: AbortSignal, done: () => boolean = () => false): Promise<void> {
    const end = this.#parts.clock.mono() + ms;
    for (;;) {
      const left = end - this.#parts.clock.mono();
      if (left <= 0 || this.endedAt !== undefined || done()) return;
      const event = await this.#channel.next(left, signal);
      if (event === undefined) continue;
      await this.#hear(event);
      if (event.kind === "failed" && this.#channel.transport !== "udp") return;
    }
  }

  /** Asks inside the call; the final answer, or undefined when none came. @throws the signal's reason. */
  async ask(
    method: string,
    more: {
      readonly headers?: readonly SipHeader[];
      readonly body?: { readonly type: string; readonly bytes: Uint8Array };
    },
    signal: AbortSignal,
  ): Promise<SipResponse | undefined> {
    const { timers, clock } = this.#parts;
    const request = dialogRequest(this.#channel, this.#dialog, method, more);
    this.#dialog = { ...this.#dialog, cseq: this.#dialog.cseq + 1 };
    const reliable = this.#channel.transport !== "udp";
    let step = startClientTransaction(request, { reliable, timers, now: clock.mono() });
    for (;;) {
      for (const each of step.send) await this.#channel.send(each);
      for (const news of step.news) {
        if (news.kind === "timeout" || news.kind === "transport-error") return undefined;
        if (news.kind !== "response" || news.response.code < 200) continue;
        if (method === "INVITE" && news.response.code < 300) await this.acknowledge();
        return news.response;
      }
      const event = await this.#channel.next((step.wakeAt ?? Infinity) - clock.mono(), signal);
      const response = this.#responseTo(method, event);
      if (event !== undefined && response === undefined) await this.#hear(event);
      const now = clock.mono();
      step = stepClientTransaction(
        step.transaction,
        response === undefined ? { kind: "time", now } : { kind: "response", response, now },
      );
    }
  }

  #responseTo(method: string, event: SipChannelEvent | undefined): SipResponse | undefined {
    const message = event?.kind === "message" ? event.received.message : undefined;
    if (message?.kind !== "response") return undefined;
    const cseq = cseqOf(message);
    return cseq?.method === method && cseq.number === this.#dialog.cseq ? message : undefined;
  }

  async #hear(event: SipChannelEvent): Promise<void> {
    if (event.kind !== "message") return;
    const { message } = event.received;
    if (headerValue(message, "Call-ID") !== this.#dialog.callId) return;
    if (message.kind === "request") return this.#answer(message, event.at);
    if (cseqOf(message)?.method !== "INVITE" || message.code < 200 || message.code >= 300) return;
    this.answerRepeats.push(event.at);
    if (!this.#withhold) await this.acknowledge();
  }

  async #answer(request: SipRequest, at: number): Promise<void> {
    const { method } = request;
    if (method === "ACK") return;
    if (method === "BYE") this.endedAt ??= at;
    const refreshes = method === "INVITE" || method === "UPDATE";
    const number = cseqOf(request)?.number ?? 0;
    if (refreshes && !this.#seen.has(number)) {
      this.#seen.add(number);
      this.refreshes.push({ method, at });
    }
    await this.#channel.send(this.#responseFor(request, refreshes));
  }

  #responseFor(request: SipRequest, refreshes: boolean): SipResponse {
    const known = refreshes || ["BYE", "OPTIONS", "INFO"].includes(request.method);
    const interval = headerValue(request, "Session-Expires");
    const headers: SipHeader[] = [
      {
        name: "Contact",
        value: headerValue(dialogRequest(this.#channel, this.#dialog, "ACK"), "Contact") ?? "",
      },
      ...(refreshes && interval !== undefined
        ? [
            { name: "Require", value: "timer" },
            { name: "Session-Expires", value: interval },
          ]
        : []),
    ];
    const described = refreshes && request.body.length > 0;
    return buildResponse(request, this.#channel.local, {
      code: known ? 200 : 501,
      toTag: this.#dialog.localTag,
      headers,
      ...(described ? { body: { type: "application/sdp", bytes: Buffer.from(this.#parts.offer) } } : {}),
    });
  }
}
