import { createHmac, type KeyObject } from "node:crypto";
import { AesCounter } from "./aes-counter.ts";
import { guessIndex, stepRollover, type RolloverState } from "./packet-index.ts";
import { counterStart, deriveSessionKeys, type SessionKeys } from "./session-keys.ts";
import { clearLength, readUint32 } from "./srtp-header.ts";
import { srtcpTag, srtpSuites, type SrtpMaster } from "./suite.ts";

// RFC 3711 3.1 and 3.4: header ‖ encrypted payload ‖ tag, the tag over all before it and the rollover counter;
// for RTCP: first 8 octets ‖ encrypted rest ‖ E bit and 31-bit index ‖ tag.

/** Protects the packets of one direction; one state per SSRC. */
export class SrtpSender {
  readonly #tag: number;
  readonly #rtp: SessionKeys;
  readonly #rtcp: SessionKeys;
  readonly #rtpCounter: AesCounter;
  readonly #rtcpCounter: AesCounter;
  readonly #streams = new Map<number, RolloverState>();
  #rtcpIndex = 0;

  constructor(master: SrtpMaster) {
    this.#tag = srtpSuites[master.suite].tag;
    this.#rtp = deriveSessionKeys(master, "rtp");
    this.#rtcp = deriveSessionKeys(master, "rtcp");
    this.#rtpCounter = new AesCounter(this.#rtp.cipher);
    this.#rtcpCounter = new AesCounter(this.#rtcp.cipher);
  }

  /** @throws RangeError for something that is no RTP packet: our bug. */
  protect(packet: Uint8Array): Uint8Array {
    const clear = clearLength(packet);
    if (clear === undefined) throw new RangeError("not an RTP packet");
    const ssrc = readUint32(packet, 8);
    const sequence = ((packet[2] ?? 0) << 8) | (packet[3] ?? 0);
    const state = this.#streams.get(ssrc) ?? { rollovers: 0, highest: sequence };
    const index = guessIndex(state, sequence);
    this.#streams.set(ssrc, stepRollover(state, index));
    const bytes = new Uint8Array(packet.length + this.#tag);
    bytes.set(packet);
    this.#rtpCounter.apply(counterStart(this.#rtp.salt, ssrc, index), bytes, clear, packet.length);
    const tag = rtpTag(this.#rtp.auth, bytes.subarray(0, packet.length), Math.floor(index / 0x1_0000));
    bytes.set(tag.subarray(0, this.#tag), packet.length);
    return bytes;
  }

  /** A whole RTCP compound, from its first packet's header on. @throws RangeError for fewer than 8 octets. */
  protectRtcp(compound: Uint8Array): Uint8Array {
    if (compound.length < 8) throw new RangeError("not an RTCP compound");
    const { length } = compound;
    this.#rtcpIndex = (this.#rtcpIndex + 1) % 0x8000_0000;
    const bytes = new Uint8Array(length + 4 + srtcpTag);
    bytes.set(compound);
    const start = counterStart(this.#rtcp.salt, readUint32(compound, 4), this.#rtcpIndex);
    this.#rtcpCounter.apply(start, bytes, 8, length);
    new DataView(bytes.buffer).setUint32(length, (0x8000_0000 | this.#rtcpIndex) >>> 0);
    bytes.set(rtcpTag(this.#rtcp.auth, bytes.subarray(0, length + 4)), length + 4);
    return bytes;
  }
}

/** The whole 20 octets; a suite takes the first of them. */
export function rtpTag(key: KeyObject, bytes: Uint8Array, rollovers: number): Uint8Array {
  const counter = Uint8Array.of(rollovers >>> 24, rollovers >>> 16, rollovers >>> 8, rollovers);
  return createHmac("sha1", key).update(bytes).update(counter).digest();
}

export function rtcpTag(key: KeyObject, bytes: Uint8Array): Uint8Array {
  return createHmac("sha1", key).update(bytes).digest().subarray(0, srtcpTag);
}
