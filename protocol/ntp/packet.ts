import { decoded, mismatch, type Decoded } from "../decoded.ts";

// SNTP (RFC 4330): 48 octets. LI VN Mode | stratum | poll | precision | … | originate 24 | receive 32 | transmit 40.

/** Seconds between 1900, where NTP counts from, and 1970. */
const ntpEpoch = 2_208_988_800;

/** The four instants of an exchange give this clock's offset; positive: this clock is behind the server. */
export interface NtpReply {
  /** The transmit timestamp of our request as it came back: proves that the reply is to it. */
  readonly originate: bigint;
  /** Server receive and send time, ms since 1970. */
  readonly received: number;
  readonly sent: number;
  readonly stratum: number;
}

export function encodeNtpRequest(transmit: bigint): Uint8Array {
  const bytes = new Uint8Array(48);
  bytes[0] = 0b00_100_011; // no warning, version 4, client
  new DataView(bytes.buffer).setBigUint64(40, transmit);
  return bytes;
}

/** 32.32 fixed point since 1900 to ms since 1970. Era 1 begins 2036: small numbers are of that era (RFC 4330, 3). */
function fromNtp(seconds: number, fraction: number): number {
  const era = seconds < 0x8000_0000 ? 0x1_0000_0000 : 0;
  return (seconds + era - ntpEpoch) * 1000 + (fraction * 1000) / 0x1_0000_0000;
}

export function decodeNtpReply(bytes: Uint8Array): Decoded<NtpReply> {
  if (bytes.length < 48) return mismatch("packet", "48 octets", `${bytes.length}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const mode = view.getUint8(0) & 0b111;
  if (mode !== 4) return mismatch("byte 0", "mode 4 (server)", `mode ${mode}`);
  const stratum = view.getUint8(1);
  // Stratum 0 is a kiss-o'-death: the server wants to be left alone (RFC 4330, 8).
  if (stratum === 0 || stratum > 15) return mismatch("byte 1", "stratum 1–15", String(stratum));
  return decoded({
    originate: view.getBigUint64(24),
    received: fromNtp(view.getUint32(32), view.getUint32(36)),
    sent: fromNtp(view.getUint32(40), view.getUint32(44)),
    stratum,
  });
}

/** RFC 4330, 5: ((T2 − T1) + (T3 − T4)) / 2, ms. @param asked T1 and @param answered T4 by this clock. */
export function clockOffset(asked: number, reply: NtpReply, answered: number): number {
  return (reply.received - asked + (reply.sent - answered)) / 2;
}
