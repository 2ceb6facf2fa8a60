import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";
import { posixZone } from "./posix-time-zone.ts";
import { type ClockChange, zoneRule } from "./zone-rule.ts";

type Parts = { name: string; value: string }[];

/** Month, which of its weekdays (5 is the last), weekday from Sunday 0, minutes after midnight. */
function changeParts(which: "START" | "STOP", change: ClockChange): Parts {
  return [
    { name: `DST_${which}_MONTH`, value: String(change.month) },
    { name: `DST_${which}_ORDINAL_DAY`, value: String(change.week ?? Math.ceil(change.day / 7)) },
    { name: `DST_${which}_DAY_OF_WEEK`, value: String(change.weekday) },
    { name: `DST_${which}_TIME`, value: String(change.minute) },
  ];
}

function ownParts(zone: string, at: number): { parts: Parts; notes: string[] } | undefined {
  const rule = zoneRule(zone, at);
  if (rule === undefined) return undefined;
  const offset = { name: "TIME_ZONE", value: String(rule.standard) };
  const { daylight } = rule;
  if (daylight === undefined) {
    const notes = rule.irregular ? ["no yearly rule describes this zone's daylight saving: it is off"] : [];
    return { parts: [offset, { name: "DST_ENABLE", value: "N" }], notes };
  }
  const { start, end, save } = daylight;
  const weekly = start.week !== undefined && end.week !== undefined;
  return {
    notes: weekly ? [] : ["the weeks of daylight saving hold for this year alone: fetch again next year"],
    parts: [
      offset,
      { name: "DST_ENABLE", value: "Y" },
      { name: "DST_OFFSET", value: String(save) },
      ...changeParts("START", start),
      ...changeParts("STOP", end),
    ],
  };
}

function encode({ setting, at, model }: EncodingInput): Encoded {
  const zone = setting("time.zone");
  const limit = "a name of the tz database, such as Europe/Berlin";
  if (typeof zone !== "string") return { ok: false, limit };
  if (!model.capabilities.includes("posix-zone")) {
    const found = ownParts(zone, at);
    return found === undefined ? { ok: false, limit } : { ok: true, ...found };
  }
  const found = posixZone(zone, at);
  if (found === undefined) return { ok: false, limit };
  return { ok: true, notes: found.notes, parts: [{ name: "LOCAL_TIME_ZONE_POSIX", value: found.rule }] };
}

/** Panasonic's minutes east of Greenwich with a rule, or the rule as POSIX writes it on newer phones. */
export const panasonicTimeZone: Encoding = { name: "panasonic-time-zone", settings: ["time.zone"], encode };
