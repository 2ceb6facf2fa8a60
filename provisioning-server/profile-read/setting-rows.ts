import { settingCatalogue } from "../../protocol/phone-settings.ts";
import type { ReadConfig } from "./read-config.ts";

/** One setting of a config, for people: `line2.server.host`, `keys module 1 position 3 label`, `raw P1234`. */
export interface SettingRow {
  readonly setting: string;
  readonly value: string;
  readonly secret: boolean;
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : JSON.stringify(value));

function rowsOf(value: unknown, path: string, shown: string): SettingRow[] {
  const about = settingCatalogue.get(path);
  if (path === "keys" && Array.isArray(value)) return value.flatMap((key) => keyRows(key));
  if (about === undefined && typeof value === "object" && value !== null && !Array.isArray(value))
    return Object.entries(value).flatMap(([name, child]) =>
      rowsOf(child, path === "" ? name : `${path}.${name}`, shown === "" ? name : `${shown}.${name}`),
    );
  if (Array.isArray(value) && value.some((item) => typeof item === "object"))
    return value.flatMap((item: object, index) =>
      Object.entries(item).map(([name, child]) => ({
        setting: `${shown} ${index + 1} ${name}`,
        value: textOf(child),
        secret: name === "password",
      })),
    );
  return [{ setting: shown, value: textOf(value), secret: about?.secret === true }];
}

function keyRows(key: Readonly<Record<string, unknown>>): SettingRow[] {
  const { module, position, ...rest } = key;
  const place = `keys ${module === undefined ? "" : `module ${textOf(module)} `}position ${textOf(position)}`;
  return Object.entries(rest).map(([name, value]) => ({
    setting: `${place} ${name}`,
    value: textOf(value),
    secret: false,
  }));
}

/** All settings of a config, in the order of the schema's groups, accounts first; raw keys last. */
export function settingRows({ settings, lines, raw }: ReadConfig): SettingRow[] {
  return [
    ...lines.flatMap((line) => rowsOf(line.settings, "line", `line${line.index}`)),
    ...rowsOf(settings, "", ""),
    ...Object.entries(raw).map(([key, value]) => ({
      setting: `raw ${key}`,
      value,
      secret: /pass|pwd|secret|token|hash|pin\b/i.test(key),
    })),
  ];
}
