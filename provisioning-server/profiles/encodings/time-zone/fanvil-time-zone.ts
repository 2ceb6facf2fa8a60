import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";
import { type ClockChange, zoneRule } from "./zone-rule.ts";

/** `UTC+1`, `UTC-3:30`, `UTC`. */
function zoneName(minutes: number): string {
  if (minutes === 0) return "UTC";
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `UTC${minutes < 0 ? "-" : "+"}${hours}${rest === 0 ? "" : `:${String(rest).padStart(2, "0")}`}`;
}

/** The switch has had two names. */
const daylightMode = (value: string) => [
  { name: "daylight", value },
  { name: "daylight-type", value },
];

/** Sunday is 0; the fifth week is the last. */
function changeParts(which: "start" | "end", change: ClockChange): { name: string; value: string }[] {
  return [
    { name: `${which}-month`, value: String(change.month) },
    { name: `${which}-week`, value: String(change.week ?? Math.ceil(change.day / 7)) },
    { name: `${which}-weekday`, value: String(change.weekday) },
    { name: `${which}-hour`, value: String(Math.min(23, Math.floor(change.minute / 60))) },
  ];
}

function parts(
  zone: string,
  at: number,
): { parts: { name: string; value: string }[]; notes: string[] } | undefined {
  const rule = zoneRule(zone, at);
  if (rule === undefined) return undefined;
  const offset = [
    { name: "offset", value: String(rule.standard / 15) },
    { name: "zone", value: zoneName(rule.standard) },
  ];
  const { daylight } = rule;
  if (daylight === undefined)
    return {
      parts: [...offset, ...daylightMode("0")],
      notes: rule.irregular ? ["no yearly rule describes this zone's daylight saving: it is off"] : [],
    };
  const { start, end, save } = daylight;
  const weekly = start.week !== undefined && end.week !== undefined;
  const notes = weekly
    ? []
    : ["the dates of daylight saving hold for this year alone: fetch again next year"];
  if (start.minute % 60 !== 0 || end.minute % 60 !== 0)
    notes.push("the clock changes at the full hour before");
  return {
    notes,
    parts: [
      ...offset,
      // 2, by hand: 1 would take the rule from the phone's own list of places.
      ...daylightMode("2"),
      { name: "by-week", value: "2" },
      { name: "saving", value: String(save) },
      ...changeParts("start", start),
      ...changeParts("end", end),
    ],
  };
}

function encode({ setting, words, at }: EncodingInput): Encoded {
  const zone = setting("time.zone");
  const found = typeof zone === "string" ? parts(zone, at) : undefined;
  if (found === undefined) return { ok: false, limit: "a name of the tz database, such as Europe/Berlin" };
  const named = found.parts.flatMap(({ name, value }) => {
    const word = words.get(name);
    return word === undefined ? [] : [{ name: word, value }];
  });
  return { ok: true, parts: named, notes: found.notes };
}

/** Fanvil's offset in quarters of an hour and its rule by weeks; the entry's words name the keys of the dialect. */
export const fanvilTimeZone: Encoding = { name: "fanvil-time-zone", settings: ["time.zone"], encode };
