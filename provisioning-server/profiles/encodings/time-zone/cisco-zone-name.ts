import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";
import { type ZoneRule, zoneRule } from "./zone-rule.ts";

// The names that the phones know, each with a zone of the tz database that keeps the same clock. Several names have the
// same clock: one is enough.
const names: readonly (readonly [name: string, zone: string])[] = [
  ["Dateline Standard Time", "Etc/GMT+12"],
  ["Samoa Standard Time", "Pacific/Pago_Pago"],
  ["Hawaiian Standard Time", "Pacific/Honolulu"],
  ["Alaskan Standard/Daylight Time", "America/Anchorage"],
  ["Pacific Standard/Daylight Time", "America/Los_Angeles"],
  ["Mountain Standard/Daylight Time", "America/Denver"],
  ["US Mountain Standard Time", "America/Phoenix"],
  ["Central Standard/Daylight Time", "America/Chicago"],
  ["Canada Central Standard Time", "America/Regina"],
  ["Eastern Standard/Daylight Time", "America/New_York"],
  ["US Eastern Standard Time", "Etc/GMT+5"],
  ["Atlantic Standard/Daylight Time", "America/Halifax"],
  ["SA Western Standard Time", "Etc/GMT+4"],
  ["Newfoundland Standard/Daylight Time", "America/St_Johns"],
  ["SA Eastern Standard Time", "Etc/GMT+3"],
  ["Azores Standard/Daylight Time", "Atlantic/Azores"],
  ["GMT Standard/Daylight Time", "Europe/London"],
  ["Greenwich Standard Time", "Etc/GMT"],
  ["Central Europe Standard/Daylight Time", "Europe/Berlin"],
  ["E. Europe Standard/Daylight Time", "Europe/Athens"],
  ["South Africa Standard Time", "Africa/Johannesburg"],
  ["Saudi Arabia Standard Time", "Asia/Riyadh"],
  ["Arabian Standard Time", "Asia/Dubai"],
  ["Afghanistan Standard Time", "Asia/Kabul"],
  ["West Asia Standard Time", "Etc/GMT-5"],
  ["India Standard Time", "Asia/Kolkata"],
  ["Central Asia Standard Time", "Etc/GMT-6"],
  ["SE Asia Standard Time", "Asia/Bangkok"],
  ["Taipei Standard Time", "Asia/Taipei"],
  ["Tokyo Standard Time", "Asia/Tokyo"],
  ["Cen. Australia Standard/Daylight Time", "Australia/Adelaide"],
  ["AUS Central Standard Time", "Australia/Darwin"],
  ["West Pacific Standard Time", "Etc/GMT-10"],
  ["Tasmania Standard/Daylight Time", "Australia/Hobart"],
  ["Central Pacific Standard Time", "Etc/GMT-11"],
  ["Fiji Standard Time", "Etc/GMT-12"],
  ["New Zealand Standard/Daylight Time", "Pacific/Auckland"],
];

/** Two zones with the same clock, this year and by the same rule. */
const clockOf = ({ standard, daylight }: ZoneRule): string =>
  JSON.stringify([
    standard,
    daylight === undefined
      ? null
      : [daylight.save, daylight.start.month, daylight.start.day, daylight.end.month, daylight.end.day],
  ]);

interface Named {
  readonly name: string;
  readonly rule: ZoneRule;
}

function knownAt(at: number): Named[] {
  return names.flatMap(([name, zone]) => {
    const rule = zoneRule(zone, at);
    return rule === undefined ? [] : [{ name, rule }];
  });
}

function nearest(all: readonly Named[], wanted: ZoneRule): Named | undefined {
  const distance = ({ rule }: Named) =>
    Math.abs(rule.standard - wanted.standard) * 10 +
    ((rule.daylight === undefined) === (wanted.daylight === undefined) ? 0 : 1);
  return all.toSorted((a, b) => distance(a) - distance(b))[0];
}

const found = new Map<string, { name: string; exact: boolean }>();

/** The name for a zone that the tz database has, so there are few: each is looked for once a year. */
function nameOf(zone: string, rule: ZoneRule, at: number): { name: string; exact: boolean } {
  const key = `${zone} ${new Date(at).getUTCFullYear()}`;
  const before = found.get(key);
  if (before !== undefined) return before;
  const all = knownAt(at);
  const same = all.find((named) => clockOf(named.rule) === clockOf(rule));
  const result = { name: (same ?? nearest(all, rule))?.name ?? "", exact: same !== undefined };
  found.set(key, result);
  return result;
}

function encode({ setting, at }: EncodingInput): Encoded {
  const zone = setting("time.zone");
  const rule = typeof zone === "string" ? zoneRule(zone, at) : undefined;
  if (typeof zone !== "string" || rule === undefined)
    return { ok: false, limit: "a name of the tz database, such as Europe/Berlin" };
  const { name, exact } = nameOf(zone, rule, at);
  return {
    ok: true,
    parts: [
      { name: "timeZone", value: name },
      { name: "olsonTimeZone", value: zone },
    ],
    notes: exact ? [] : [`older firmware has no name for this clock: it shows that of ${name}`],
  };
}

/** The phones' own name of the zone, and for newer firmware the zone itself. */
export const ciscoZoneName: Encoding = { name: "cisco-zone-name", settings: ["time.zone"], encode };
