import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";
import { type ClockChange, zoneRule } from "./zone-rule.ts";

interface Part {
  readonly name: string;
  readonly value: string;
}

/** One end of the daylight saving: by the weekday of a week (Sunday is 1), or by a date. */
function changeParts(which: "start" | "stop", change: ClockChange, weekly: boolean): Part[] {
  const part = (name: string, value: number) => ({
    name: `daylightSavings.${which}.${name}`,
    value: String(value),
  });
  const common = [part("month", change.month), part("time", Math.floor(change.minute / 60))];
  const { week } = change;
  if (!weekly || week === undefined) return [...common, part("date", change.day)];
  const day = [...common, part("dayOfWeek", change.weekday + 1)];
  if (week === 5) return [...day, part("dayOfWeek.lastInMonth", 1)];
  // The date is the first on which that week's weekday can fall.
  return [...day, part("dayOfWeek.lastInMonth", 0), part("date", (week - 1) * 7 + 1)];
}

function encode({ setting, at }: EncodingInput): Encoded {
  const zone = setting("time.zone");
  const rule = typeof zone === "string" ? zoneRule(zone, at) : undefined;
  if (rule === undefined) return { ok: false, limit: "a name of the tz database, such as Europe/Berlin" };
  const offset = { name: "gmtOffset", value: String(rule.standard * 60) };
  const { daylight } = rule;
  if (daylight === undefined) {
    const notes = rule.irregular ? ["no yearly rule describes this zone's daylight saving: it is off"] : [];
    return { ok: true, parts: [offset, { name: "daylightSavings.enable", value: "0" }], notes };
  }
  const { start, end, save } = daylight;
  const weekly = start.week !== undefined && end.week !== undefined;
  const notes = [
    ...(weekly ? [] : ["the dates of daylight saving hold for this year alone: fetch again next year"]),
    ...(start.minute % 60 === 0 && end.minute % 60 === 0
      ? []
      : ["the clock changes at the full hour before"]),
    ...(save === 60 ? [] : [`the phone adds a whole hour in summer, and this zone ${save} minutes`]),
  ];
  return {
    ok: true,
    notes,
    parts: [
      offset,
      { name: "daylightSavings.enable", value: "1" },
      { name: "daylightSavings.fixedDayEnable", value: weekly ? "0" : "1" },
      ...changeParts("start", start, weekly),
      ...changeParts("stop", end, weekly),
    ],
  };
}

/** Poly's offset in seconds and daylight-saving rule, under `tcpIpApp.sntp.{name}`. */
export const polyTimeZone: Encoding = { name: "poly-time-zone", settings: ["time.zone"], encode };
