// A time zone's offset and daylight saving, read out of the tz database that the runtime carries (Intl): no table of ours
// to grow old. Each vendor's encoding writes it in its own way.

/** When the clock is changed, by the wall clock that is about to change. */
export interface ClockChange {
  /** 1–12. */
  readonly month: number;
  /** Day of the month in the year asked for. */
  readonly day: number;
  /** 0 is Sunday. */
  readonly weekday: number;
  /** 1–4, or 5 for the last of the month; undefined where the coming years do not follow a weekday. */
  readonly week?: number;
  /** Minutes after midnight. */
  readonly minute: number;
}

export interface ZoneRule {
  /** Minutes east of Greenwich, without daylight saving. */
  readonly standard: number;
  /** `save`: minutes that are added. Absent: no daylight saving, or one that no yearly rule describes. */
  readonly daylight?: { readonly save: number; readonly start: ClockChange; readonly end: ClockChange };
  /** The year's changes are no pair of one start and one end (Ramadan); the offset is the one that holds longest. */
  readonly irregular?: true;
}

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;
const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(zone: string): Intl.DateTimeFormat {
  let format = formats.get(zone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" });
    formats.set(zone, format);
  }
  return format;
}

/** Offset in minutes, from `GMT+05:30`, `GMT-3:30`, `GMT`. */
function offsetAt(zone: string, at: number): number {
  const name = formatOf(zone)
    .formatToParts(at)
    .find((part) => part.type === "timeZoneName")?.value;
  const [, sign, hours, minutes = "0"] = /([+-])(\d+):?(\d+)?/.exec(name ?? "") ?? [];
  if (sign === undefined) return 0;
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

interface Change {
  readonly at: number;
  readonly before: number;
  readonly after: number;
}

/** The offset changes of a year (UTC), to the minute: looks every ten days, then halves. */
function changesOf(zone: string, year: number): Change[] {
  const changes: Change[] = [];
  const end = Date.UTC(year + 1, 0, 1);
  for (let from = Date.UTC(year, 0, 1); from < end; from += 10 * dayMs) {
    const to = Math.min(from + 10 * dayMs, end);
    const before = offsetAt(zone, from);
    if (before === offsetAt(zone, to)) continue;
    let low = from;
    let high = to;
    while (high - low > minuteMs) {
      const middle = low + Math.floor((high - low) / 2 / minuteMs) * minuteMs;
      if (offsetAt(zone, middle) === before) low = middle;
      else high = middle;
    }
    changes.push({ at: high, before, after: offsetAt(zone, high) });
  }
  return changes;
}

/** The change as the wall clock shows it just then. */
function wallClock(change: Change): ClockChange {
  const local = new Date(change.at + change.before * minuteMs);
  return {
    month: local.getUTCMonth() + 1,
    day: local.getUTCDate(),
    weekday: local.getUTCDay(),
    minute: local.getUTCHours() * 60 + local.getUTCMinutes(),
  };
}

function daysInMonth(year: number, month: number): number {
  return new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** Which weekday of the month it is, true for all the years: their nth, or their last. */
function weekOf(changes: readonly { year: number; change: ClockChange }[]): number | undefined {
  const [first] = changes;
  if (first === undefined) return undefined;
  const same = changes.every(
    ({ change }) => change.month === first.change.month && change.weekday === first.change.weekday,
  );
  if (!same) return undefined;
  const nth = Math.ceil(first.change.day / 7);
  if (nth < 5 && changes.every(({ change }) => Math.ceil(change.day / 7) === nth)) return nth;
  const last = changes.every(({ year, change }) => change.day + 7 > daysInMonth(year, change.month));
  return last ? 5 : undefined;
}

// Eight years in a row show each length of month start, so that "fourth" and "last" are told apart.
const yearsLookedAt = 8;

interface Year {
  readonly year: number;
  readonly start: Change;
  readonly end: Change;
}

function yearOf(zone: string, year: number): Year | undefined {
  const changes = changesOf(zone, year);
  const start = changes.find((change) => change.after > change.before);
  const end = changes.find((change) => change.after < change.before);
  if (changes.length !== 2 || start === undefined || end === undefined) return undefined;
  return start.after === end.before && start.before === end.after ? { year, start, end } : undefined;
}

function ruleOf(years: readonly (Year | undefined)[], which: "start" | "end", now: Change): ClockChange {
  const regular = years.filter((year) => year !== undefined);
  const week =
    regular.length < years.length
      ? undefined
      : weekOf(regular.map((year) => ({ year: year.year, change: wallClock(year[which]) })));
  return week === undefined ? wallClock(now) : { ...wallClock(now), week };
}

/** The offset that holds on most days. */
function usualOffset(zone: string, year: number): number {
  const days = new Map<number, number>();
  for (let at = Date.UTC(year, 0, 1); at < Date.UTC(year + 1, 0, 1); at += 5 * dayMs) {
    const offset = offsetAt(zone, at);
    days.set(offset, (days.get(offset) ?? 0) + 1);
  }
  return [...days].reduce((most, next) => (next[1] > most[1] ? next : most))[0];
}

function compute(zone: string, year: number): ZoneRule {
  const changes = changesOf(zone, year);
  if (changes.length === 0) return { standard: offsetAt(zone, Date.UTC(year, 0, 1)) };
  const now = yearOf(zone, year);
  if (now === undefined) return { standard: usualOffset(zone, year), irregular: true };
  const years = Array.from({ length: yearsLookedAt }, (_, ahead) => yearOf(zone, year + ahead));
  return {
    standard: now.start.before,
    daylight: {
      save: now.start.after - now.start.before,
      start: ruleOf(years, "start", now.start),
      end: ruleOf(years, "end", now.end),
    },
  };
}

const known = new Map<string, ZoneRule | undefined>();

/** The rule of an IANA zone in the year of `at`, or undefined for a name that the tz database has not. */
export function zoneRule(zone: string, at: number): ZoneRule | undefined {
  const year = new Date(at).getUTCFullYear();
  const key = `${zone} ${year}`;
  if (known.has(key)) return known.get(key);
  let rule: ZoneRule | undefined;
  try {
    rule = compute(zone, year);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // Intl says RangeError for a zone it does not know
  }
  // Names come from people's input: a store of wrong ones would grow without end.
  if (rule !== undefined) known.set(key, rule);
  return rule;
}
