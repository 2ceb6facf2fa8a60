import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";
import { type ClockChange, zoneRule } from "./zone-rule.ts";

/** `+1`, `-3:30`, `0`. */
function offsetText(minutes: number): string {
  if (minutes === 0) return "0";
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? "-" : "+"}${hours}${rest === 0 ? "" : `:${String(rest).padStart(2, "0")}`}`;
}

/** Month/day/hour of this year, without zeros in front. */
const dateText = ({ month, day, minute }: ClockChange): string =>
  `${month}/${day}/${Math.floor(minute / 60)}`;

function encode({ setting, at }: EncodingInput): Encoded {
  const zone = setting("time.zone");
  const rule = typeof zone === "string" ? zoneRule(zone, at) : undefined;
  if (rule === undefined) return { ok: false, limit: "a name of the tz database, such as Europe/Berlin" };
  const { daylight, standard, irregular } = rule;
  const offset = { name: "SNTP.TimeZone", value: offsetText(standard) };
  if (daylight === undefined) {
    const notes = irregular ? ["no yearly rule describes this zone's daylight saving: it is off"] : [];
    return { ok: true, parts: [offset, { name: "SNTP.DTS", value: "0" }], notes };
  }
  return {
    ok: true,
    notes: ["the dates of daylight saving hold for this year alone: fetch again next year"],
    parts: [
      offset,
      // 2, automatic, goes by the vendor's own list of places; dates work for every zone.
      { name: "SNTP.DTS", value: "1" },
      { name: "SNTP.StartTime", value: dateText(daylight.start) },
      { name: "SNTP.EndTime", value: dateText(daylight.end) },
      { name: "DATETIME.Offset", value: String(daylight.save) },
    ],
  };
}

/** Akuvox's offset and dates of daylight saving, under `Config.Settings.{name}`. */
export const akuvoxTimeZone: Encoding = { name: "akuvox-time-zone", settings: ["time.zone"], encode };
