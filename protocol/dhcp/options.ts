import { decoded, mismatch, type Decoded } from "../decoded.ts";

// Options of DHCP (RFC 2132): a code, a length, so many octets. Code 0 is padding, 255 the end. What is longer than 255
// octets comes as several options of one code, which are joined (RFC 3396).

/** Values by code, each whole. */
export type DhcpOptions = ReadonlyMap<number, Uint8Array>;

/** Codes that this program names. */
export const dhcpOption = {
  subnetMask: 1,
  router: 3,
  nameServer: 6,
  domainName: 15,
  timeServer: 42,
  vendorSpecific: 43,
  leaseTime: 51,
  overload: 52,
  messageType: 53,
  serverId: 54,
  parameterList: 55,
  maxMessageSize: 57,
  vendorClass: 60,
  clientId: 61,
  tftpServer: 66,
  bootFile: 67,
  sipServers: 120,
  vendorIdentifying: 125,
} as const;

const pad = 0;
const end = 255;
const mostOctets = 255;

/** Reads the options of these fields, in the order in which a long value goes on from one to the next. */
export function decodeOptions(
  fields: readonly { readonly bytes: Uint8Array; readonly at: number }[],
): Decoded<DhcpOptions> {
  const parts = new Map<number, Uint8Array[]>();
  for (const { bytes, at } of fields) {
    for (let i = 0; i < bytes.length;) {
      const code = bytes[i] ?? end;
      if (code === end) break;
      i += 1;
      if (code === pad) continue;
      const length = bytes[i];
      const from = i + 1;
      if (length === undefined || from + length > bytes.length)
        return mismatch(
          `byte ${at + i}`,
          `the length of option ${code}`,
          tooLong(length, bytes.length - from),
        );
      parts.set(code, [...(parts.get(code) ?? []), bytes.subarray(from, from + length)]);
      i = from + length;
    }
  }
  return decoded(new Map([...parts].map(([code, each]) => [code, Uint8Array.from(Buffer.concat(each))])));
}

const tooLong = (length: number | undefined, left: number) =>
  length === undefined ? "the end" : `${length} with ${left} bytes left`;

/** The field of options, with its end. */
export function encodeOptions(options: DhcpOptions): Uint8Array {
  const octets: number[] = [];
  for (const [code, value] of options) {
    for (let at = 0; at === 0 || at < value.length; at += mostOctets) {
      const part = value.subarray(at, at + mostOctets);
      octets.push(code, part.length, ...part);
    }
  }
  return Uint8Array.from([...octets, end]);
}
