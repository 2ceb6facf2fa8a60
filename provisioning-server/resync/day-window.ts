import { decoded, mismatch, type Decoded } from "../../protocol/decoded.ts";

/** A span of each day, in minutes after midnight; `from` greater than `to` goes over midnight. */
export interface DayWindow {
  readonly from: number;
  readonly to: number;
  /** A name of the tz database; absent: each phone's own. */
  readonly zone?: string;
}

/** Reads `22:00-05:00`. */
export function decodeDayWindow(text: string, zone?: string): Decoded<DayWindow> {
  const match = /^([01]?\d|2[0-3]):([0-5]\d)-([01]?\d|2[0-3]):([0-5]\d)$/.exec(text.trim());
  if (match === null) return mismatch("window", "two times of day, such as 22:00-05:00", text);
  const [, fromHour, fromMinute, toHour, toMinute] = match.map(Number);
  const from = (fromHour ?? 0) * 60 + (fromMinute ?? 0);
  const to = (toHour ?? 0) * 60 + (toMinute ?? 0);
  if (from === to) return mismatch("window", "two different times", text);
  if (zone !== undefined && !isZone(zone))
    return mismatch("zone", "a name of the tz database, such as Europe/Berlin", zone);
  return decoded({ from, to, ...(zone === undefined ? {} : { zone }) });
}

/** As it is written on the command line. */
export function printDayWindow({ from, to, zone }: DayWindow): string {
  const time = (minutes: number): string =>
    `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
  return `${time(from)}-${time(to)}${zone === undefined ? "" : ` ${zone}`}`;
}

/** Is the time (ms) within the window, in its zone or else in `zone`? The clock on the wall decides, also when it is put back. */
export function isInWindow({ from, to, zone: own }: DayWindow, at: number, zone: string): boolean {
  const minute = minuteOfDay(at, own ?? zone);
  return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

const clocks = new Map<string, Intl.DateTimeFormat>();

function minuteOfDay(at: number, zone: string): number {
  let clock = clocks.get(zone);
  if (clock === undefined) {
    const timeZone = isZone(zone) ? zone : "UTC";
    clock = new Intl.DateTimeFormat("en-GB", {
      timeZone,
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
    });
    clocks.set(zone, clock);
  }
  const [hour = 0, minute = 0] = clock.format(at).split(":").map(Number);
  return hour * 60 + minute;
}

function isZone(zone: string): boolean {
  try {
    return new Intl.DateTimeFormat("en-GB", { timeZone: zone }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}
