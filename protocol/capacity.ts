// What a number of calls takes of a line and of a server: packets, ports, bandwidth.

/** Kilobit a second of each codec's payload. */
export const codecRates = { g711: 64, g722: 64, g729: 8, opus: 24 } as const;
export type CodecName = keyof typeof codecRates;

export interface CapacityOrder {
  readonly calls: number;
  readonly codec: CodecName;
  /** Milliseconds of sound in a packet. */
  readonly packetTime: number;
  /** SRTP with an 80-bit tag. */
  readonly srtp: boolean;
  /** RTCP on the port of RTP (RFC 5761). */
  readonly rtcpMux: boolean;
  /** The server stands in the middle of the media: each call has two legs there. */
  readonly anchored: boolean;
}

export interface Capacity {
  /** Of one IP packet, header and all, bytes. */
  readonly packetBytes: number;
  /** Of one call in one direction. */
  readonly packetsPerSecond: number;
  /** Of one call in one direction on Ethernet, with preamble, gap and VLAN tag, kbit/s. */
  readonly kilobitsPerCall: number;
  /** Of all calls in one direction, with a quarter left free, Mbit/s: what the slower direction of the line must have. */
  readonly lineMegabits: number;
  /** RTP ports of the server, and with a fifth to spare. */
  readonly ports: number;
  readonly portsWithSpare: number;
  /** Through the server, both directions of all legs. */
  readonly serverPacketsPerSecond: number;
}

const rtpHeaders = 20 + 8 + 12;
const srtpTag = 10;
/** Preamble 8, header 14, VLAN tag 4, checksum 4, gap 12. */
const ethernet = 42;
const usable = 0.75;

/** The arithmetic for one kind of call. */
export function capacityFor(order: CapacityOrder): Capacity {
  const payload = Math.ceil((codecRates[order.codec] * order.packetTime) / 8);
  const packetBytes = payload + rtpHeaders + (order.srtp ? srtpTag : 0);
  const packetsPerSecond = 1000 / order.packetTime;
  const kilobitsPerCall = ((packetBytes + ethernet) * 8 * packetsPerSecond) / 1000;
  const legs = order.calls * (order.anchored ? 2 : 1);
  const ports = legs * (order.rtcpMux ? 1 : 2);
  return {
    packetBytes,
    packetsPerSecond,
    kilobitsPerCall,
    lineMegabits: (order.calls * kilobitsPerCall) / 1000 / usable,
    ports,
    portsWithSpare: Math.ceil(ports * 1.2),
    serverPacketsPerSecond: 2 * legs * packetsPerSecond,
  };
}

/** Requests a second that registrations make: each phone renews at half its expiry (s), and speaks at each keep-alive (s). */
export function registrationLoad(phones: number, expiry: number, keepAlive: number) {
  return { registersPerSecond: phones / (expiry / 2), keepAlivesPerSecond: phones / keepAlive };
}
