import type { ObservationKey } from "../../../protocol/observation-keys.ts";
import type { Observation } from "../../../protocol/observation.ts";
import { decimalText } from "../../meters/exact.ts";
import { sparkline } from "../../sparkline.ts";

const sparkWidth = 40;

/** A few lines for a person: the volts or what the meter shows instead, what it was set to, and what the pairs are judged to be. */
export function showMeter(observations: readonly Observation[]): string[] {
  const get = (key: ObservationKey) => observations.find((each) => each.key === key);
  const volts = get("dmm.volts");
  if (volts === undefined) return showUps(observations);
  const shown =
    volts.outcome === "ok" ? `${String(volts.value)} V DC` : `no volts: ${volts.evidence ?? volts.outcome}`;
  return [
    `meter    ${shown}`,
    ...(volts.outcome === "ok" ? [`         ${volts.evidence ?? ""}`] : []),
    ...lastValue(get("dmm.value"), get("dmm.unit"), get("dmm.mode"), volts.outcome === "ok"),
    ...flags(get("dmm.flags")),
    ...range(get),
    ...verdict(get("dmm.verdict"), get("dmm.reasons")),
  ];
}

function lastValue(
  value: Observation | undefined,
  unit: Observation | undefined,
  mode: Observation | undefined,
  isVolts: boolean,
): string[] {
  if (isVolts || typeof value?.value !== "number") return [];
  return [`value    ${decimalText(value.value)} ${String(unit?.value ?? "")} (${String(mode?.value ?? "")})`];
}

function flags(found: Observation | undefined): string[] {
  return Array.isArray(found?.value) && found.value.length > 0 ? [`flags    ${found.value.join(", ")}`] : [];
}

function range(get: (key: ObservationKey) => Observation | undefined): string[] {
  const series = get("dmm.series")?.value;
  const [min, max, mean] = (["dmm.min", "dmm.max", "dmm.mean"] as const).map((key) => get(key)?.value);
  if (!Array.isArray(series) || series.length < 2) return [];
  const numbers = [min, max, mean].map((value) => decimalText(Number(Number(value).toPrecision(6))));
  return [
    `series   ${sparkline(series.map(Number), sparkWidth)}  min ${numbers[0]}, max ${numbers[1]}, mean ${numbers[2]}`,
  ];
}

function verdict(found: Observation | undefined, reasons: Observation | undefined): string[] {
  if (found === undefined) return [];
  const why = Array.isArray(reasons?.value) ? reasons.value : [];
  return [
    `verdict  ${String(found.value)}: ${found.evidence ?? ""}`,
    ...why.map((reason) => `         ${reason}`),
  ];
}

function showUps(observations: readonly Observation[]): string[] {
  const ups = observations.filter(({ key }) => key.startsWith("ups."));
  return ups.map(({ key, value, unit, outcome, evidence }) => {
    const name = key.slice("ups.".length).padEnd(12);
    if (outcome !== "ok") return `${name} ${evidence ?? outcome}`;
    return `${name} ${Array.isArray(value) ? value.join(", ") : String(value)}${unit === undefined ? "" : ` ${unit}`}`;
  });
}
