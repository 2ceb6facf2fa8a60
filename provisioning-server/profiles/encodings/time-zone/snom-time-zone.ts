import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";
import { type ClockChange, zoneRule } from "./zone-rule.ts";

const twoDigits = (value: number): string => String(value).padStart(2, "0");

/** `03.05.07` is March, last week, Sunday (7); `27.03` a date. */
function dayText(change: ClockChange, weekly: boolean): string {
  if (!weekly) return `${twoDigits(change.day)}.${twoDigits(change.month)}`;
  const weekday = change.weekday === 0 ? 7 : change.weekday;
  return [change.month, change.week ?? 0, weekday].map(twoDigits).join(".");
}

function timeText(minute: number): string {
  return `${twoDigits(Math.floor(minute / 60))}:${twoDigits(minute % 60)}:00`;
}

function encode({ setting, at }: EncodingInput): Encoded {
  const zone = setting("time.zone");
  const rule = typeof zone === "string" ? zoneRule(zone, at) : undefined;
  if (rule === undefined) return { ok: false, limit: "a name of the tz database, such as Europe/Berlin" };
  const { daylight, standard } = rule;
  // A country's code in `timezone` would win; the codes cover few zones, the offset and the rule all of them.
  const head = [
    { name: "timezone", value: "" },
    { name: "utc_offset", value: String(standard * 60) },
  ];
  if (daylight === undefined) {
    const notes = rule.irregular ? ["no yearly rule describes this zone's daylight saving: it is off"] : [];
    return { ok: true, parts: [...head, { name: "dst", value: "" }], notes };
  }
  const { start, end, save } = daylight;
  const weekly = start.week !== undefined && end.week !== undefined;
  const notes = weekly
    ? []
    : ["the dates of daylight saving hold for this year alone: fetch again next year"];
  const times = [start, end].map((change) => `${dayText(change, weekly)} ${timeText(change.minute)}`);
  return { ok: true, notes, parts: [...head, { name: "dst", value: `${save * 60} ${times.join(" ")}` }] };
}

/** Snom's `utc_offset` and `dst`, with `timezone` empty so that they hold. */
export const snomTimeZone: Encoding = { name: "snom-time-zone", settings: ["time.zone"], encode };
