import { decoded, mismatch, type Decoded } from "../decoded.ts";

// An ICMP error (RFC 792) as a raw socket gives it: the router's IP header, type, code, checksum, four octets, and then the
// IP header and the first octets of the packet that it is about, as the router got it.

export interface IcmpError {
  /** The router, or the target itself. */
  readonly from: string;
  readonly kind: "time-exceeded" | "unreachable";
  /** Of `unreachable`: 3 is a closed port, 4 a packet too large. */
  readonly code: number;
  readonly quoted: {
    readonly tos: number;
    readonly destination: string;
    readonly sourcePort: number;
    readonly destinationPort: number;
  };
}

const udp = 17;

/** Reads an ICMP error about a UDP packet; everything else is refused. */
export function decodeIcmpError(bytes: Uint8Array): Decoded<IcmpError> {
  const outer = headerLength(bytes, 0);
  if (outer === undefined) return mismatch("byte 0", "an IPv4 header", `${bytes.length} bytes`);
  const [type = 0, code = 0] = bytes.subarray(outer);
  if (type !== 3 && type !== 11) return mismatch(`byte ${outer}`, "ICMP type 3 or 11", String(type));
  const at = outer + 8;
  const inner = headerLength(bytes, at);
  if (inner === undefined)
    return mismatch(`byte ${at}`, "a quoted IPv4 header", `${bytes.length} bytes in all`);
  if (bytes[at + 9] !== udp) return mismatch(`byte ${at + 9}`, "protocol 17", String(bytes[at + 9]));
  const ports = at + inner;
  if (ports + 4 > bytes.length) return mismatch(`byte ${ports}`, "two ports", `${bytes.length} bytes in all`);
  return decoded({
    from: bytes.subarray(12, 16).join("."),
    kind: type === 3 ? "unreachable" : "time-exceeded",
    code,
    quoted: {
      tos: bytes[at + 1] ?? 0,
      destination: bytes.subarray(at + 16, at + 20).join("."),
      sourcePort: ((bytes[ports] ?? 0) << 8) | (bytes[ports + 1] ?? 0),
      destinationPort: ((bytes[ports + 2] ?? 0) << 8) | (bytes[ports + 3] ?? 0),
    },
  });
}

/** Of the IPv4 header that begins here; undefined where none does or it is cut. */
function headerLength(bytes: Uint8Array, at: number): number | undefined {
  const first = bytes[at] ?? 0;
  const length = (first & 15) * 4;
  return first >> 4 !== 4 || length < 20 || at + length > bytes.length ? undefined : length;
}
