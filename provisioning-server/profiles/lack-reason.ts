import type { SettingsMap } from "./settings-map.ts";

/** Why a family has no key for a setting: its own reason, or that of the group it lies in (`ldap` for all of `ldap.*`). */
export function lackReason(map: SettingsMap, path: string): string | undefined {
  for (let name = path; name !== ""; name = name.slice(0, Math.max(name.lastIndexOf("."), 0))) {
    const reason = map.lacks?.[name];
    if (reason !== undefined) return reason;
  }
  return undefined;
}
