/** One UDP datagram (RFC 768). */
export interface UdpDatagram {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly payload: Buffer;
}

/** Undefined: no whole header. A length of 0 or beyond the packet is read as "to the end". */
export function decodeUdp(payload: Buffer): UdpDatagram | undefined {
  if (payload.length < 8) return undefined;
  const length = payload.readUInt16BE(4);
  const end = length < 8 ? payload.length : Math.min(length, payload.length);
  return {
    sourcePort: payload.readUInt16BE(0),
    destinationPort: payload.readUInt16BE(2),
    payload: payload.subarray(8, end),
  };
}

/** One TCP segment (RFC 9293 3.1). */
export interface TcpSegment {
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** 32 bits. */
  readonly sequence: number;
  readonly acknowledgment: number;
  readonly flags: {
    readonly fin: boolean;
    readonly syn: boolean;
    readonly rst: boolean;
    readonly ack: boolean;
  };
  readonly payload: Buffer;
}

export function decodeTcp(payload: Buffer): TcpSegment | undefined {
  if (payload.length < 20) return undefined;
  const header = (payload.readUInt8(12) >> 4) * 4;
  if (header < 20 || header > payload.length) return undefined;
  const flags = payload.readUInt8(13);
  return {
    sourcePort: payload.readUInt16BE(0),
    destinationPort: payload.readUInt16BE(2),
    sequence: payload.readUInt32BE(4),
    acknowledgment: payload.readUInt32BE(8),
    flags: {
      fin: (flags & 1) !== 0,
      syn: (flags & 2) !== 0,
      rst: (flags & 4) !== 0,
      ack: (flags & 16) !== 0,
    },
    payload: payload.subarray(header),
  };
}
