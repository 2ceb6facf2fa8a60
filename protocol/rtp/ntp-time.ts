/** An instant as RTCP writes it: seconds since 1900 and 2^-32 of them. */
export interface NtpTime {
  readonly ntpSeconds: number;
  readonly ntpFraction: number;
}

const since1900 = 2_208_988_800;

/** ms since 1970 to NTP. */
export function ntpTimeOf(ms: number): NtpTime {
  const seconds = Math.floor(ms / 1000);
  const ntpFraction = Math.floor(((ms - seconds * 1000) / 1000) * 0x1_0000_0000);
  return { ntpSeconds: (seconds + since1900) >>> 0, ntpFraction };
}

/** NTP to ms since 1970; `near` says in which of its eras of 136 years. */
export function msOfNtp({ ntpSeconds, ntpFraction }: NtpTime, near: number): number {
  const era = 2 ** 32 * 1000;
  const ms = (ntpSeconds - since1900) * 1000 + (ntpFraction / 2 ** 32) * 1000;
  return ms + Math.round((near - ms) / era) * era;
}

/** The middle 32 bits, which LSR and DLRR carry. */
export function middleOf({ ntpSeconds, ntpFraction }: NtpTime): number {
  return (((ntpSeconds & 0xffff) << 16) | (ntpFraction >>> 16)) >>> 0;
}

/**
 * RFC 3550 6.4.1: A − LSR − DLSR, ms. Undefined when no sender report had come (LSR 0), and when it comes to less than
 * nothing or more than 5 s, which is no round trip but a clock that was set.
 */
export function roundTripOf(now: number, last: number, since: number): number | undefined {
  if (last === 0) return undefined;
  const trip = ((now - last - since) | 0) / 65.536;
  return trip < 0 || trip > 5000 ? undefined : trip;
}
