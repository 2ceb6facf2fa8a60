import type { Secret } from "../../../protocol/secret.ts";

/** Digests net-snmp knows (RFC 3414, RFC 7860). MD5 and SHA-1 are for old agents. */
export const authProtocols = ["md5", "sha", "sha224", "sha256", "sha384", "sha512"] as const;
/** AES-128 (RFC 3826); AES-256 with the key stretched after Blumenthal, or after Reeder as Cisco does. No DES: OpenSSL 3 has none. */
export const privProtocols = ["aes", "aes256b", "aes256r"] as const;
export const v3Levels = ["noAuth", "authNoPriv", "authPriv"] as const;

/** Who asks, and how it is protected. Keys are pass phrases, localised per engine (RFC 3414 section 2.6). */
export interface SnmpV3User {
  readonly user: string;
  readonly level: (typeof v3Levels)[number];
  readonly auth?: (typeof authProtocols)[number];
  readonly authKey?: Secret;
  readonly priv?: (typeof privProtocols)[number];
  readonly privKey?: Secret;
  /** Context name; some switches keep a bridge table per VLAN in `vlan-N`. */
  readonly context?: string;
}
