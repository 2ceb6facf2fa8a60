import { isTimeZone } from "./setting-value.ts";
import type { Flaw } from "./flaw.ts";

/**
 * What the schema of settings cannot say: no setting carries control characters (in a config of lines they would start
 * lines of their own), and time zones are those of the tz database. Values are not quoted: they may be secrets.
 */
export function settingFlaws(settings: unknown, place: string): Flaw[] {
  if (typeof settings === "string") {
    if (/\p{Cc}/u.test(settings))
      return [{ place, expected: "text without control characters", found: "a control character" }];
    if (place.endsWith("/time/zone") && !isTimeZone(settings))
      return [{ place, expected: "a name of the tz database, such as Europe/Berlin", found: settings }];
    return [];
  }
  if (typeof settings !== "object" || settings === null) return [];
  return Object.entries(settings).flatMap(([name, value]) =>
    settingFlaws(value, `${place}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`),
  );
}
