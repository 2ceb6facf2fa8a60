import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import type { Observation } from "../../../protocol/observation.ts";

/** A few lines for a person: did it come, from which door, and what TLS showed. */
export function showFetched(observations: readonly Observation[]): string[] {
  const get = (key: ObservationKey): Observation | undefined => observations.find((each) => each.key === key);
  const fetch = get("prov.fetch");
  if (fetch === undefined) return [];
  const lines = [`${fetch.subject}  ${fetch.outcome === "ok" ? "fetched" : `${fetch.outcome}`}`];
  const add = (label: string, ...parts: (string | undefined)[]): void => {
    const text = parts.filter((part) => part !== undefined).join(", ");
    if (text !== "") lines.push(`  ${label.padEnd(12)} ${text}`);
  };
  add("file", fetch.evidence);
  add("time", print(get("prov.rtt")));
  add("TLS", print(get("tls.version")), print(get("tls.cipher")));
  add("certificate", print(get("tls.names")), daysLeft(get("tls.daysLeft")), match(get("tls.nameMatch")));
  add("chain", print(get("tls.chain")), get("tls.chain")?.evidence);
  add("TLS error", print(get("prov.tlsError")));
  return lines;
}

function print(observation: Observation | undefined): string | undefined {
  if (observation === undefined || observation.value === null) return undefined;
  const { value, unit } = observation;
  const text = Array.isArray(value) ? value.join(", ") : String(value);
  return unit === undefined ? text : `${text} ${unit}`;
}

function daysLeft(observation: Observation | undefined): string | undefined {
  return observation === undefined ? undefined : `${String(observation.value)} days left`;
}

function match(observation: Observation | undefined): string | undefined {
  if (observation === undefined) return undefined;
  return observation.value === true ? "for this name" : "for another name";
}
