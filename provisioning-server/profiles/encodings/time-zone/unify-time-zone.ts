import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";
import { zoneRule } from "./zone-rule.ts";

/** Minutes east of Greenwich just now, daylight saving and all. */
function offsetNow(zone: string, at: number): number {
  const name = new Intl.DateTimeFormat("en-US", { timeZone: zone, timeZoneName: "longOffset" })
    .formatToParts(at)
    .find((part) => part.type === "timeZoneName")?.value;
  const [, sign, hours, minutes = "0"] = /([+-])(\d+):?(\d+)?/.exec(name ?? "") ?? [];
  if (sign === undefined) return 0;
  return (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}

function encode({ setting, at }: EncodingInput): Encoded {
  const zone = setting("time.zone");
  const rule = typeof zone === "string" ? zoneRule(zone, at) : undefined;
  if (typeof zone !== "string" || rule === undefined)
    return { ok: false, limit: "a name of the tz database, such as Europe/Berlin" };
  const save = rule.daylight?.save ?? 60;
  const isSummer = rule.daylight !== undefined && offsetNow(zone, at) !== rule.standard;
  return {
    ok: true,
    notes:
      rule.daylight === undefined && rule.irregular !== true
        ? []
        : ["the phone learns of daylight saving when it fetches its config: let it fetch daily"],
    parts: [
      { name: "sntp-tz-offset", value: String(rule.standard) },
      { name: "daylight-save", value: isSummer ? "true" : "false" },
      { name: "daylight-save-minutes", value: String(save) },
    ],
  };
}

/** OpenScape's offset in minutes, and whether it is summer just now. */
export const unifyTimeZone: Encoding = { name: "unify-time-zone", settings: ["time.zone"], encode };
