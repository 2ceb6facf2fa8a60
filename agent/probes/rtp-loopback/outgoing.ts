import { mediaCodecs, type MediaCodec } from "../../../protocol/rtp/media-codec.ts";
import { planKeys, type KeyPlan } from "../../../protocol/rtp/telephone-event.ts";
import type { RtpOutgoing } from "../../io/rtp/rtp-sender.ts";
import type { FarEnd } from "./offer.ts";
import type { OpenStream } from "./open-stream.ts";
import { paceOf, type RunParts } from "./run-parts.ts";

export const noKeys: KeyPlan = { packets: [], keys: "" };
const keysStartMs = 500;

/** Keys go where the far end takes them, half a second after the start and clear of the end. */
export function keysFor({ eventType }: FarEnd, parts: RunParts): KeyPlan {
  if (eventType === undefined || parts.keys === "") return noKeys;
  const { packetTime, count, samplesPerPacket } = paceOf(parts);
  const first = Math.ceil(keysStartMs / packetTime);
  return planKeys(parts.keys, { ms: packetTime, ticks: samplesPerPacket, first, last: count - 1 });
}

/** What the sender is to send of one stream. */
export function outgoing(
  { socket, own, farEnd }: OpenStream,
  { codec: name, packetTime }: RunParts,
  { packets }: KeyPlan,
): RtpOutgoing {
  const codec: MediaCodec = mediaCodecs[name];
  return {
    socket,
    address: farEnd.address,
    port: farEnd.port,
    // What the far end calls the format is what it expects (RFC 3264 6.1).
    payloadType: farEnd.mode === "echo" ? farEnd.payloadType : codec.payloadType,
    ssrc: own.ssrc,
    sequence: own.sequence,
    timestamp: own.timestamp,
    payload: codec.payload(packetTime),
    markAt: codec.head,
    ...(farEnd.eventType === undefined || packets.length === 0
      ? {}
      : { events: { payloadType: farEnd.eventType, packets } }),
    ...(farEnd.protection === undefined ? {} : { protection: farEnd.protection.ours }),
  };
}
