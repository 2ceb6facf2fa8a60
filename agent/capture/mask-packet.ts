import { decodeIp, ipProtocols } from "../../protocol/capture/decode-ip.ts";
import { decodeLink } from "../../protocol/capture/decode-link.ts";
import { maskOctets } from "./mask-secrets.ts";

/** Octets of the transport's header before its payload, and where its checksum stands. */
const transports: ReadonlyMap<number, { readonly checksumAt: number; headerOf(data: Buffer): number }> =
  new Map([
    [ipProtocols.udp, { checksumAt: 6, headerOf: () => 8 }],
    [ipProtocols.tcp, { checksumAt: 16, headerOf: (data: Buffer) => ((data[12] ?? 0) >> 4) * 4 }],
  ]);

/**
 * Masks the secrets in a packet, in place, and keeps its checksum as good or bad as it was. What a TCP segment or a fragment
 * cuts in two is masked as far as each part shows it.
 */
export function maskPacket(linkType: number, data: Buffer): void {
  const link = decodeLink(linkType, data);
  const ip = link === undefined ? undefined : decodeIp(link.etherType, data, link.offset);
  if (ip === undefined) return;
  const transport = ip.fragment === undefined ? transports.get(ip.protocol) : undefined;
  if (transport === undefined) {
    maskOctets(ip.payload);
    return;
  }
  const payload = ip.payload.subarray(transport.headerOf(ip.payload));
  const before = sumOf(payload);
  if (!maskOctets(payload) || ip.payload.length < transport.checksumAt + 2) return;
  const checksum = ip.payload.readUInt16BE(transport.checksumAt);
  // 0 in UDP: there is none (RFC 768).
  if (checksum === 0 && ip.protocol === ipProtocols.udp) return;
  // RFC 1624 3: HC' = ~(~HC + ~m + m')
  const sum = folded((~checksum & 0xffff) + (~before & 0xffff) + sumOf(payload));
  ip.payload.writeUInt16BE(~sum & 0xffff, transport.checksumAt);
}

/** RFC 1071. */
function sumOf(octets: Buffer): number {
  let sum = 0;
  for (let at = 0; at < octets.length; at += 1) sum += (octets[at] ?? 0) << (at % 2 === 0 ? 8 : 0);
  return folded(sum);
}

function folded(sum: number): number {
  let left = sum;
  while (left > 0xffff) left = (left & 0xffff) + Math.floor(left / 0x10000);
  return left;
}
