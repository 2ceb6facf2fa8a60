import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";
import { type ClockChange, zoneRule } from "./zone-rule.ts";

type Parts = { name: string; value: string }[];

/** Month, week (-1 is the last), weekday (Sunday is 1) and hour; without a week, the day of the month. */
function changeParts(which: "start" | "end", change: ClockChange, weekly: boolean): Parts {
  const week = change.week === 5 ? -1 : (change.week ?? 0);
  return [
    { name: `dst ${which} month`, value: String(change.month) },
    ...(weekly ? [{ name: `dst ${which} week`, value: String(week) }] : []),
    { name: `dst ${which} day`, value: String(weekly ? change.weekday + 1 : change.day) },
    { name: `dst ${which} hour`, value: String(Math.floor(change.minute / 60)) },
  ];
}

// The key takes up to an hour.
const mostSave = 60;

function encode({ setting, at }: EncodingInput): Encoded {
  const zone = setting("time.zone");
  const rule = typeof zone === "string" ? zoneRule(zone, at) : undefined;
  if (rule === undefined) return { ok: false, limit: "a name of the tz database, such as Europe/Berlin" };
  // Named zones would need the vendor's own list; Custom works for every zone. Minutes count west of Greenwich.
  const offset: Parts = [
    { name: "time zone name", value: "Custom" },
    { name: "time zone minutes", value: String(0 - rule.standard) },
  ];
  const { daylight } = rule;
  if (daylight === undefined) {
    const notes = rule.irregular ? ["no yearly rule describes this zone's daylight saving: it is off"] : [];
    return { ok: true, parts: [...offset, { name: "dst config", value: "0" }], notes };
  }
  const { start, end, save } = daylight;
  const weekly = start.week !== undefined && end.week !== undefined;
  const notes: string[] = [];
  if (!weekly) notes.push("the dates of daylight saving hold for this year alone: fetch again next year");
  if (save > mostSave) notes.push(`the clock moves by ${mostSave} minutes, not ${save}`);
  if (start.minute % 60 !== 0 || end.minute % 60 !== 0)
    notes.push("the clock changes at the full hour before");
  return {
    ok: true,
    notes,
    parts: [
      ...offset,
      { name: "dst config", value: "3" },
      { name: "dst minutes", value: String(Math.min(save, mostSave)) },
      { name: "dst [start|end] relative date", value: weekly ? "1" : "0" },
      ...changeParts("start", start, weekly),
      ...changeParts("end", end, weekly),
    ],
  };
}

/** Mitel's own zone by offset and rule, each part under its whole key. */
export const mitelTimeZone: Encoding = { name: "mitel-time-zone", settings: ["time.zone"], encode };
