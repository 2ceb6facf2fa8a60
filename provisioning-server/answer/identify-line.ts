import type { Door } from "../../protocol/phone-request.ts";
import type { Profiles } from "../profiles/profiles.ts";
import { identify } from "./identify.ts";

/** What one request tells, with null where nothing is known. */
export interface IdentifiedLine {
  readonly vendor: string | null;
  /** As the vendor prints it. */
  readonly model: string | null;
  /** 12 lower-case hex digits. */
  readonly mac: string | null;
  readonly firmware: string | null;
  readonly file: "config" | "firmware" | "directory" | "optional" | "unknown";
}

const doors: readonly string[] = ["https", "http", "legacy", "tftp"] satisfies readonly Door[];
const isDoor = (text: string): text is Door => doors.includes(text);

/** A line of `{"ua", "path", "door"}`; ua and path may be null or absent, and https is the door of a line without one. */
function readLine(line: string): { ua: string; path: string; door: Door } | { error: string } {
  let json: unknown;
  try {
    json = JSON.parse(line);
  } catch (error) {
    return { error: `expected JSON, found ${error instanceof Error ? error.message : "something else"}` };
  }
  if (typeof json !== "object" || json === null || Array.isArray(json))
    return { error: 'expected an object {"ua", "path", "door"}' };
  const asked: Readonly<Record<string, unknown>> = { ...json };
  const { ua = null, path = null, door = null } = asked;
  for (const [name, value] of Object.entries({ ua, path, door }))
    if (value !== null && typeof value !== "string")
      return { error: `${name}: expected text or null, found ${typeof value}` };
  const word = typeof door === "string" ? door.toLowerCase() : "https";
  if (!isDoor(word))
    return { error: `door: expected one of ${doors.join(", ")}, found ${word.slice(0, 40)}` };
  if (typeof ua !== "string" && typeof path !== "string")
    return { error: "expected ua or path, found neither" };
  return { ua: typeof ua === "string" ? ua : "", path: typeof path === "string" ? path : "", door: word };
}

/** What agent, path and door tell. */
export function identifyAsked(
  asked: { readonly ua: string; readonly path: string; readonly door: Door },
  profiles: Profiles,
): IdentifiedLine {
  const told = identify({ path: asked.path, userAgent: asked.ua, via: asked.door }, profiles);
  const { vendor = null, model = null, mac = null, firmware = null, file } = told;
  return { vendor, model, mac, firmware, file };
}

/** One JSON line in, one JSON line out; a line that makes no sense says why and harms no other. */
export function identifyLine(line: string, profiles: Profiles): string {
  const asked = readLine(line);
  return JSON.stringify("error" in asked ? asked : identifyAsked(asked, profiles));
}
