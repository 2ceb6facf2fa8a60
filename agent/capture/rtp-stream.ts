import { StreamMeter } from "../../protocol/rtp/stream-meter.ts";
import type { RtpMap } from "../../protocol/sdp/session.ts";
import { isEvent } from "./announced-media.ts";

/** What a payload type is, as far as it is known. */
export interface PayloadKind {
  /** As in SDP; `PT 97` where nobody said. */
  readonly name: string;
  /** 0: unknown. */
  readonly clock: number;
  /** False: its timestamps do not follow the media clock (telephone-event, comfort noise). */
  readonly timed: boolean;
}

/** RFC 3551's static types; the first ones that phones use. */
const staticKinds: ReadonlyMap<number, PayloadKind> = new Map(
  (
    [
      [0, "PCMU"],
      [3, "GSM"],
      [4, "G723"],
      [8, "PCMA"],
      [9, "G722"],
      [13, "CN"],
      [15, "G728"],
      [18, "G729"],
    ] as const
  ).map(([type, name]) => [type, { name, clock: 8000, timed: name !== "CN" }]),
);

/** What this payload type is to a receiver that announced these maps. */
export function payloadKind(payloadType: number, maps: readonly RtpMap[]): PayloadKind {
  const map = maps.find((each) => each.payloadType === payloadType);
  if (map === undefined)
    return staticKinds.get(payloadType) ?? { name: `PT ${payloadType}`, clock: 0, timed: true };
  const timed = !isEvent(map.encoding) && map.encoding.toUpperCase() !== "CN";
  return { name: map.encoding, clock: map.clock, timed };
}

/** One stream: one SSRC from one endpoint to another. */
export class RtpStream {
  readonly ssrc: number;
  readonly source: string;
  readonly destination: string;
  readonly meter: StreamMeter;
  readonly firstNumber: number;
  lastNumber = 0;
  /** Packet that ended the longest pause. */
  pauseNumber = 0;
  /** Packets by DSCP. */
  readonly dscp = new Uint32Array(64);
  /** Packets by payload type. */
  readonly payloadTypes = new Uint32Array(128);
  /** Octets of payload. */
  octets = 0;
  /** Telephone events (RFC 4733), each once whatever its packets; which key it was is nobody's business. */
  events = 0;
  /** By the SDP of a call, or by its look alone. */
  announced = false;
  /** Payload of the packet before, where it was the media's: for the packet time. */
  mediaType = -1;
  kinds: (PayloadKind | undefined)[] = [];
  maps: readonly RtpMap[] = [];
  #lastEvent = -1;
  #lastTimestamp = -1;
  #lastSequence = -1;
  /** Timestamp step between two packets in a row, as last seen. */
  step = 0;

  constructor(ssrc: number, source: string, destination: string, firstNumber: number) {
    this.ssrc = ssrc;
    this.source = source;
    this.destination = destination;
    this.firstNumber = firstNumber;
    this.meter = new StreamMeter(0);
  }

  /** Takes what a receiver announced; the media's clock is known from now on. */
  announce(maps: readonly RtpMap[]): void {
    this.announced = true;
    this.maps = maps;
    this.kinds = [];
    if (this.mediaType !== -1) this.meter.clock = this.#kind(this.mediaType).clock;
  }

  #kind(payloadType: number): PayloadKind {
    return (this.kinds[payloadType] ??= payloadKind(payloadType, this.maps));
  }

  /** One packet, read in place: `at` is where its RTP header stands in `data`. */
  take(data: Uint8Array, at: number, length: number, dscp: number, time: number, number: number): void {
    const second = data[at + 1] ?? 0;
    const payloadType = second & 0x7f;
    const sequence = ((data[at + 2] ?? 0) << 8) | (data[at + 3] ?? 0);
    const timestamp =
      (((data[at + 4] ?? 0) << 24) |
        ((data[at + 5] ?? 0) << 16) |
        ((data[at + 6] ?? 0) << 8) |
        (data[at + 7] ?? 0)) >>>
      0;
    this.payloadTypes[payloadType] = (this.payloadTypes[payloadType] ?? 0) + 1;
    this.dscp[dscp] = (this.dscp[dscp] ?? 0) + 1;
    this.octets += length - 12;
    this.lastNumber = number;
    const kind = this.#kind(payloadType);
    if (kind.timed) this.#media(payloadType, kind, sequence, timestamp);
    else if (kind.name !== "CN" && timestamp !== this.#lastEvent) {
      this.#lastEvent = timestamp;
      this.events += 1;
    }
    const { maxDelta } = this.meter;
    this.meter.add(sequence, timestamp, time, kind.timed);
    if (this.meter.maxDelta !== maxDelta) this.pauseNumber = number;
  }

  #media(payloadType: number, kind: PayloadKind, sequence: number, timestamp: number): void {
    if (payloadType !== this.mediaType) {
      this.mediaType = payloadType;
      this.meter.clock = kind.clock;
    }
    if (sequence === ((this.#lastSequence + 1) & 0xffff) && this.#lastTimestamp !== -1)
      this.step = (timestamp - this.#lastTimestamp) >>> 0;
    this.#lastSequence = sequence;
    this.#lastTimestamp = timestamp;
  }

  /** The codec most of the media came in. */
  get codec(): string {
    let best = -1;
    let most = 0;
    for (const [type, count] of this.payloadTypes.entries())
      if (count > most && this.#kind(type).timed) [best, most] = [type, count];
    return best === -1 ? "" : this.#kind(best).name;
  }

  /** Milliseconds of media per packet; 0 where it cannot be told. */
  get packetTime(): number {
    return this.meter.clock === 0 ? 0 : (this.step * 1000) / this.meter.clock;
  }
}
