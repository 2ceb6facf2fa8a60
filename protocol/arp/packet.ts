import { decoded, mismatch, type Decoded } from "../decoded.ts";
import type { MacAddress } from "../mac-address.ts";

// ARP for IPv4 on Ethernet (RFC 826):
//   0 hardware 1  2 protocol 0x0800  4 lengths 6, 4  6 operation  8 sender's MAC  14 its address  18 target's MAC  24 address

export interface ArpPacket {
  readonly operation: "request" | "reply";
  readonly senderMac: MacAddress;
  readonly senderAddress: string;
  readonly targetMac: MacAddress;
  readonly targetAddress: string;
}

const length = 28;
const head = [0, 1, 8, 0, 6, 4];

export function encodeArp(packet: ArpPacket): Uint8Array {
  const octets = (address: string) => address.split(".").map(Number);
  return Uint8Array.from([
    ...head,
    0,
    packet.operation === "request" ? 1 : 2,
    ...Buffer.from(packet.senderMac, "hex"),
    ...octets(packet.senderAddress),
    ...Buffer.from(packet.targetMac, "hex"),
    ...octets(packet.targetAddress),
  ]);
}

/** What follows the packet is the padding of a short frame. */
export function decodeArp(bytes: Uint8Array): Decoded<ArpPacket> {
  if (bytes.length < length) return mismatch(`byte ${bytes.length}`, `${length} bytes`, "the end");
  const wrong = head.findIndex((octet, at) => bytes[at] !== octet);
  if (wrong >= 0)
    return mismatch(`byte ${wrong}`, `${head[wrong]}, as of IPv4 on Ethernet`, String(bytes[wrong]));
  const operation = (bytes[6] ?? 0) * 256 + (bytes[7] ?? 0);
  if (operation !== 1 && operation !== 2) return mismatch("byte 6", "1 or 2", String(operation));
  const mac = (at: number) => Buffer.from(bytes.subarray(at, at + 6)).toString("hex");
  const address = (at: number) => bytes.subarray(at, at + 4).join(".");
  return decoded({
    operation: operation === 1 ? "request" : "reply",
    senderMac: mac(8),
    senderAddress: address(14),
    targetMac: mac(18),
    targetAddress: address(24),
  });
}
