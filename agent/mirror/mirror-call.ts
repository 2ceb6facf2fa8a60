import { randomInt } from "node:crypto";
import type { SipRequest, SipResponse } from "../../protocol/sip/message.ts";
import {
  serverTransactionKey,
  startServerTransaction,
  stepServerTransaction,
  type ServerInput,
  type ServerStep,
} from "../../protocol/sip/server-transaction.ts";
import { rfcTimers } from "../../protocol/sip/transaction-timers.ts";
import type { Datagram, UdpSocket } from "../io/udp/udp.ts";
import { MirrorSession, type MirrorIdentity, type MirrorLimits, type MirrorTerms } from "./mirror-session.ts";

/** A place that packets come from and go to. */
export interface Endpoint {
  readonly address: string;
  readonly port: number;
}

/** Random numbers for one session. */
export function newMirrorIdentity(): MirrorIdentity {
  const word = () => randomInt(0x1_0000_0000);
  return {
    ssrc: word(),
    openerSsrc: word(),
    sequence: randomInt(0x1_0000),
    receiveOffset: word(),
    sendOffset: word(),
  };
}

export interface MirrorCallParts {
  readonly invite: SipRequest;
  readonly from: Endpoint;
  readonly toTag: string;
  readonly terms: MirrorTerms;
  readonly limits: MirrorLimits;
  readonly identity: MirrorIdentity;
  readonly socket: UdpSocket;
  readonly now: number;
  readonly mono: () => number;
  /** ms to add to `mono` to have ms since 1970. */
  readonly epoch: number;
  /** Where the source listens, when it is the address that the INVITE came from: nobody else asked for packets. */
  readonly openTo?: number;
}

// Three openers within the first second: enough to open a NAT's way back and to be counted.
const openerEveryMs = 300;
const openerCount = 3;

/** One accepted INVITE: its transaction, its RTP port, its session. */
export class MirrorCall {
  readonly key: string;
  readonly from: Endpoint;
  readonly toTag: string;
  readonly session: MirrorSession;
  readonly rtp: UdpSocket;
  /** When RTP was closed, mono; the call is kept a while to answer a BYE with its totals. */
  endedAt: number | undefined;
  #step: ServerStep;
  readonly #openTo: number | undefined;
  #openersLeft = openerCount;
  #nextOpenerAt = 0;

  constructor(parts: MirrorCallParts) {
    this.key = serverTransactionKey(parts.invite);
    this.from = parts.from;
    this.toTag = parts.toTag;
    this.rtp = parts.socket;
    this.#openTo = parts.openTo;
    this.session = new MirrorSession(parts.terms, parts.limits, parts.identity, parts.now, parts.epoch);
    const transaction = startServerTransaction(parts.invite, { reliable: false, timers: rfcTimers });
    this.#step = { transaction, send: [], unacknowledged: false };
    parts.socket.listen(
      (datagram) => this.#onRtp(datagram, parts.mono()),
      () => {},
    );
  }

  /** What the transaction wants sent after this input, and whether the caller never acknowledged. */
  step(input: ServerInput): { readonly send: readonly SipResponse[]; readonly unacknowledged: boolean } {
    this.#step = stepServerTransaction(this.#step.transaction, input);
    if (input.kind === "ack") this.session.confirmed = true;
    return this.#step;
  }

  /** Sends the next opener if one is due. */
  openTheWay(now: number): void {
    const port = this.#openTo;
    if (port === undefined || this.#openersLeft === 0 || now < this.#nextOpenerAt) return;
    if (!this.session.confirmed || this.endedAt !== undefined) return;
    const opener = this.session.opener(now);
    if (opener === undefined) return;
    this.#openersLeft -= 1;
    this.#nextOpenerAt = now + openerEveryMs;
    sendAndForget(this.rtp, opener, { address: this.from.address, port });
  }

  async closeRtp(now: number): Promise<void> {
    if (this.endedAt !== undefined) return;
    this.endedAt = now;
    await this.rtp[Symbol.asyncDispose]();
  }

  #onRtp(datagram: Datagram, now: number): void {
    const answer = this.session.answer(datagram, now);
    if (answer !== undefined) sendAndForget(this.rtp, answer, datagram);
  }
}

/** A lost answer is what the far end measures; nobody here waits for it. */
export function sendAndForget(socket: UdpSocket, bytes: Uint8Array, to: Endpoint): void {
  socket.send(bytes, to.port, to.address).catch(() => undefined);
}
