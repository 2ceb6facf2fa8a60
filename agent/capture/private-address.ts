import { BlockList, isIP } from "node:net";

// RFC 1918, RFC 6598 (CGNAT), RFC 3927, RFC 4193, RFC 4291 link-local.
const privateBlocks = new BlockList();
for (const [network, prefix] of [
  ["10.0.0.0", 8],
  ["172.16.0.0", 12],
  ["192.168.0.0", 16],
  ["100.64.0.0", 10],
  ["169.254.0.0", 16],
  ["127.0.0.0", 8],
] as const)
  privateBlocks.addSubnet(network, prefix, "ipv4");
privateBlocks.addSubnet("fc00::", 7, "ipv6");
privateBlocks.addSubnet("fe80::", 10, "ipv6");
privateBlocks.addAddress("::1", "ipv6");

/** True for an address that the public network cannot reach; false for names too. */
export function isPrivateAddress(text: string): boolean {
  const version = isIP(text);
  return version !== 0 && privateBlocks.check(text, version === 4 ? "ipv4" : "ipv6");
}
