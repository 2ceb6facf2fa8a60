import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";
import { type ClockChange, zoneRule } from "./zone-rule.ts";

/** `+1`, `-3:30`: hours, and minutes where there are any. */
function offsetText(minutes: number): string {
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? "-" : "+"}${hours}${rest === 0 ? "" : `:${String(rest).padStart(2, "0")}`}`;
}

const twoDigits = (value: number): string => String(value).padStart(2, "0");

/** Month/week/weekday/hour: week 5 is the last, Monday is 1 and Sunday 7. */
function byWeek(change: ClockChange): string {
  const weekday = change.weekday === 0 ? 7 : change.weekday;
  return `${change.month}/${change.week ?? 0}/${weekday}/${Math.floor(change.minute / 60)}`;
}

/** MM/DD/HH of this year. */
function byDate(change: ClockChange): string {
  return `${twoDigits(change.month)}/${twoDigits(change.day)}/${twoDigits(Math.floor(change.minute / 60))}`;
}

function encode({ setting, at }: EncodingInput): Encoded {
  const zone = setting("time.zone");
  const rule = typeof zone === "string" ? zoneRule(zone, at) : undefined;
  if (rule === undefined) return { ok: false, limit: "a name of the tz database, such as Europe/Berlin" };
  const offset = { name: "time_zone", value: offsetText(rule.standard) };
  const { daylight } = rule;
  if (daylight === undefined) {
    const notes = rule.irregular ? ["no yearly rule describes this zone's daylight saving: it is off"] : [];
    return { ok: true, parts: [offset, { name: "summer_time", value: "0" }], notes };
  }
  const { start, end, save } = daylight;
  const weekly = start.week !== undefined && end.week !== undefined;
  const notes = weekly
    ? []
    : ["the dates of daylight saving hold for this year alone: fetch again next year"];
  if (start.minute % 60 !== 0 || end.minute % 60 !== 0)
    notes.push("the clock changes at the full hour before");
  return {
    ok: true,
    notes,
    parts: [
      offset,
      // 2, automatic, would need the vendor's own list of zone names; the rule itself works for every zone.
      { name: "summer_time", value: "1" },
      { name: "dst_time_type", value: weekly ? "1" : "0" },
      { name: "start_time", value: weekly ? byWeek(start) : byDate(start) },
      { name: "end_time", value: weekly ? byWeek(end) : byDate(end) },
      { name: "offset_time", value: String(save) },
    ],
  };
}

/** Yealink's offset and daylight-saving rule, under `local_time.{name}`. */
export const yealinkTimeZone: Encoding = { name: "yealink-time-zone", settings: ["time.zone"], encode };
