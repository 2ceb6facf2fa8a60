import { randomBytes, randomInt } from "node:crypto";
import { connectionAddress, decodeSdp, rtpMaps, type SdpSession } from "../../../protocol/sdp/session.ts";
import type { DigestAccount } from "../../../protocol/sip/digest.ts";
import { headerValues, type SipHeader, type SipResponse } from "../../../protocol/sip/message.ts";
import {
  minSessionOf,
  sessionExpiresOf,
  sessionTimes,
  smallestSession,
  type SessionExpires,
} from "../../../protocol/sip/session-timer.ts";
import type { TransactionTimers } from "../../../protocol/sip/transaction-timers.ts";
import { newSrtpMaster } from "../../../protocol/srtp/crypto-attribute.ts";
import type { SrtpMaster } from "../../../protocol/srtp/suite.ts";
import type { AgentIo } from "../../io/io.ts";
import type { SipChannel } from "../../io/sip/sip-channel.ts";
import { askWithLogin, type AskedWithLogin } from "../sip-agent/ask-with-login.ts";
import { inviteRequest } from "../sip-agent/invite-request.ts";
import { Login } from "../sip-agent/login.ts";
import { callOffer, type OfferedCodec } from "../sip-agent/offer.ts";
import { OpenDialog } from "../sip-agent/open-dialog.ts";
import { ring, type Rung } from "../sip-agent/ring.ts";
import { sendAudio, type AudioCount } from "./send-audio.ts";

export interface CallParts {
  readonly host: string;
  readonly port: number;
  readonly domain: string;
  readonly number: string;
  readonly user: string;
  readonly authUser?: string;
  readonly account: DigestAccount | undefined;
  readonly codecs: readonly OfferedCodec[];
  /** Seconds of media. */
  readonly seconds: number;
  /** How long it may ring, ms. */
  readonly patience: number;
  /** Session interval to ask for, s; 0: none. */
  readonly timer: number;
  readonly refresher: "uac" | "uas";
  readonly withholdAck: boolean;
  /** Media are offered under SRTP alone. */
  readonly srtp: boolean;
  /** The signed number of the caller. */
  readonly identity?: SipHeader;
  readonly timers: TransactionTimers;
}

export type CallIo = Pick<AgentIo, "clock" | "openUdp" | "say">;

/** Who refreshed the session, how, and how that went; `code` undefined: no answer. */
export type Refresh =
  | { readonly by: "us"; readonly method: string; readonly after: number; readonly code: number | undefined }
  | { readonly by: "them"; readonly method: string; readonly after: number }
  | { readonly by: "nobody"; readonly after: number };

/** A test call from INVITE to BYE. Times are the clock's mono, ms; "after" is since the answer. */
export interface CallRun {
  readonly asked: AskedWithLogin;
  /** The last INVITE's end, with its provisional responses. */
  readonly rung: Rung;
  /** What a 422 wants at least, s. */
  readonly minSession?: number;
  readonly answered?: AnsweredCall;
}

export interface AnsweredCall {
  readonly at: number;
  readonly response: SipResponse;
  readonly sdp?: SdpSession;
  readonly remoteTarget: string;
  readonly audio?: AudioCount;
  readonly repeatsAfter: readonly number[];
  readonly session?: SessionExpires;
  readonly refresh?: Refresh;
  /** The far end hung up so long after its answer, ms. */
  readonly endedAfter?: number;
  /** Of our BYE; undefined in `bye` itself: no answer. */
  readonly bye?: { readonly code: number | undefined };
}

/** Places one test call, holds it and hangs up. It is hung up, or cancelled, whatever happens. @throws the signal's reason. */
export async function runCall(
  channel: SipChannel,
  parts: CallParts,
  io: CallIo,
  signal: AbortSignal,
): Promise<CallRun> {
  await using socket = await io.openUdp({ localAddress: channel.local.address });
  const sessionId = randomInt(2 ** 31);
  const master = parts.srtp ? newSrtpMaster("AES_CM_128_HMAC_SHA1_80", randomBytes) : undefined;
  const offer = callOffer({
    address: channel.local.address,
    port: socket.localPort,
    codecs: parts.codecs,
    profile: master === undefined ? "RTP/AVP" : "RTP/SAVP",
    sessionId,
    ...(master === undefined ? {} : { key: Buffer.concat([master.key, master.salt]).toString("base64") }),
  });
  const placed = await place(channel, parts, offer, io, signal);
  const { end } = placed.rung;
  if (end.kind !== "final" || end.response.code >= 300) return placed;
  const dialogParts = { timers: parts.timers, clock: io.clock, offer, withholdAck: parts.withholdAck };
  const dialog = OpenDialog.of(channel, placed.asked.request, end.response, dialogParts);
  if (dialog === undefined) return placed;
  const held = new HeldCall(dialog, end.response, end.at, { ...parts, offer, master }, io);
  try {
    await held.hold(socket, signal);
  } finally {
    await held.hangUp();
  }
  return { ...placed, answered: held.report() };
}

async function place(
  channel: SipChannel,
  parts: CallParts,
  offer: string,
  io: CallIo,
  signal: AbortSignal,
): Promise<CallRun> {
  let rung: Rung | undefined;
  const login = new Login(parts.account);
  const ask = (timer: number): Promise<AskedWithLogin> =>
    askWithLogin(
      inviteRequest(channel, {
        ...parts,
        offer,
        headers: [...timerHeaders(timer, parts), ...(parts.identity === undefined ? [] : [parts.identity])],
      }),
      login,
      async (invite) => {
        const { timers, patience } = parts;
        rung = await ring(channel, invite, { timers, clock: io.clock, patience }, signal);
        return rung;
      },
    );
  let asked = await ask(parts.timer);
  const refused = asked.exchange.end;
  const minSession =
    refused.kind === "final" && refused.response.code === 422 ? minSessionOf(refused.response) : undefined;
  // Once more with what it wants (RFC 4028 6); a wish beyond an hour is no test any more.
  if (minSession !== undefined && minSession <= 3600) asked = await ask(minSession);
  return { asked, rung: rung ?? asked.exchange, ...(minSession === undefined ? {} : { minSession }) };
}

function timerHeaders(seconds: number, { refresher }: CallParts): SipHeader[] {
  if (seconds === 0) return [];
  return [
    { name: "Supported", value: "timer" },
    { name: "Session-Expires", value: `${seconds};refresher=${refresher}` },
    { name: "Min-SE", value: String(Math.min(seconds, smallestSession)) },
  ];
}

// What a lost ACK costs: the far end gives up 64 × T1 after its answer.
const ackPatience = (timers: TransactionTimers): number => 64 * timers.t1 + 1000;

/** What was offered, and the key of our own media. */
interface HeldParts extends CallParts {
  readonly offer: string;
  readonly master: SrtpMaster | undefined;
}

class HeldCall {
  readonly #dialog: OpenDialog;
  readonly #response: SipResponse;
  readonly #at: number;
  readonly #parts: HeldParts;
  readonly #io: CallIo;
  readonly #sdp: SdpSession | undefined;
  #audio: AudioCount | undefined;
  #refresh: Refresh | undefined;
  #bye: { readonly code: number | undefined } | undefined;

  constructor(dialog: OpenDialog, response: SipResponse, at: number, parts: HeldParts, io: CallIo) {
    this.#dialog = dialog;
    this.#response = response;
    this.#at = at;
    this.#parts = parts;
    this.#io = io;
    const sdp = decodeSdp(Buffer.from(response.body).toString("utf8"));
    if (sdp.ok) this.#sdp = sdp.value;
  }

  async hold(socket: Parameters<typeof sendAudio>[0], signal: AbortSignal): Promise<void> {
    const { withholdAck, seconds, timer, timers } = this.#parts;
    if (!withholdAck) await this.#dialog.acknowledge();
    const target = this.#mediaTarget();
    // Both are waited for together: one that is left alone when the signal ends the other would reject unheard.
    const [audio] = await Promise.all([
      target === undefined ? undefined : sendAudio(socket, target, seconds, this.#io.clock, signal),
      this.#dialog.hold(seconds * 1000, signal),
    ]);
    this.#audio = audio;
    if (withholdAck || this.#dialog.answerRepeats.length > 1) await this.#watchRepeats(timers, signal);
    if (timer > 0) await this.#session(signal);
  }

  /** How long the server bears a call without ACK; it is over when no repeat came for longer than their longest pause. */
  async #watchRepeats(timers: TransactionTimers, signal: AbortSignal): Promise<void> {
    this.#io.say("the answer comes again: waiting how long the server bears a call without ACK");
    const quiet = timers.t2 + 1000;
    for (;;) {
      const since = this.#sinceAnswer();
      const last = (this.#dialog.answerRepeats.at(-1) ?? this.#at) - this.#at;
      const ended = this.#dialog.endedAt !== undefined;
      // A server that withheld ACKs make hang up does so a while after its last repeat.
      if (ended || since > ackPatience(timers) || (!this.#parts.withholdAck && since - last > quiet)) return;
      await this.#dialog.hold(500, signal);
    }
  }

  #sinceAnswer(): number {
    return this.#io.clock.mono() - this.#at;
  }

  #mediaTarget(): Parameters<typeof sendAudio>[1] | undefined {
    const media = this.#sdp?.media[0];
    const { master } = this.#parts;
    if (this.#sdp === undefined || media === undefined || media.port === 0) return undefined;
    const address = connectionAddress(this.#sdp, media);
    const payloadType = rtpMaps(media)[0]?.payloadType;
    return address === undefined || payloadType === undefined
      ? undefined
      : { address, port: media.port, payloadType, ...(master === undefined ? {} : { protection: master }) };
  }

  /** Who refreshes does so at half of the interval; the other side waits until shortly before its end. */
  async #session(signal: AbortSignal): Promise<void> {
    const session = sessionExpiresOf(this.#response);
    if (session === undefined || this.#dialog.endedAt !== undefined) return;
    const { refreshAt, endsAt } = sessionTimes(session.seconds);
    const theirs = session.refresher === "uas";
    this.#io.say(
      `the session is refreshed within ${theirs ? endsAt : refreshAt} s, by ${theirs ? "the server" : "us"}`,
    );
    const until = (theirs ? endsAt : refreshAt) * 1000 - this.#sinceAnswer();
    await this.#dialog.hold(until, signal, () => this.#dialog.refreshes.length > 0);
    const [came] = this.#dialog.refreshes;
    if (came !== undefined) this.#refresh = { by: "them", method: came.method, after: came.at - this.#at };
    else if (theirs || this.#dialog.endedAt !== undefined)
      this.#refresh = { by: "nobody", after: this.#sinceAnswer() };
    else this.#refresh = await this.#refreshOurselves(session.seconds, signal);
  }

  async #refreshOurselves(seconds: number, signal: AbortSignal): Promise<Refresh> {
    const after = this.#sinceAnswer();
    const allowed = headerValues(this.#response, "Allow").map((method) => method.toUpperCase());
    const method = allowed.includes("UPDATE") ? "UPDATE" : "INVITE";
    const headers = [
      { name: "Supported", value: "timer" },
      { name: "Session-Expires", value: `${seconds};refresher=uac` },
    ];
    // An UPDATE without a description, or the same description with the same version: nothing changes but the time.
    const body =
      method === "INVITE" ? { body: { type: "application/sdp", bytes: Buffer.from(this.#parts.offer) } } : {};
    const response = await this.#dialog.ask(method, { headers, ...body }, signal);
    return { by: "us", method, after, code: response?.code };
  }

  /** Late ACK and BYE; takes as long as the timers allow. */
  async hangUp(): Promise<void> {
    const { timers, withholdAck } = this.#parts;
    if (this.#dialog.endedAt !== undefined) return;
    if (withholdAck) await this.#dialog.acknowledge();
    const response = await this.#dialog
      .ask("BYE", {}, AbortSignal.timeout(timers.giveUp + 1000))
      .catch(() => undefined);
    if (this.#dialog.endedAt === undefined || response !== undefined) this.#bye = { code: response?.code };
  }

  report(): AnsweredCall {
    const { answerRepeats, endedAt, remoteTarget } = this.#dialog;
    const session = sessionExpiresOf(this.#response);
    return {
      at: this.#at,
      response: this.#response,
      remoteTarget,
      repeatsAfter: answerRepeats.map((at) => at - this.#at),
      ...(this.#sdp === undefined ? {} : { sdp: this.#sdp }),
      ...(this.#audio === undefined ? {} : { audio: this.#audio }),
      ...(session === undefined ? {} : { session }),
      ...(this.#refresh === undefined ? {} : { refresh: this.#refresh }),
      ...(endedAt === undefined ? {} : { endedAfter: endedAt - this.#at }),
      ...(this.#bye === undefined ? {} : { bye: this.#bye }),
    };
  }
}
