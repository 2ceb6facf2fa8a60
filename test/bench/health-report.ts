import type { HealthReport, ObservationSummary } from "../../protocol/health-report.ts";

const perPort = [
  ["poe.state", "delivering", undefined],
  ["poe.watts", 3.05, "W"],
  ["poe.class", 2, undefined],
  ["poe.denied", 0, undefined],
  ["link.up", true, undefined],
  ["link.speed", 1000, "Mbit/s"],
  ["link.duplex", "full", undefined],
  ["link.fcs", 0, undefined],
  ["port.phone", "805ec0010007", undefined],
  ["port.phone.model", "SIP-T46U", undefined],
] as const;

/** What an agent tells of a switch after some minutes: `ports` ports, ten keys each, with evidence. */
export function healthReport(seq: number, ports: number): HealthReport {
  const at = Date.UTC(2026, 6, 1) + seq * 300_000;
  const summary = (port: number, [key, value, unit]: (typeof perPort)[number]): ObservationSummary => ({
    last: {
      probe: "poe-ports",
      subject: `port:sw1/Gi1/0/${port}`,
      key,
      value,
      ...(unit === undefined ? {} : { unit }),
      at,
      outcome: "ok",
      evidence: `1.3.6.1.2.1.105.1.1.1.6.1.${port} = ${String(value)}; PSE 1.${port}, interface ${10_100 + port}`,
    },
    n: 5,
    bad: 0,
    ...(typeof value === "number" ? { min: value, mean: value, max: value } : {}),
  });
  const numbers = Array.from({ length: ports }, (_, index) => index + 1);
  return {
    seq,
    from: at - 300_000,
    to: at,
    sealedAt: at,
    mono: seq * 300_000,
    bootId: "bench",
    configVersion: 1,
    observations: numbers.flatMap((port) => perPort.map((each) => summary(port, each))),
    findings: [],
  };
}
