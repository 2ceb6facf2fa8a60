import { randomBytes } from "node:crypto";
import { createSocket, type RemoteInfo, type Socket } from "node:dgram";
import { once } from "node:events";
import { decodeSip } from "../../protocol/sip/decode-sip.ts";
import { encodeSip } from "../../protocol/sip/encode-sip.ts";
import { headerValue, type SipMessage, type SipRequest } from "../../protocol/sip/message.ts";
import { buildResponse } from "../../protocol/sip/response.ts";
import { newTag } from "../../protocol/sip/request.ts";
import {
  decodeProfileSubscription,
  pnpGroup,
  profileNotify,
  profileSubscribe,
  type ProfileSubscription,
} from "../../protocol/sip/ua-profile.ts";
import { rfcTimers, type TransactionTimers } from "../../protocol/sip/transaction-timers.ts";

/** Who else answers phones of this network: with two answers, which server a phone takes is a matter of luck. */
export interface RivalResponder {
  readonly address: string;
  /** What it tells phones; undefined where it only said yes. */
  readonly url?: string;
}

export interface PnpDoorOptions {
  /** The address for a phone; undefined: it is not ours, and hears nothing. */
  readonly addressFor: (asked: ProfileSubscription, source: string) => Promise<string | undefined>;
  /** Networks whose phones may ask. */
  readonly listed: (address: string) => boolean;
  readonly onRival: (rival: RivalResponder) => void;
  readonly crash: (error: unknown) => void;
  readonly userAgent: string;
  /** Default: SIP's own group. */
  readonly group?: { readonly address: string; readonly port: number };
  /** Of the NOTIFY; default: the RFC's. */
  readonly timers?: TransactionTimers;
}

/** Questions under way at once; more are dropped, and phones ask again. */
const mostUnderWay = 500;
const random = (n: number): Uint8Array => randomBytes(n);

/** A made-up MAC that no maker has: locally administered. */
const nobody = () => `02${randomBytes(5).toString("hex")}`;

/** Answers phones that ask the multicast group for their configuration (SIP PnP), and looks for others who do. */
export class PnpDoor {
  readonly #options: PnpDoorOptions;
  readonly #socket: Socket = createSocket({ type: "udp4", reuseAddr: true });
  /** NOTIFYs on their way, by Call-ID; a phone that asks twice gets one answer. */
  readonly #waiting = new Map<string, () => void>();
  /** Call-IDs of our own questions for rivals. */
  readonly #own = new Set<string>();
  #local = { address: "", port: 0 };

  constructor(options: PnpDoorOptions) {
    this.#options = options;
  }

  /** Binds and joins the group, on one network card where its address is given. @throws as the kernel says it. */
  async listen(where: {
    readonly host: string;
    readonly port: number;
    readonly card?: string;
  }): Promise<number> {
    this.#socket.bind(where.port, where.host);
    await once(this.#socket, "listening");
    const { address, port } = this.#group;
    this.#socket.addMembership(address, where.card);
    if (where.card !== undefined) this.#socket.setMulticastInterface(where.card);
    const own = this.#socket.address();
    this.#local = { address: where.card ?? own.address, port: own.port };
    this.#socket.on("message", (bytes, peer) => this.#receive(bytes, peer));
    this.#socket.on("error", this.#options.crash);
    return own.port === 0 ? port : own.port;
  }

  /** Asks the group as a phone that nobody can know: whoever answers would answer any phone. */
  lookForRivals(): void {
    const about = { vendor: "Offhook", model: "probe", firmware: "1" };
    const asked = profileSubscribe(nobody(), about, this.#group, {
      local: this.#local,
      userAgent: this.#options.userAgent,
      random,
    });
    if (this.#own.size > 10) this.#own.clear();
    this.#own.add(headerValue(asked, "Call-ID") ?? "");
    this.#send(asked, this.#group.address, this.#group.port);
  }

  async close(): Promise<void> {
    for (const stop of this.#waiting.values()) stop();
    await new Promise<void>((resolve) => {
      this.#socket.close(() => resolve());
    });
  }

  get #group() {
    return this.#options.group ?? pnpGroup;
  }

  #send(message: SipMessage, address: string, port: number): void {
    // What cannot leave is lost like any datagram: the phone asks again.
    this.#socket.send(encodeSip(message), port, address, () => {});
  }

  #receive(bytes: Buffer, peer: RemoteInfo): void {
    const read = decodeSip(bytes);
    if (!read.ok) return;
    const { message } = read.value;
    const callId = headerValue(message, "Call-ID") ?? "";
    if (this.#own.has(callId)) return this.#hearOwn(message, peer);
    if (message.kind === "response") return this.#waiting.get(callId)?.();
    if (message.method === "SUBSCRIBE") void this.#answer(message, callId, peer);
  }

  /** Our own question comes back by the group; anything else under its Call-ID is somebody's answer. */
  #hearOwn(message: SipMessage, peer: RemoteInfo): void {
    if (message.kind === "request" && message.method === "SUBSCRIBE") return;
    if (message.kind === "request") {
      this.#send(buildResponse(message, peer, { code: 200, toTag: newTag(random) }), peer.address, peer.port);
      return this.#options.onRival({
        address: peer.address,
        url: Buffer.from(message.body).toString().trim(),
      });
    }
    if (message.code < 300) this.#options.onRival({ address: peer.address });
  }

  async #answer(request: SipRequest, callId: string, peer: RemoteInfo): Promise<void> {
    if (!this.#options.listed(peer.address) || this.#waiting.has(callId)) return;
    if (this.#waiting.size >= mostUnderWay) return;
    const asked = decodeProfileSubscription(request);
    if (!asked.ok) return;
    const forget = (): void => void this.#waiting.delete(callId);
    this.#waiting.set(callId, forget);
    try {
      const url = await this.#options.addressFor(asked.value, peer.address);
      if (url === undefined) return forget();
      this.#tell(asked.value, url, callId, peer);
    } catch (error) {
      forget();
      this.#options.crash(error);
    }
  }

  /** 200 first, then the NOTIFY, again by timer E until the phone has it (RFC 3261 17.1.2.2). */
  #tell(asked: ProfileSubscription, url: string, callId: string, peer: RemoteInfo): void {
    const toTag = newTag(random);
    const expires = [{ name: "Expires", value: "0" }];
    const { request } = asked;
    this.#send(buildResponse(request, peer, { code: 200, toTag, headers: expires }), peer.address, peer.port);
    const own = { local: this.#local, userAgent: this.#options.userAgent, random };
    const notify = profileNotify(asked, url, { ...own, toTag });
    const { t1, t2, giveUp } = this.#options.timers ?? rfcTimers;
    let wait = t1;
    let timer: NodeJS.Timeout | undefined;
    const stop = (): void => {
      clearTimeout(timer);
      this.#waiting.delete(callId);
    };
    const until = performance.now() + giveUp;
    const again = (): void => {
      if (performance.now() >= until) return stop();
      // To where the question came from: what Contact names may be an address of another network.
      this.#send(notify, peer.address, peer.port);
      timer = setTimeout(again, wait);
      wait = Math.min(2 * wait, t2);
    };
    this.#waiting.set(callId, stop);
    again();
  }
}
