import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";
import { type ZoneRule, zoneRule } from "./zone-rule.ts";

const clockOf = (zone: string, at: number): string => JSON.stringify(zoneRule(zone, at) ?? "");

/** The first listed zone that keeps the same clock this year, or has at least the same offset. */
function nearest(
  rule: ZoneRule,
  listed: readonly string[],
  at: number,
): { zone: string; sameClock: boolean } | undefined {
  const clock = JSON.stringify(rule);
  const twin = listed.find((zone) => clockOf(zone, at) === clock);
  if (twin !== undefined) return { zone: twin, sameClock: true };
  const offset = listed.find((zone) => zoneRule(zone, at)?.standard === rule.standard);
  return offset === undefined ? undefined : { zone: offset, sameClock: false };
}

function encode({ setting, words, at }: EncodingInput): Encoded {
  const zone = setting("time.zone");
  if (typeof zone !== "string") return { ok: true, parts: [] };
  const own = words.get(zone);
  if (own !== undefined) return { ok: true, parts: [{ name: "", value: own }] };
  const rule = zoneRule(zone, at);
  if (rule === undefined) return { ok: false, limit: "a name of the tz database, such as Europe/Berlin" };
  const found = nearest(rule, [...words.keys()], at);
  const value = found === undefined ? undefined : words.get(found.zone);
  if (found === undefined || value === undefined)
    return { ok: false, limit: `a zone of its own list, and none there is as far from Greenwich as ${zone}` };
  const notes = found.sameClock
    ? []
    : [`by its offset alone, as ${found.zone}: daylight saving is that of ${found.zone}`];
  return { ok: true, parts: [{ name: "", value }], notes };
}

/** For phones that know zones by words of their own: the entry's words are the vendor's, by names of the tz database. */
export const zoneWord: Encoding = { name: "zone-word", settings: ["time.zone"], encode };
