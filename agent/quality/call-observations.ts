import type { Observation, ObservedValue, Subject } from "../../protocol/observation.ts";
import type { ObservationKey } from "../../protocol/observation-keys.ts";
import { observerOf } from "../../protocol/observe.ts";
import type { QualityMetrics } from "../../protocol/quality-report/quality-report.ts";
import { userOf } from "./phone-of-report.ts";
import type { ReceivedReport } from "./quality-collector.ts";

/** The MOS of one end: conversational where it is said, else listening. */
export function mosOf(metrics: QualityMetrics | undefined): number | undefined {
  return metrics?.conversationalMos ?? metrics?.listeningMos;
}

/** What one report says of a phone. `rev` is what the phone received, `fwd` what the far end received of it. */
export function callObservations(received: ReceivedReport, subject: Subject): Observation[] {
  const { report, at, raw } = received;
  const { local, remote } = report;
  const observe = observerOf("quality", subject, at);
  const said: readonly (readonly [ObservationKey, ObservedValue | undefined])[] = [
    ["rtp.mos.rev", mosOf(local)],
    ["rtp.mos.fwd", mosOf(remote)],
    ["rtp.rev.loss", local?.loss],
    ["rtp.fwd.loss", remote?.loss],
    ["rtp.discard.rev", local?.discard],
    ["rtp.discard.fwd", remote?.discard],
    ["rtp.jitter.rev", local?.jitter],
    ["rtp.jitter.fwd", remote?.jitter],
    ["rtp.rtt", local?.roundTrip ?? remote?.roundTrip],
    ["rtp.codec", cut(local?.codec ?? remote?.codec, 60)],
    ["call.peer", cut(userOf(report.remoteId), 100)],
    ["call.seconds", secondsOf(local)],
    ["call.alert", alertText(report.alert)],
  ];
  return [
    observe("call.id", cut(report.callId, 200) ?? null, { evidence: raw }),
    ...said.flatMap(([key, value]) => (value === undefined ? [] : [observe(key, value)])),
  ];
}

function alertText(alert: ReceivedReport["report"]["alert"]): string | undefined {
  return alert && cut(`${alert.type} ${alert.severity} ${alert.direction}`, 100);
}

function cut(text: string | undefined, length: number): string | undefined {
  return text?.slice(0, length);
}

function secondsOf(metrics: QualityMetrics | undefined): number | undefined {
  if (metrics?.start === undefined || metrics.stop === undefined) return undefined;
  return Math.max(0, Math.round((metrics.stop - metrics.start) / 1000));
}
