import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";
import { type ClockChange, zoneRule } from "./zone-rule.ts";

/** The phone's own list of zones, by minutes east of Greenwich: places beyond these offsets have no number. */
function nearest(
  minutes: number,
  words: ReadonlyMap<string, string>,
): { code: string; off: number } | undefined {
  const offsets = [...words]
    .filter(([word]) => /^[+-]\d+$/.test(word))
    .map(([word, code]) => ({ code, off: Math.abs(Number(word) - minutes) }));
  return offsets.toSorted((a, b) => a.off - b.off)[0];
}

function changeParts(which: "start" | "end", change: ClockChange): { name: string; value: string }[] {
  return [
    { name: `${which}-month`, value: String(change.month) },
    { name: `${which}-week`, value: String(change.week ?? Math.ceil(change.day / 7)) },
    { name: `${which}-weekday`, value: String(change.weekday) },
    { name: `${which}-hour`, value: String(Math.min(23, Math.floor(change.minute / 60))) },
  ];
}

function encode({ setting, words, at }: EncodingInput): Encoded {
  const zone = setting("time.zone");
  const rule = typeof zone === "string" ? zoneRule(zone, at) : undefined;
  const found = rule === undefined ? undefined : nearest(rule.standard, words);
  if (rule === undefined || found === undefined)
    return { ok: false, limit: "a name of the tz database, such as Europe/Berlin" };
  const notes =
    found.off === 0 ? [] : [`the phone has no such offset: its clock is ${found.off} minutes off`];
  const { daylight } = rule;
  if (daylight === undefined && rule.irregular)
    notes.push("no yearly rule describes this zone's daylight saving: it is off");
  if (daylight !== undefined && (daylight.start.week === undefined || daylight.end.week === undefined))
    notes.push("the dates of daylight saving hold for this year alone: fetch again next year");
  const parts = [
    { name: "zone", value: found.code },
    { name: "daylight", value: daylight === undefined ? "0" : "1" },
    ...(daylight === undefined
      ? []
      : [
          { name: "by-week", value: "0" },
          ...changeParts("start", daylight.start),
          ...changeParts("end", daylight.end),
        ]),
  ];
  const named = parts.map(({ name, value }) => ({ name: words.get(name) ?? name, value }));
  return { ok: true, parts: named, notes };
}

/** Htek's number of the zone by its offset, and daylight saving by weeks. */
export const htekTimeZone: Encoding = { name: "htek-time-zone", settings: ["time.zone"], encode };
