import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";
import { type ClockChange, zoneRule } from "./zone-rule.ts";

/** `-1`, `+3:30`: POSIX counts west of Greenwich, so the sign is the other way round. */
function westOfGreenwich(minutes: number): string {
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes > 0 ? "-" : "+"}${hours}${rest === 0 ? "" : `:${String(rest).padStart(2, "0")}`}`;
}

const twoDigits = (value: number): string => String(value).padStart(2, "0");

/** `M3.5.0/02:00:00`: the fifth Sunday is the last. Without a weekly rule, the week that this year's day lies in. */
function changeText(change: ClockChange): string {
  const week = change.week ?? Math.ceil(change.day / 7);
  const time = `${twoDigits(Math.floor(change.minute / 60))}:${twoDigits(change.minute % 60)}:00`;
  return `M${change.month}.${week}.${change.weekday}/${time}`;
}

/** The rule of a zone as POSIX writes it in TZ (IEEE Std 1003.1, section 8.3), with what it makes coarser. */
export function posixZone(zone: string, at: number): { rule: string; notes: readonly string[] } | undefined {
  const found = zoneRule(zone, at);
  if (found === undefined) return undefined;
  const standard = `STD${westOfGreenwich(found.standard)}`;
  const { daylight } = found;
  if (daylight === undefined) {
    const notes = found.irregular ? ["no yearly rule describes this zone's daylight saving: it is off"] : [];
    return { rule: standard, notes };
  }
  const { start, end, save } = daylight;
  const weekly = start.week !== undefined && end.week !== undefined;
  const summer = `DST${westOfGreenwich(found.standard + save)}`;
  return {
    rule: `${standard}${summer},${changeText(start)},${changeText(end)}`,
    notes: weekly ? [] : ["the dates of daylight saving hold for this year alone: fetch again next year"],
  };
}

function encode({ setting, words, at }: EncodingInput): Encoded {
  const zone = setting("time.zone");
  const found = typeof zone === "string" ? posixZone(zone, at) : undefined;
  if (found === undefined) return { ok: false, limit: "a name of the tz database, such as Europe/Berlin" };
  return {
    ok: true,
    notes: found.notes,
    parts: [
      { name: words.get("choice") ?? "choice", value: words.get("customize") ?? "customize" },
      { name: words.get("rule") ?? "rule", value: found.rule },
    ],
  };
}

/** The zone's rule in full under `rule`, and under `choice` the word that makes the phone read it (Grandstream). */
export const posixTimeZone: Encoding = { name: "posix-time-zone", settings: ["time.zone"], encode };
