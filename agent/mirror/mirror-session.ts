import { ArrivalCount, tellArrivals, type Arrival } from "../../protocol/rtp/arrivals.ts";
import type { RatedCodec } from "../../protocol/rtp/e-model.ts";
import { encodeEncapRtp } from "../../protocol/rtp/encaprtp.ts";
import { decodeALaw, decodeMuLaw, encodeALaw, encodeMuLaw, type G711Law } from "../../protocol/rtp/g711.ts";
import type { MirrorReport } from "../../protocol/rtp/mirror-totals.ts";
import { decodeRtp, encodeRtp, type RtpPacket } from "../../protocol/rtp/packet.ts";
import { firstSequence, nextSequence, type SequenceState } from "../../protocol/rtp/sequence.ts";
import { RtcpReporter } from "../../protocol/rtp/rtcp-reporter.ts";
import { looksLikeRtcp } from "../../protocol/rtp/rtcp.ts";
import { SrtpReceiver } from "../../protocol/srtp/srtp-receiver.ts";
import { SrtpSender } from "../../protocol/srtp/srtp-sender.ts";
import type { SrtpMaster } from "../../protocol/srtp/suite.ts";
import type { Datagram } from "../io/udp/udp.ts";

export interface MirrorLimits {
  /** Per session. */
  readonly packetsPerSecond: number;
  /** Per session. */
  readonly seconds: number;
  /** At once. */
  readonly sessions: number;
}

export const usualMirrorLimits: MirrorLimits = { packetsPerSecond: 100, seconds: 60, sessions: 50 };

/**
 * RFC 6849: `encaprtp` and `rtploopback` are packet loopback, with the source's header in it or without; `media` decodes and
 * encodes again. `echo` is a normal call: the payload alone, under our own header and the media's own pace.
 */
export type MirrorMode = "encaprtp" | "rtploopback" | "media" | "echo";

/** What the two sides agreed on in SIP. */
export interface MirrorTerms {
  readonly mode: MirrorMode;
  /** Of our packets: the encaprtp type, or the media's own. */
  readonly payloadType: number;
  /** Media types that the source may send. */
  readonly accepted: ReadonlySet<number>;
  readonly clock: number;
  /** What the media are made of, for a score in our reports; absent: nothing we have figures for. */
  readonly rated?: RatedCodec | undefined;
  /** Type of telephone-event, if it was agreed on. */
  readonly eventType?: number;
  /** Of `media`. */
  readonly law?: G711Law;
  /** Media comes under the source's key, and goes back under ours: the same protection both ways (RFC 6849 12). */
  readonly protection?: { readonly source: SrtpMaster; readonly ours: SrtpMaster };
  /** The source's SSRC, if its offer announced one. */
  readonly sourceSsrc?: number;
  /** The only address that packets may come from; absent: any, as a NAT may give media another one. */
  readonly sourceAddress?: string;
}

/** Random numbers of one session; none is ever copied from the source. */
export interface MirrorIdentity {
  readonly ssrc: number;
  /** Of the packets that open the way back before anything came. */
  readonly openerSsrc: number;
  readonly sequence: number;
  readonly receiveOffset: number;
  readonly sendOffset: number;
}

export type MirrorRefusal =
  | "not RTP"
  | "own SSRC"
  | "another SSRC"
  | "another source"
  | "low port"
  | "other payload type"
  | "rate limit"
  | "time limit"
  | "not confirmed"
  | "not protected as agreed";

interface Source {
  readonly address: string;
  readonly port: number;
  readonly ssrc: number;
}

/** One looped stream: takes datagrams, gives the answer to each or none. Opens nothing; the clock is an argument. */
export class MirrorSession {
  readonly terms: MirrorTerms;
  readonly limits: MirrorLimits;
  readonly refusals = new Map<MirrorRefusal, number>();
  /** Packets are answered once the 200 was acknowledged: whoever sent the INVITE really is where it said. */
  confirmed = false;
  readonly #identity: MirrorIdentity;
  readonly #openedAt: number;
  readonly #seen = new Set<number>();
  readonly #recent: number[] = [];
  readonly #receiver: SrtpReceiver | undefined;
  readonly #sender: SrtpSender | undefined;
  readonly #reports: RtcpReporter;
  readonly #arrivals = new ArrivalCount();
  #source: Source | undefined;
  #sequence: SequenceState | undefined;
  #sent = 0;
  #limited = 0;
  #openers = 0;

  /** `epoch`: ms to add to `now` to have ms since 1970. */
  constructor(terms: MirrorTerms, limits: MirrorLimits, identity: MirrorIdentity, now: number, epoch = 0) {
    this.terms = terms;
    this.limits = limits;
    this.#identity = identity;
    this.#openedAt = now;
    const { protection } = terms;
    this.#receiver = protection === undefined ? undefined : new SrtpReceiver(protection.source);
    this.#sender = protection === undefined ? undefined : new SrtpSender(protection.ours);
    this.#reports = new RtcpReporter(identity.ssrc, terms.clock, "offhook-mirror", {
      codec: terms.rated,
      epoch,
    });
  }

  get report(): MirrorReport {
    return { received: this.#seen.size, sent: this.#sent, limited: this.#limited };
  }

  /** How the source's packets arrived, most first; none where the system does not tell. */
  get arrivals(): readonly Arrival[] {
    return this.#arrivals.all;
  }

  /** Who sends, once somebody did. */
  get source(): Source | undefined {
    return this.#source;
  }

  isOver(now: number): boolean {
    return now - this.#openedAt >= this.limits.seconds * 1000;
  }

  /** The packet to send back, to the address and port it came from. */
  answer(received: Datagram, now: number): Uint8Array | undefined {
    if (looksLikeRtcp(received.bytes)) return this.#answerRtcp(received, now);
    const clear = this.#receiver?.decode(received.bytes);
    if (clear !== undefined && !clear.ok) return this.#drop("not protected as agreed");
    const datagram = clear === undefined ? received : { ...received, bytes: clear.value };
    const read = decodeRtp(datagram.bytes);
    const refusal = read.ok ? this.#refuse(read.value, datagram, now) : "not RTP";
    if (!read.ok || refusal !== undefined) return this.#drop(refusal ?? "not RTP");
    this.#source ??= { address: datagram.address, port: datagram.port, ssrc: read.value.ssrc };
    this.#count(read.value.sequence);
    this.#reports.take(read.value, datagram.at, !this.#isEvent(read.value));
    this.#arrivals.take(datagram);
    if (!this.#mayAnswer(now)) {
      this.#limited += 1;
      return this.#drop("rate limit");
    }
    return this.#protect(this.#reflect(read.value, datagram, now));
  }

  #protect(packet: Uint8Array): Uint8Array {
    return this.#sender?.protect(packet) ?? packet;
  }

  /** A report for a report, no larger and no more often than the source sends them: nothing to amplify with. */
  #answerRtcp(datagram: Datagram, now: number): Uint8Array | undefined {
    const source = this.#source;
    const known = source?.address === datagram.address && source.port === datagram.port;
    if (!known || !this.confirmed || this.isOver(now)) return this.#drop("another source");
    const clear = this.#receiver?.decodeRtcp(datagram.bytes);
    if (clear !== undefined && !clear.ok) return this.#drop("not protected as agreed");
    const bytes = clear === undefined ? datagram.bytes : clear.value;
    if (!this.#reports.hear(bytes, now, source.ssrc)) return this.#drop("not RTP");
    if (!this.#mayAnswer(now)) return this.#drop("rate limit");
    const tells = this.#reports.heard.asks && this.arrivals.length > 0;
    const report = this.#reports.write(now, this.#ticks(now, this.#identity.sendOffset), {
      room: bytes.length,
      more: tells ? [tellArrivals(this.#identity.ssrc, this.arrivals)] : [],
    });
    if (report === undefined) return undefined;
    return this.#sender?.protectRtcp(report) ?? report;
  }

  /**
   * A packet without payload that opens a NAT's or firewall's way back and shows the source that this direction works,
   * or undefined when packets of the source came. It has an SSRC of its own: the looped stream's numbers stay whole.
   */
  opener(now: number): Uint8Array | undefined {
    if (this.#source !== undefined || this.isOver(now)) return undefined;
    this.#openers += 1;
    const opener = encodeRtp({
      marker: false,
      payloadType: this.terms.payloadType,
      sequence: this.#openers,
      timestamp: this.#ticks(now, this.#identity.sendOffset),
      ssrc: this.#identity.openerSsrc,
      payload: new Uint8Array(),
    });
    return this.#protect(opener);
  }

  #refuse(packet: RtpPacket, from: Datagram, now: number): MirrorRefusal | undefined {
    const { terms } = this;
    if (!this.confirmed) return "not confirmed";
    if (this.isOver(now)) return "time limit";
    // A port below 1024 is some other service's: it would answer us, and we it.
    if (from.port < 1024) return "low port";
    // Two mirrors facing each other would pass a packet round for ever (RFC 6849 12).
    if (packet.ssrc === this.#identity.ssrc || packet.ssrc === this.#identity.openerSsrc) return "own SSRC";
    if (!terms.accepted.has(packet.payloadType)) return "other payload type";
    const source = this.#source;
    if (source !== undefined) {
      if (packet.ssrc !== source.ssrc) return "another SSRC";
      return from.address === source.address && from.port === source.port ? undefined : "another source";
    }
    if (terms.sourceSsrc !== undefined && packet.ssrc !== terms.sourceSsrc) return "another SSRC";
    const known = terms.sourceAddress === undefined || terms.sourceAddress === from.address;
    return known ? undefined : "another source";
  }

  #drop(refusal: MirrorRefusal): undefined {
    this.refusals.set(refusal, (this.refusals.get(refusal) ?? 0) + 1);
  }

  #count(sequence: number): void {
    const step =
      this.#sequence === undefined
        ? { state: firstSequence(sequence), extended: sequence }
        : nextSequence(this.#sequence, sequence);
    this.#sequence = step.state;
    if (step.extended !== undefined) this.#seen.add(step.extended);
  }

  /** At most so many answers in any second. */
  #mayAnswer(now: number): boolean {
    while (this.#recent.length > 0 && now - (this.#recent[0] ?? now) >= 1000) this.#recent.shift();
    if (this.#recent.length >= this.limits.packetsPerSecond) return false;
    this.#recent.push(now);
    return true;
  }

  /** In arrival order, at once, no buffer, own header (RFC 6849 7). Larger than what came by 16 octets at most. */
  #reflect(packet: RtpPacket, datagram: Datagram, now: number): Uint8Array {
    const { mode, payloadType, law } = this.terms;
    const receiveTimestamp = this.#ticks(datagram.at, this.#identity.receiveOffset);
    // Packet loopback is timed by us (RFC 6849 7); what a phone plays keeps the pace of the media.
    const ours = mode === "encaprtp" || mode === "rtploopback";
    const payload =
      mode === "encaprtp"
        ? encodeEncapRtp({ receiveTimestamp, fragment: "whole", inner: datagram.bytes })
        : mode === "media" && law !== undefined
          ? transcoded(packet.payload, law)
          : packet.payload;
    const answer = encodeRtp({
      marker: mode !== "encaprtp" && packet.marker,
      // Events among the media come back under their own type.
      payloadType: ours || !this.#isEvent(packet) ? payloadType : packet.payloadType,
      sequence: this.#identity.sequence + this.#sent,
      timestamp: ours
        ? this.#ticks(now, this.#identity.sendOffset)
        : packet.timestamp + this.#identity.sendOffset,
      ssrc: this.#identity.ssrc,
      payload,
    });
    this.#reports.sent(payload.length);
    this.#sent += 1;
    return answer;
  }

  #isEvent({ payloadType }: RtpPacket): boolean {
    return payloadType === this.terms.eventType;
  }

  #ticks(at: number, offset: number): number {
    return (Math.round((at * this.terms.clock) / 1000) + offset) % 0x1_0000_0000;
  }
}

/** Decoded and encoded again (RFC 6849 8): the sound is the same, silence is written in one way only. */
function transcoded(payload: Uint8Array, law: G711Law): Uint8Array {
  return law === "pcmu"
    ? payload.map((octet) => encodeMuLaw(decodeMuLaw(octet)))
    : payload.map((octet) => encodeALaw(decodeALaw(octet)));
}
