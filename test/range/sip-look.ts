import { Value } from "typebox/value";
import { systemClock } from "../../agent/io/clock.ts";
import { openSipRecords } from "../../agent/io/sip/sip-records.ts";
import { resolve } from "../../agent/io/resolve.ts";
import { openStream } from "../../agent/io/stream/stream.ts";
import { openUdp } from "../../agent/io/udp/udp.ts";
import { sipOptions } from "../../agent/probes/sip-options.ts";
import type { Observation, ObservedValue } from "../../protocol/observation.ts";
import type { ObservationKey } from "../../protocol/observation-keys.ts";
import { offhook, type Namespace } from "./network.ts";

export interface SipLook {
  readonly find: (key: ObservationKey) => Observation | undefined;
  readonly value: (key: ObservationKey) => ObservedValue | undefined;
  /** Rules of the findings; none when the probe was run alone. */
  readonly rules: readonly string[];
  /** Of the same findings, in their order. */
  readonly severities: readonly string[];
}

/** Looks with the sip-options probe, as `offhook diag sip` does. */
export async function sipLook(target: string, settings: Record<string, unknown> = {}): Promise<SipLook> {
  const io = { clock: systemClock, openUdp, openStream, resolve, openSipRecords, say: () => undefined };
  const checked = Value.Parse(sipOptions.settings, Value.Default(sipOptions.settings, settings));
  const observations = await sipOptions.run(target, checked, io, AbortSignal.timeout(60_000));
  return lookOf(observations, []);
}

/** The same from inside a network namespace, by the command itself. */
export function sipLookIn(near: Namespace, target: string, ...words: string[]): Promise<SipLook> {
  return diagIn(near, "sip", target, ...words);
}

/** `offhook diag VERB TARGET` from inside a network namespace. */
export async function diagIn(
  near: Namespace,
  verb: string,
  target: string,
  ...words: string[]
): Promise<SipLook> {
  const [node, command] = offhook;
  // Findings make the exit code 4, which is no failure here.
  const shell = 'exec 3>&1; "$@" >&3; code=$?; [ $code -eq 0 ] || [ $code -eq 4 ]';
  const json = await near.run(
    "sh",
    "-c",
    shell,
    "sh",
    node,
    command,
    "diag",
    verb,
    target,
    "--json",
    ...words,
  );
  const report = JSON.parse(json) as { observations: Observation[]; findings: Judged[] };
  return lookOf(report.observations, report.findings);
}

interface Judged {
  readonly rule: string;
  readonly severity: string;
}

function lookOf(observations: readonly Observation[], findings: readonly Judged[]): SipLook {
  const rules = findings.map(({ rule }) => rule);
  const severities = findings.map(({ severity }) => severity);
  const find = (key: ObservationKey) => observations.find((each) => each.key === key);
  return { find, value: (key) => find(key)?.value, rules, severities };
}
