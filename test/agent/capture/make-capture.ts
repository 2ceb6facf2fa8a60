import { encodePcapHeader, encodePcapRecord } from "../../../protocol/capture/encode-pcap.ts";
import { encodeRtp } from "../../../protocol/rtp/packet.ts";
import { seededRandom } from "../../fakes/seeded-random.ts";
import { ethernet, ipv4, udp } from "../../protocol/capture/frames.ts";

/** Builds captures with planted faults. Endpoints are `address:port`; times are ms after the start. */

export const startedAt = Date.UTC(2026, 0, 2, 3, 4, 5);

export interface DraftPacket {
  readonly at: number;
  readonly frame: Uint8Array;
}

function place(endpoint: string): { readonly address: string; readonly port: number } {
  const [address = "", port = "0"] = endpoint.split(":");
  return { address, port: Number(port) };
}

export function datagram(at: number, from: string, to: string, payload: Uint8Array, dscp = 0): DraftPacket {
  const [source, destination] = [place(from), place(to)];
  const packet = ipv4({
    source: source.address,
    destination: destination.address,
    protocol: 17,
    tos: dscp << 2,
    payload: udp(source.port, destination.port, payload),
  });
  return { at, frame: ethernet(0x0800, packet) };
}

/** A message with `\n` line ends and `{to}`-like places left to the caller; Content-Length is added. */
export function sip(at: number, from: string, to: string, text: string, body = ""): DraftPacket {
  const head = text.trim().replaceAll(/\n\s*/g, "\r\n");
  const kind = body === "" ? "" : "Content-Type: application/sdp\r\n";
  const octets = `${head}\r\n${kind}Content-Length: ${body.length}\r\n\r\n${body}`;
  return datagram(at, from, to, Buffer.from(octets), 24);
}

export function sdp(
  address: string,
  port: number,
  more = "m=audio PORT RTP/AVP 0 8 101\na=rtpmap:101 telephone-event/8000",
): string {
  const lines = [
    `v=0`,
    `o=- 1 1 IN IP4 ${address}`,
    "s=-",
    `c=IN IP4 ${address}`,
    "t=0 0",
    ...more.replace("PORT", `${port}`).split("\n"),
  ];
  return lines.map((line) => `${line}\r\n`).join("");
}

export interface StreamDraft {
  readonly from: string;
  readonly to: string;
  readonly packets: number;
  readonly at?: number;
  readonly ssrc?: number;
  readonly firstSequence?: number;
  readonly firstTimestamp?: number;
  readonly payloadType?: number;
  readonly dscp?: number;
  /** Shares, from 0 to 1. */
  readonly loss?: number;
  readonly duplicates?: number;
  readonly reorder?: number;
  /** Each packet is late by up to so many ms. */
  readonly jitterMs?: number;
  readonly seed?: number;
  /** Of the timestamp, from packet to packet. */
  readonly step?: number;
}

/** 20 ms packets of 160 octets, in the order in which they come. */
export function stream(draft: StreamDraft): DraftPacket[] {
  const random = seededRandom(draft.seed ?? 1);
  const payload = Buffer.alloc(160, 0xd5);
  const packets: DraftPacket[] = [];
  for (let index = 0; index < draft.packets; index += 1) {
    const late = random.next() * (draft.jitterMs ?? 0) + (random.next() < (draft.reorder ?? 0) ? 50 : 0);
    const lost = index > 0 && index < draft.packets - 1 && random.next() < (draft.loss ?? 0);
    const twice = random.next() < (draft.duplicates ?? 0);
    if (lost) continue;
    const octets = encodeRtp({
      marker: false,
      payloadType: draft.payloadType ?? 0,
      sequence: (draft.firstSequence ?? 100) + index,
      timestamp: ((draft.firstTimestamp ?? 1000) + index * (draft.step ?? 160)) >>> 0,
      ssrc: draft.ssrc ?? 0x1234,
      payload,
    });
    const packet = datagram(
      (draft.at ?? 0) + index * 20 + late,
      draft.from,
      draft.to,
      octets,
      draft.dscp ?? 46,
    );
    packets.push(packet);
    if (twice) packets.push({ ...packet, at: packet.at + 0.1 });
  }
  return packets.toSorted((a, b) => a.at - b.at);
}

/** All packets in the order of their times, as one pcap file. */
export function captureFile(packets: readonly DraftPacket[]): Buffer {
  const records = packets
    .toSorted((a, b) => a.at - b.at)
    .map(({ at, frame }) =>
      encodePcapRecord({ at: startedAt + at, data: Buffer.from(frame), length: frame.length }),
    );
  return Buffer.concat([encodePcapHeader(1), ...records]);
}
