import { createHmac, createSecretKey, randomBytes, randomInt } from "node:crypto";
import { arrivedHeader, encodeArrived } from "../../protocol/sip/arrived-header.ts";
import type { Arrival } from "../../protocol/rtp/arrivals.ts";
import {
  encodeMirrorTotals,
  mirrorProduct,
  mirrorTotalsHeader,
  type MirrorReport,
} from "../../protocol/rtp/mirror-totals.ts";
import type { Secret } from "../../protocol/secret.ts";
import { decodeSip } from "../../protocol/sip/decode-sip.ts";
import { encodeSip } from "../../protocol/sip/encode-sip.ts";
import {
  headerValue,
  type SipHeader,
  type SipRequest,
  type SipResponse,
} from "../../protocol/sip/message.ts";
import { tagOf } from "../../protocol/sip/name-addr.ts";
import { buildResponse, type ResponseParts } from "../../protocol/sip/response.ts";
import { serverTransactionKey } from "../../protocol/sip/server-transaction.ts";
import { printHostPort } from "../../protocol/sip/uri.ts";
import { newSrtpMaster } from "../../protocol/srtp/crypto-attribute.ts";
import type { AgentIo } from "../io/io.ts";
import type { Datagram, UdpSocket } from "../io/udp/udp.ts";
import { wallEpoch } from "../io/wall-epoch.ts";
import { MirrorAuthorization } from "./mirror-authorization.ts";
import { MirrorCall, newMirrorIdentity, sendAndForget, type Endpoint } from "./mirror-call.ts";
import { asksForEcho, echoAnswer } from "./mirror-echo.ts";
import { inwardCall, MirrorInward } from "./mirror-inward.ts";
import { readOffer, writeAnswer, type OfferReading } from "./mirror-offer.ts";
import { addressTowards, openRtpPort, type PortRange } from "./mirror-ports.ts";
import { usualMirrorLimits, type MirrorLimits } from "./mirror-session.ts";

export interface MirrorOptions {
  /** What to bind: an address of this host, or `0.0.0.0`. */
  readonly address: string;
  /** 0: any. */
  readonly sipPort: number;
  /** Even ports from here to there carry RTP; from 0: any port. */
  readonly rtpPorts: PortRange;
  /** Asked for by digest, as the password of user `mirror`. Without: RTP must come from where its INVITE came from. */
  readonly token?: Secret;
  readonly limits?: Partial<MirrorLimits>;
  readonly log: (event: MirrorEvent) => void;
  /** Hears the INVITE of each session that was opened. */
  readonly onCall?: (invite: SipRequest) => void;
}

export type MirrorEvent =
  | {
      readonly event: "session-opened";
      readonly call: string;
      readonly from: string;
      readonly mode: string;
      /** Protected by SRTP. */
      readonly srtp: boolean;
      readonly port: number;
    }
  | ({
      readonly event: "session-ended";
      readonly call: string;
      readonly from: string;
      readonly why: string;
    } & MirrorReport & {
        readonly refused: Readonly<Record<string, number>>;
        /** How the packets arrived, most first; none where this system does not tell. */
        readonly arrivals: readonly Arrival[];
      })
  | { readonly event: "refused"; readonly from: string; readonly code: number; readonly why: string }
  | { readonly event: "garbled"; readonly from: string; readonly why: string };

export interface RunningMirror extends AsyncDisposable {
  readonly address: string;
  readonly sipPort: number;
  /** Sessions that loop packets now. */
  readonly sessions: number;
}

/**
 * Starts the far end for SIP OPTIONS and RTP probes: RFC 6849 loopback (packets and media) for who asks for it, a plain
 * echo for a normal call, each of them under SRTP if offered so. SIP over UDP.
 *
 * @throws NodeJS.ErrnoException when the SIP port cannot be bound.
 */
export async function startMirror(
  options: MirrorOptions,
  io: Pick<AgentIo, "openUdp" | "clock">,
): Promise<RunningMirror> {
  const socket = await io.openUdp({
    localAddress: options.address,
    localPort: options.sipPort,
    control: true,
    inRuns: true,
  });
  return new Mirror(options, io, socket);
}

// Timers of SIP are multiples of 500 ms; sessions end by the second.
const tickMs = 100;
// Repeats of a BYE come for 32 s (RFC 3261 timer F).
const keepEndedMs = 32_000;
const allowed = "INVITE, ACK, BYE, OPTIONS";

class Mirror implements RunningMirror {
  readonly address: string;
  readonly sipPort: number;
  readonly #options: MirrorOptions;
  readonly #limits: MirrorLimits;
  readonly #io: Pick<AgentIo, "openUdp" | "clock">;
  readonly #socket: UdpSocket;
  /** As a key object: made anew from octets for each tag, it costs more than the tag. */
  readonly #tagKey = createSecretKey(randomBytes(32));
  readonly #authorization: MirrorAuthorization | undefined;
  readonly #inward = new MirrorInward();
  /** By Call-ID. */
  readonly #calls = new Map<string, MirrorCall>();
  /** INVITEs that wait for their RTP port, so that a repeat does not open a second one. */
  readonly #opening = new Set<string>();
  readonly #closing = new Set<Promise<void>>();
  readonly #ticker: NodeJS.Timeout;
  #stopped = false;

  constructor(options: MirrorOptions, io: Pick<AgentIo, "openUdp" | "clock">, socket: UdpSocket) {
    this.#options = options;
    this.#limits = { ...usualMirrorLimits, ...options.limits };
    this.#io = io;
    this.#socket = socket;
    this.address = socket.localAddress;
    this.sipPort = socket.localPort;
    this.#authorization =
      options.token === undefined ? undefined : new MirrorAuthorization(options.token, randomBytes(32));
    socket.listen(
      (datagram) => this.#onDatagram(datagram),
      () => {},
    );
    this.#ticker = setInterval(() => this.#tick(io.clock.mono()), tickMs);
  }

  get sessions(): number {
    return [...this.#calls.values()].filter((call) => call.endedAt === undefined).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#ticker);
    for (const [id, call] of this.#calls) this.#end(id, call, "the mirror stops");
    await Promise.all(this.#closing);
    await this.#socket[Symbol.asyncDispose]();
  }

  #onDatagram(datagram: Datagram): void {
    const read = decodeSip(datagram.bytes, { fields: false });
    if (!read.ok) {
      // Keep-alives of NAT (RFC 5626: CR LF CR LF) are no messages.
      if (datagram.bytes.some((octet) => octet !== 13 && octet !== 10 && octet !== 0)) {
        this.#options.log({ event: "garbled", from: place(datagram), why: `no SIP at ${read.why.place}` });
      }
      return;
    }
    const { message } = read.value;
    if (message.kind !== "request") return;
    if (message.method !== "ACK" && asksForEcho(message))
      this.#reply(message, datagram, echoAnswer(message, datagram.bytes));
    else this.#onRequest(message, datagram);
  }

  #onRequest(request: SipRequest, from: Datagram): void {
    switch (request.method) {
      case "ACK":
        return this.#onAck(request);
      case "OPTIONS":
        return this.#onOptions(request, from);
      case "INVITE":
        return this.#onInvite(request, from);
      case "BYE":
        return this.#onBye(request, from);
      default:
        return this.#reply(request, from, { code: 405 });
    }
  }

  #onOptions(request: SipRequest, from: Datagram): void {
    const now = this.#io.clock.mono();
    if (this.#inward.grants(request, from, now)) {
      void this.#callInward(request, from);
      return;
    }
    const inward = this.#inward.headers(request, from, now);
    this.#answerOptions(request, from, inward);
  }

  #answerOptions(request: SipRequest, from: Datagram, more: readonly SipHeader[] = []): void {
    const headers = [{ name: "Accept", value: "application/sdp" }, ...arrivedHeaders(from), ...more];
    this.#reply(request, from, { code: 200, headers });
  }

  /** Instead of an answer, and no larger than the question. */
  async #callInward(request: SipRequest, from: Datagram): Promise<void> {
    const address = await addressTowards(this.#io.openUdp, this.address, from).catch(() => this.address);
    const invite = inwardCall(from, { address, port: this.sipPort });
    if (invite === undefined) this.#answerOptions(request, from);
    else sendAndForget(this.#socket, invite, from);
  }

  #onAck(request: SipRequest): void {
    const call = this.#dialog(request);
    call?.step({ kind: "ack", now: this.#io.clock.mono() });
  }

  #onInvite(request: SipRequest, from: Endpoint): void {
    const now = this.#io.clock.mono();
    const id = headerValue(request, "Call-ID") ?? "";
    const call = this.#calls.get(id);
    if (call?.key === serverTransactionKey(request)) {
      return this.#sendAll(call.step({ kind: "repeat", now }).send, from);
    }
    if (call !== undefined)
      return this.#refuse(request, from, 488, "a session is not changed after its start");
    if (tagOf(headerValue(request, "To")) !== undefined)
      return this.#refuse(request, from, 481, "no such session");
    if (this.#opening.has(id)) return;
    if (!this.#admit(request, from, now)) return;
    const offer = readOffer(Buffer.from(request.body).toString("utf8"), (suite) =>
      newSrtpMaster(suite, randomBytes),
    );
    if (!offer.ok) return this.#refuse(request, from, 488, offer.why);
    if (this.sessions + this.#opening.size >= this.#limits.sessions) {
      return this.#refuse(request, from, 486, `${this.#limits.sessions} sessions are open`);
    }
    this.#opening.add(id);
    this.#open(request, from, offer)
      .catch((error: unknown) => this.#refuse(request, from, 500, String(error)))
      .finally(() => this.#opening.delete(id));
  }

  /** Refusals keep no state: their repeats are judged again, and their ACKs are of no interest. */
  #admit(request: SipRequest, from: Endpoint, now: number): boolean {
    const authorization = this.#authorization?.judge(request, now);
    if (authorization === undefined || authorization.verdict === "granted") return true;
    if (authorization.verdict === "wrong") this.#refuse(request, from, 403, "the token is another one");
    else {
      const headers = [{ name: "WWW-Authenticate", value: authorization.challenge }];
      this.#reply(request, from, { code: 401, headers });
    }
    return false;
  }

  async #open(
    request: SipRequest,
    from: Endpoint,
    offer: Extract<OfferReading, { ok: true }>,
  ): Promise<void> {
    const address = await addressTowards(this.#io.openUdp, this.address, from);
    const { dscp } = offer;
    const header = dscp === undefined ? {} : { tos: dscp << 2 };
    const socket = await openRtpPort(
      this.#io.openUdp,
      { localAddress: this.#options.address, control: true, header },
      this.#options.rtpPorts,
    );
    if (socket === undefined) return this.#refuse(request, from, 503, "no RTP port is free");
    // The mirror stopped meanwhile: nobody would close it.
    if (this.#stopped) return socket[Symbol.asyncDispose]();
    const identity = newMirrorIdentity();
    const strict = this.#options.token === undefined || offer.terms.sourceSsrc === undefined;
    const now = this.#io.clock.mono();
    const call = new MirrorCall({
      invite: request,
      from,
      toTag: this.#toTag(request),
      terms: strict ? { ...offer.terms, sourceAddress: from.address } : offer.terms,
      limits: this.#limits,
      identity,
      socket,
      now,
      mono: () => this.#io.clock.mono(),
      epoch: wallEpoch(this.#io.clock),
      ...(offer.listens.address === from.address ? { openTo: offer.listens.port } : {}),
    });
    const id = headerValue(request, "Call-ID") ?? "";
    this.#calls.set(id, call);
    const body = writeAnswer(offer, {
      address,
      port: socket.localPort,
      sessionId: randomInt(1, 2 ** 31),
      ssrc: identity.ssrc,
      ...(dscp !== undefined && socket.headerSet.tos === true ? { dscp } : {}),
    });
    const response = this.#response(request, from, {
      code: 200,
      headers: [{ name: "Contact", value: `<sip:mirror@${printHostPort(address, this.sipPort)}>` }],
      body: { type: "application/sdp", bytes: Buffer.from(body) },
    });
    this.#sendAll(call.step({ kind: "respond", response, now }).send, from);
    const { mode, protection } = offer.terms;
    this.#options.log({
      event: "session-opened",
      call: id,
      from: place(from),
      mode,
      srtp: protection !== undefined,
      port: socket.localPort,
    });
    this.#options.onCall?.(request);
  }

  #onBye(request: SipRequest, from: Endpoint): void {
    const call = this.#dialog(request);
    if (call === undefined) return this.#reply(request, from, { code: 481 });
    const value = encodeMirrorTotals(call.session.report);
    this.#reply(request, from, { code: 200, headers: [{ name: mirrorTotalsHeader, value }] });
    this.#end(headerValue(request, "Call-ID") ?? "", call, "BYE");
  }

  /** The call of a request inside its dialog: Call-ID and our tag. */
  #dialog(request: SipRequest): MirrorCall | undefined {
    const call = this.#calls.get(headerValue(request, "Call-ID") ?? "");
    return call?.toTag === tagOf(headerValue(request, "To")) ? call : undefined;
  }

  #tick(now: number): void {
    for (const [id, call] of this.#calls) {
      const { send, unacknowledged } = call.step({ kind: "time", now });
      this.#sendAll(send, call.from);
      if (unacknowledged) this.#end(id, call, "no ACK");
      else if (call.session.isOver(now)) this.#end(id, call, "time limit");
      else call.openTheWay(now);
      if (call.endedAt !== undefined && now - call.endedAt > keepEndedMs) this.#calls.delete(id);
    }
  }

  #end(id: string, call: MirrorCall, why: string): void {
    if (call.endedAt !== undefined) return;
    const refused = Object.fromEntries(call.session.refusals);
    const { report, arrivals } = call.session;
    const from = place(call.from);
    this.#options.log({ event: "session-ended", call: id, from, why, ...report, refused, arrivals });
    const closing = call.closeRtp(this.#io.clock.mono()).finally(() => this.#closing.delete(closing));
    this.#closing.add(closing);
  }

  #refuse(request: SipRequest, from: Endpoint, code: number, why: string): void {
    this.#options.log({ event: "refused", from: place(from), code, why });
    this.#reply(request, from, { code, headers: [{ name: "Warning", value: `399 offhook "${why}"` }] });
  }

  #reply(request: SipRequest, from: Endpoint, parts: Omit<ResponseParts, "toTag">): void {
    this.#sendAll([this.#response(request, from, parts)], from);
  }

  #response(request: SipRequest, from: Endpoint, parts: Omit<ResponseParts, "toTag">): SipResponse {
    const headers = [
      ...(parts.headers ?? []),
      { name: "Allow", value: allowed },
      { name: "Server", value: mirrorProduct },
    ];
    return buildResponse(request, from, { ...parts, headers, toTag: this.#toTag(request) });
  }

  /** The same for every repeat of a request, and not to be guessed (RFC 3261 8.2.7, 19.3). */
  #toTag(request: SipRequest): string {
    const call = `${headerValue(request, "Call-ID")} ${serverTransactionKey(request)}`;
    return createHmac("sha256", this.#tagKey).update(call).digest("hex").slice(0, 16);
  }

  #sendAll(responses: readonly SipResponse[], to: Endpoint): void {
    for (const response of responses) sendAndForget(this.#socket, encodeSip(response), to);
  }
}

/** How a request arrived, for who asked by it. */
function arrivedHeaders({ tos, ttl }: Datagram): { readonly name: string; readonly value: string }[] {
  if (tos === undefined || ttl === undefined) return [];
  return [{ name: arrivedHeader, value: encodeArrived({ tos, ttl }) }];
}

function place({ address, port }: Endpoint): string {
  return printHostPort(address, port);
}
