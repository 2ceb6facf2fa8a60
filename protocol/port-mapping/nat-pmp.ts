import { decoded, mismatch, type Decoded } from "../decoded.ts";

// NAT-PMP (RFC 6886 3.2): a request of two octets, version 0 and operation 0, asks a router for its external address.
//
//   0 version | 1 operation + 128 | 2 result (2) | 4 seconds since start (4) | 8 address (4)

/** NAT-PMP and PCP share it (RFC 6887 19.1). */
export const portMappingPort = 5351;

export const natPmpAddressRequest: Uint8Array = Uint8Array.of(0, 0);

export type NatPmpAnswer =
  | { readonly kind: "address"; readonly address: string }
  /** Result 3, "network failure": the router has no address that it would call external. */
  | { readonly kind: "no-address" }
  /** It speaks another version: PCP is 2. */
  | { readonly kind: "version"; readonly version: number }
  | { readonly kind: "refused"; readonly result: number };

const answerToAddress = 128;
const networkFailure = 3;

/** The answer to `natPmpAddressRequest`, also one of a router that speaks PCP alone (RFC 6887 9). */
export function decodeNatPmpAnswer(bytes: Uint8Array): Decoded<NatPmpAnswer> {
  const [version = 0, operation = 0, , low = 0] = bytes;
  if (bytes.length < 4) return mismatch("byte 0", "an answer of NAT-PMP", `${bytes.length} bytes`);
  if (version !== 0) return decoded({ kind: "version", version });
  if (operation !== answerToAddress)
    return mismatch("byte 1", `operation ${answerToAddress}`, String(operation));
  const result = ((bytes[2] ?? 0) << 8) | low;
  if (result === networkFailure) return decoded({ kind: "no-address" });
  if (result !== 0) return decoded({ kind: "refused", result });
  if (bytes.length < 12) return mismatch("byte 8", "an address", `${bytes.length} bytes in all`);
  const address = bytes.subarray(8, 12).join(".");
  return decoded(address === "0.0.0.0" ? { kind: "no-address" } : { kind: "address", address });
}
