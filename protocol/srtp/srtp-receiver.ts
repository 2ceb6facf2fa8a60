import { timingSafeEqual } from "node:crypto";
import { decoded, mismatch, type Decoded } from "../decoded.ts";
import { AesCounter } from "./aes-counter.ts";
import { guessIndex, stepRollover, type RolloverState } from "./packet-index.ts";
import { ReplayWindow } from "./replay-window.ts";
import { counterStart, deriveSessionKeys, type SessionKeys } from "./session-keys.ts";
import { clearLength, readUint32 } from "./srtp-header.ts";
import { rtcpTag, rtpTag } from "./srtp-sender.ts";
import { srtcpTag, srtpSuites, type SrtpMaster } from "./suite.ts";

interface Stream {
  rollover: RolloverState;
  readonly window: ReplayWindow;
}

// A stranger must not be able to fill memory with SSRCs: none is kept before its tag was right, and no more than these.
const mostStreams = 64;

/** Reads the protected packets of one direction: tag, replay, then the clear packet. */
export class SrtpReceiver {
  readonly #tag: number;
  readonly #rtp: SessionKeys;
  readonly #rtcp: SessionKeys;
  readonly #rtpCounter: AesCounter;
  readonly #rtcpCounter: AesCounter;
  readonly #streams = new Map<number, Stream>();
  readonly #rtcpWindows = new Map<number, ReplayWindow>();

  constructor(master: SrtpMaster) {
    this.#tag = srtpSuites[master.suite].tag;
    this.#rtp = deriveSessionKeys(master, "rtp");
    this.#rtcp = deriveSessionKeys(master, "rtcp");
    this.#rtpCounter = new AesCounter(this.#rtp.cipher);
    this.#rtcpCounter = new AesCounter(this.#rtcp.cipher);
  }

  /** The RTP packet in the clear. The place of a refusal is `tag` for a wrong key or a forgery, `replay` for a repeat. */
  decode(packet: Uint8Array): Decoded<Uint8Array> {
    const end = packet.length - this.#tag;
    const clear = clearLength(packet);
    if (clear === undefined || clear > end)
      return mismatch("length", `an RTP packet and a tag of ${this.#tag} octets`, String(packet.length));
    const ssrc = readUint32(packet, 8);
    const sequence = ((packet[2] ?? 0) << 8) | (packet[3] ?? 0);
    const stream = this.#streams.get(ssrc) ?? {
      rollover: { rollovers: 0, highest: sequence },
      window: new ReplayWindow(),
    };
    const index = guessIndex(stream.rollover, sequence);
    if (!stream.window.isNew(index)) return mismatch("replay", "a new index", String(index));
    const tag = rtpTag(this.#rtp.auth, packet.subarray(0, end), Math.floor(index / 0x1_0000));
    if (!timingSafeEqual(tag.subarray(0, this.#tag), packet.subarray(end)))
      return mismatch("tag", "the tag of our key", "another");
    stream.window.take(index);
    stream.rollover = stepRollover(stream.rollover, index);
    if (this.#streams.has(ssrc) || this.#streams.size < mostStreams) this.#streams.set(ssrc, stream);
    const bytes = packet.slice(0, end);
    this.#rtpCounter.apply(counterStart(this.#rtp.salt, ssrc, index), bytes, clear, end);
    return decoded(bytes);
  }

  /** The RTCP compound in the clear, with the same places of refusal. */
  decodeRtcp(packet: Uint8Array): Decoded<Uint8Array> {
    const end = packet.length - srtcpTag - 4;
    if (end < 8) return mismatch("length", `${8 + 4 + srtcpTag} octets or more`, String(packet.length));
    const word = readUint32(packet, end);
    const index = word & 0x7fff_ffff;
    const ssrc = readUint32(packet, 4);
    const window = this.#rtcpWindows.get(ssrc) ?? new ReplayWindow();
    if (!window.isNew(index)) return mismatch("replay", "a new index", String(index));
    const tag = rtcpTag(this.#rtcp.auth, packet.subarray(0, end + 4));
    if (!timingSafeEqual(tag, packet.subarray(end + 4)))
      return mismatch("tag", "the tag of our key", "another");
    window.take(index);
    if (this.#rtcpWindows.has(ssrc) || this.#rtcpWindows.size < mostStreams)
      this.#rtcpWindows.set(ssrc, window);
    const bytes = packet.slice(0, end);
    if (word >>> 31 === 1) this.#rtcpCounter.apply(counterStart(this.#rtcp.salt, ssrc, index), bytes, 8, end);
    return decoded(bytes);
  }
}
