import type { Encoded, Encoding, EncodingInput } from "../encoding.ts";
import { zoneRule } from "./zone-rule.ts";

/** `+1:00`, `-3:30`. */
function offsetText(minutes: number): string {
  const [hours, rest] = [Math.floor(Math.abs(minutes) / 60), Math.abs(minutes) % 60];
  return `${minutes < 0 ? "-" : "+"}${hours}:${String(rest).padStart(2, "0")}`;
}

function encode({ setting, at }: EncodingInput): Encoded {
  const zone = setting("time.zone");
  const rule = typeof zone === "string" ? zoneRule(zone, at) : undefined;
  if (rule === undefined) return { ok: false, limit: "a name of the tz database, such as Europe/Berlin" };
  return { ok: true, parts: [{ name: "", value: offsetText(rule.standard) }] };
}

/** The offset without daylight saving, as `+1:00` (Alcatel-Lucent). */
export const zoneOffset: Encoding = { name: "zone-offset", settings: ["time.zone"], encode };
