import type { StunAddress } from "./attributes.ts";

export type NatMapping = "none" | "endpoint-independent" | "address-dependent" | "address-and-port-dependent";
export type NatFilter = "endpoint-independent" | "address-dependent" | "address-and-port-dependent";

/** What one socket is seen as by the server's two addresses (RFC 5780 4.3); undefined: no answer. */
export interface MappingTests {
  readonly local: StunAddress;
  readonly primary: StunAddress | undefined;
  /** The other address, the same port. */
  readonly otherAddress: StunAddress | undefined;
  /** The other address and the other port. */
  readonly otherPort: StunAddress | undefined;
}

/** How the NAT chooses the public port; undefined where the answers do not say. */
export function natMapping({
  local,
  primary,
  otherAddress,
  otherPort,
}: MappingTests): NatMapping | undefined {
  if (primary === undefined) return undefined;
  if (same(primary, local)) return "none";
  if (otherAddress === undefined) return undefined;
  if (same(primary, otherAddress)) return "endpoint-independent";
  if (otherPort === undefined) return undefined;
  return same(otherAddress, otherPort) ? "address-dependent" : "address-and-port-dependent";
}

/** What came of asking for an answer from elsewhere (RFC 5780 4.4); each from a port that sent nothing before. */
export interface FilterTests {
  readonly fromOtherAddress: boolean;
  readonly fromOtherPort: boolean;
}

/** Whose packets the NAT lets in. */
export function natFilter({ fromOtherAddress, fromOtherPort }: FilterTests): NatFilter {
  if (fromOtherAddress) return "endpoint-independent";
  return fromOtherPort ? "address-dependent" : "address-and-port-dependent";
}

export function same(a: StunAddress, b: StunAddress): boolean {
  return a.address === b.address && a.port === b.port;
}

/** Where an address belongs; `shared` is the space of carriers' own NAT (RFC 6598). */
export function addressScope(address: string): "private" | "shared" | "loopback" | "link" | "public" {
  if (address.includes(":")) return scopeOfV6(address.toLowerCase());
  const [a = 0, b = 0] = address.split(".").map(Number);
  if (a === 10 || (a === 172 && b >= 16 && b < 32) || (a === 192 && b === 168)) return "private";
  if (a === 100 && b >= 64 && b < 128) return "shared";
  if (a === 127) return "loopback";
  return a === 169 && b === 254 ? "link" : "public";
}

function scopeOfV6(address: string): ReturnType<typeof addressScope> {
  if (address === "::1") return "loopback";
  if (/^fe[89ab]/.test(address)) return "link";
  return /^f[cd]/.test(address) ? "private" : "public";
}
