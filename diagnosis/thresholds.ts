/** Numbers the rules judge by, with their defaults. A site overrides them one by one in its SiteConfig. */
export const defaultThresholds = {
  // An observation older than this is unknown: it says what was, not what is (s).
  "observation.maxAge": 900,
  // 802.3af source range, also the manual's; at the phone 37 V is still legal (V).
  "volts.source.min": 44,
  "volts.phone.min": 37,
  "volts.max": 57,
  // A meter reading older than this describes the past (s).
  "meter.maxAge": 10,
  // Refusal follows what is set aside: of that, not of what is drawn (%).
  "poe.budget.tight": 80,
  "poe.budget.full": 95,
  "poe.mps.perHour": 3,
  // A phone that boots has link within two minutes (s).
  "poe.noLink.seconds": 300,
  "switch.silent.looks": 3,
  "link.flaps.perHour": 2,
  "link.fcs.ppm": 10,
  "link.discards.ppm": 1000,
  "boots.perHour": 3,
  "fetch.interval.min": 300,
  "rtp.loss.percent": 1,
  // A burst ratio of 1 is random loss; congestion loses in bursts (sip-rtp matrix, M7 and M8).
  "rtp.burst.ratio": 1.5,
  // A stream that is preferred loses less than this share of what others lose beside it (M11).
  "rtp.priority.share": 0.5,
  "rtp.jitter.ms": 30,
  "rtp.rtt.ms": 300,
  "rtp.reorder.percent": 1,
  "rtp.drift.ppm": 200,
  // Half a second at the start is heard; less is lost in the first word (ms).
  "rtp.start.ms": 500,
  // Above this the jitter measured is this host's own (ms).
  "rtp.sendLate.ms": 5,
  // Many phones speak every 30 s to keep their port open; measured to within 2 s (s).
  "nat.life.seconds": 28,
  // A phone's own estimate of a call, of 5; below this people complain. So many such calls in an hour are a pattern.
  "call.mos": 3.6,
  "calls.poor.perHour": 2,
  "call.discard.percent": 2,
  "fail2ban.bantime.s": 3600,
  "fail2ban.maxretry": 5,
  "log.authFail.perMinute": 20,
  // A few are the way of UDP (n in the log that was read).
  "log.retrans.most": 10,
  // RFC 8224 section 5.2 calls an older signature stale.
  "stir.age.s": 60,
  // Requests lost, or refused with 503, at a rate that the server should bear.
  "sip.load.percent": 1,
  "call.pdd.ms": 5000,
  "dns.rtt.ms": 1000,
  "host.buffer.bytes": 16_777_216,
  "host.udpMem.min": 65_536,
  "host.udpMem.pressure": 131_072,
  "host.udpMem.max": 262_144,
  "clock.offset.ms": 5000,
  // Half a packet: above it this host's own lateness shows in every stream (ms).
  "host.timer.ms": 10,
  "agent.loopDelay.ms": 20,
  "agent.cpu.percent": 90,
} as const;

export type ThresholdName = keyof typeof defaultThresholds;
export type Thresholds = Readonly<Record<ThresholdName, number>>;

/** The defaults with a site's overrides; names that no rule knows are returned so that the caller can refuse them. */
export function thresholdsFrom(overrides: Readonly<Record<string, number>>): {
  thresholds: Thresholds;
  unknown: string[];
} {
  const known = Object.entries(overrides).filter(([name]) => name in defaultThresholds);
  const unknown = Object.keys(overrides).filter((name) => !(name in defaultThresholds));
  return { thresholds: { ...defaultThresholds, ...Object.fromEntries(known) }, unknown };
}
