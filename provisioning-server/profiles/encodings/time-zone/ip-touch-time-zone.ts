import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";
import { type ClockChange, zoneRule } from "./zone-rule.ts";

const twoDigits = (value: number): string => String(value).padStart(2, "0");

/** MMDDHH of this year. */
const dateText = ({ month, day, minute }: ClockChange): string =>
  [month, day, Math.floor(minute / 60)].map(twoDigits).join("");

function encode({ setting, at }: EncodingInput): Encoded {
  const zone = setting("time.zone");
  const rule = typeof zone === "string" ? zoneRule(zone, at) : undefined;
  if (rule === undefined) return { ok: false, limit: "a name of the tz database, such as Europe/Berlin" };
  const { daylight, standard, irregular } = rule;
  const dates =
    daylight === undefined ? ["000000", "000000"] : [dateText(daylight.start), dateText(daylight.end)];
  const notes =
    daylight === undefined
      ? irregular
        ? ["no yearly rule describes this zone's daylight saving: it is off"]
        : []
      : ["the dates of daylight saving hold for this year alone: fetch again next year"];
  if (daylight !== undefined && daylight.save !== 60)
    notes.push("the phone adds an hour, the zone another time");
  return { ok: true, notes, parts: [{ name: "", value: `UT::${standard}:${dates.join(":")}` }] };
}

/** `UT::60:032902:102503`: offset in minutes, and this year's dates of daylight saving (Alcatel IP Touch). */
export const ipTouchTimeZone: Encoding = { name: "ip-touch-time-zone", settings: ["time.zone"], encode };
