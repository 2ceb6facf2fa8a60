import type { Device } from "../../protocol/device.ts";
import { settingCatalogue } from "../../protocol/phone-settings.ts";
import { encodeCsv } from "./csv.ts";

const ownColumns = ["mac", "vendor", "model", "site", "label"] as const;

/** The phones as a table that `decodePhoneTable` reads: a column for every setting that any of them has; no secrets. */
export function exportPhones(devices: readonly Device[]): string {
  const rows = devices.map((device) => ({ device, cells: settingCells(device) }));
  const paths = [...new Set(rows.flatMap(({ cells }) => [...cells.keys()]))].toSorted();
  return encodeCsv([
    [...ownColumns, ...paths],
    ...rows.map(({ device, cells }) => [
      ...ownColumns.map((column) => device[column] ?? ""),
      ...paths.map((path) => cells.get(path) ?? ""),
    ]),
  ]);
}

function settingCells(device: Device): Map<string, string> {
  const cells = new Map<string, string>();
  for (const [path, about] of settingCatalogue) {
    if (about.secret || path === "phonebooks") continue; // phonebooks carry passwords inside
    put(cells, path, at(device.settings, path));
    if (!path.startsWith("line.")) continue;
    const inner = path.slice("line.".length);
    for (const line of device.lines) put(cells, `line${line.index}.${inner}`, at(line.settings, inner));
  }
  return cells;
}

function at(settings: unknown, path: string): unknown {
  let value: unknown = settings;
  for (const step of path.split("."))
    value =
      typeof value === "object" && value !== null && Object.hasOwn(value, step)
        ? Reflect.get(value, step)
        : undefined;
  return value;
}

function put(cells: Map<string, string>, path: string, value: unknown): void {
  if (value === undefined) return;
  if (Array.isArray(value) && value.every((each) => typeof each === "string"))
    cells.set(path, value.join(" "));
  else cells.set(path, typeof value === "string" ? value : JSON.stringify(value));
}
