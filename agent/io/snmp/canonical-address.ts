import { isIPv6, SocketAddress } from "node:net";

/** An address in the one form in which datagrams carry it: `::1`, never `0:0:…:1`. */
export function canonicalAddress(host: string): string {
  return isIPv6(host) ? new SocketAddress({ address: host, family: "ipv6" }).address : host;
}
