import { decodeIp, ipProtocols, type IpPacket } from "../../protocol/capture/decode-ip.ts";
import { decodeLink } from "../../protocol/capture/decode-link.ts";
import { maskOctets } from "./mask-secrets.ts";

/** Octets of the transport's header before its payload, and where its checksum stands. */
const transports: ReadonlyMap<number, { readonly checksumAt: number; headerOf(data: Buffer): number }> =
  new Map([
    [ipProtocols.udp, { checksumAt: 6, headerOf: () => 8 }],
    [ipProtocols.tcp, { checksumAt: 16, headerOf: (data: Buffer) => ((data[12] ?? 0) >> 4) * 4 }],
  ]);

/** What TCP segments left open of their last line, masked, by addresses, ports and the number of the octet that goes on. */
export type OpenLines = Map<string, string>;

/** Segments that are remembered at once, and octets of a line: longer ones hold no header. */
const most = { open: 1000, line: 4096 };

/**
 * Masks the secrets in a packet, in place, and keeps its checksum as good or bad as it was. What two TCP segments share is
 * masked in both where they come in order; what IP fragments share, as far as each part shows it.
 */
export function maskPacket(linkType: number, data: Buffer, open: OpenLines = new Map()): void {
  const link = decodeLink(linkType, data);
  const ip = link === undefined ? undefined : decodeIp(link.etherType, data, link.offset);
  if (ip === undefined) return;
  const transport = (ip.fragment?.offset ?? 0) === 0 ? transports.get(ip.protocol) : undefined;
  if (transport === undefined) {
    maskOctets(ip.payload);
    return;
  }
  const payload = ip.payload.subarray(transport.headerOf(ip.payload));
  const before = sumOf(payload);
  const masked = ip.protocol === ipProtocols.tcp ? maskSegment(ip, payload, open) : maskOctets(payload);
  if (!masked || ip.payload.length < transport.checksumAt + 2) return;
  const checksum = ip.payload.readUInt16BE(transport.checksumAt);
  // 0 in UDP: there is none (RFC 768).
  if (checksum === 0 && ip.protocol === ipProtocols.udp) return;
  // RFC 1624 3: HC' = ~(~HC + ~m + m')
  const sum = folded((~checksum & 0xffff) + (~before & 0xffff) + sumOf(payload));
  ip.payload.writeUInt16BE(~sum & 0xffff, transport.checksumAt);
}

/** @returns whether there was a secret */
function maskSegment({ source, destination, payload }: IpPacket, text: Buffer, open: OpenLines): boolean {
  if (text.length === 0 || payload.length < 8) return false;
  const sequence = payload.readUInt32BE(4);
  const keyOf = (number: number) =>
    `${Buffer.concat([source, destination, payload.subarray(0, 4)]).toString("latin1")} ${number >>> 0}`;
  const before = open.get(keyOf(sequence)) ?? "";
  const masked = maskOctets(text, before);
  const all = before + text.toString("latin1");
  const left = all.slice(all.lastIndexOf("\n") + 1);
  if (left === "" || left.length > most.line) return masked;
  const key = keyOf(sequence + text.length);
  open.delete(key);
  open.set(key, left);
  if (open.size > most.open) open.delete(open.keys().next().value ?? "");
  return masked;
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
