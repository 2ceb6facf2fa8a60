import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";
import { type ClockChange, zoneRule } from "./zone-rule.ts";

const twoDigits = (value: number): string => String(value).padStart(2, "0");

/** `GMT+01:00`. */
function zoneText(minutes: number): string {
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `GMT${minutes < 0 ? "-" : "+"}${twoDigits(hours)}:${twoDigits(rest)}`;
}

/** Minutes as `h:m:s`. */
const timeText = (minutes: number): string => `${Math.floor(minutes / 60)}:${minutes % 60}:0`;

/**
 * month/day/weekday/time. Monday is 1, Sunday 7. A positive day is the first such weekday on or after it, -1 the last of
 * the month; weekday 0 is the very date.
 */
function changeText({ month, day, weekday, week, minute }: ClockChange): string {
  if (week === undefined) return `${month}/${day}/0/${timeText(minute)}`;
  const from = week === 5 ? -1 : (week - 1) * 7 + 1;
  return `${month}/${from}/${weekday === 0 ? 7 : weekday}/${timeText(minute)}`;
}

function encode({ setting, at }: EncodingInput): Encoded {
  const zone = setting("time.zone");
  const rule = typeof zone === "string" ? zoneRule(zone, at) : undefined;
  if (rule === undefined) return { ok: false, limit: "a name of the tz database, such as Europe/Berlin" };
  const offset = { name: "Time_Zone", value: zoneText(rule.standard) };
  const { daylight } = rule;
  if (daylight === undefined) {
    const notes = rule.irregular ? ["no yearly rule describes this zone's daylight saving: it is off"] : [];
    return { ok: true, parts: [offset, { name: "Daylight_Saving_Time_Enable", value: "No" }], notes };
  }
  const { start, end, save } = daylight;
  const weekly = start.week !== undefined && end.week !== undefined;
  const text = `start=${changeText(start)};end=${changeText(end)};save=${timeText(save)}`;
  return {
    ok: true,
    notes: weekly ? [] : ["the dates of daylight saving hold for this year alone: fetch again next year"],
    parts: [
      offset,
      { name: "Daylight_Saving_Time_Enable", value: "Yes" },
      { name: "Daylight_Saving_Time_Rule", value: text },
    ],
  };
}

/** The flat profile's offset and daylight-saving rule. */
export const ciscoTimeZone: Encoding = { name: "cisco-time-zone", settings: ["time.zone"], encode };
