import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";
import { type ClockChange, zoneRule } from "./zone-rule.ts";

const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** `2SunMar2L`: second Sunday of March at 2 by the local clock; a leading `L` is the last. */
function changeText({ week, day, weekday, month, minute }: ClockChange): string {
  const nth = week ?? Math.ceil(day / 7);
  const hour = Math.floor(minute / 60);
  return `${nth === 5 ? "L" : nth}${weekdays[weekday]}${months[month - 1]}${hour}L`;
}

function encode({ setting, at }: EncodingInput): Encoded {
  const zone = setting("time.zone");
  const rule = typeof zone === "string" ? zoneRule(zone, at) : undefined;
  if (rule === undefined) return { ok: false, limit: "a name of the tz database, such as Europe/Berlin" };
  const [hours, minutes] = [Math.floor(Math.abs(rule.standard) / 60), Math.abs(rule.standard) % 60];
  const offset = `${rule.standard < 0 ? "-" : ""}${hours}:${String(minutes).padStart(2, "0")}`;
  const { daylight } = rule;
  if (daylight === undefined) {
    const notes = rule.irregular ? ["no yearly rule describes this zone's daylight saving: it is off"] : [];
    return {
      ok: true,
      notes,
      parts: [
        { name: "GMTOFFSET", value: offset },
        { name: "DSTOFFSET", value: "0" },
      ],
    };
  }
  const { start, end, save } = daylight;
  const notes: string[] = [];
  if (start.week === undefined || end.week === undefined)
    notes.push("the weeks of daylight saving hold for this year alone: fetch again next year");
  if (save % 60 !== 0) notes.push(`the clock moves by whole hours, not by ${save} minutes`);
  if (start.minute % 60 !== 0 || end.minute % 60 !== 0)
    notes.push("the clock changes at the full hour before");
  return {
    ok: true,
    notes,
    parts: [
      { name: "GMTOFFSET", value: offset },
      { name: "DSTOFFSET", value: String(Math.ceil(save / 60)) },
      { name: "DSTSTART", value: changeText(start) },
      { name: "DSTSTOP", value: changeText(end) },
    ],
  };
}

/** Avaya's offset and daylight-saving rule, for firmware that knows no zone by its name. */
export const avayaTimeZone: Encoding = { name: "avaya-time-zone", settings: ["time.zone"], encode };
