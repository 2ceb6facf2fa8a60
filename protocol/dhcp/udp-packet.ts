import { dhcpPort } from "./message.ts";

// A datagram from a host that has no address yet: IPv4 and UDP headers (RFC 791, RFC 768) around it, from 0.0.0.0 to all.

const ipLength = 20;
const udpLength = 8;
const udp = 17;

/** An IP packet from 0.0.0.0:68 to 255.255.255.255:67. */
export function encodeDhcpPacket(payload: Uint8Array): Uint8Array {
  const packet = Buffer.alloc(ipLength + udpLength + payload.length);
  packet.writeUInt8(0x45, 0);
  packet.writeUInt16BE(packet.length, 2);
  packet.writeUInt8(64, 8);
  packet.writeUInt8(udp, 9);
  packet.fill(255, 16, 20);
  packet.writeUInt16BE(checksum(packet.subarray(0, ipLength)), 10);
  packet.writeUInt16BE(dhcpPort.client, ipLength);
  packet.writeUInt16BE(dhcpPort.server, ipLength + 2);
  packet.writeUInt16BE(udpLength + payload.length, ipLength + 4);
  packet.set(payload, ipLength + udpLength);
  // The sum also covers both addresses, the protocol and the length; 0 would say that there is none.
  const pseudo = Buffer.from([
    ...packet.subarray(12, 20),
    0,
    udp,
    ...packet.subarray(ipLength + 4, ipLength + 6),
  ]);
  const sum = checksum(Buffer.concat([pseudo, packet.subarray(ipLength)]));
  packet.writeUInt16BE(sum === 0 ? 0xffff : sum, ipLength + 6);
  return Uint8Array.from(packet);
}

/** RFC 1071. */
function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let i = 0; i < bytes.length; i += 2) sum += bytes.readUInt8(i) * 256 + (bytes[i + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}
