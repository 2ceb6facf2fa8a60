import { decoded, type Decoded } from "../../protocol/decoded.ts";
import type { Device } from "../../protocol/device.ts";
import type { RenderedFile } from "../answer/render-file.ts";
import { findModel, type Profiles } from "../profiles/profiles.ts";
import { readConfig } from "./read-config.ts";
import { type SettingRow, settingRows } from "./setting-rows.ts";

/** A setting that two configs say otherwise; undefined where one does not say it. Secrets are dots. */
export interface ConfigDifference {
  readonly setting: string;
  readonly ours?: string;
  readonly theirs?: string;
}

const shown = ({ value, secret }: SettingRow): string => (secret ? "••••" : value);

function differences(ours: readonly SettingRow[], theirs: readonly SettingRow[]): ConfigDifference[] {
  const [mine, other] = [ours, theirs].map((rows) => new Map(rows.map((row) => [row.setting, row])));
  const names = new Set([...(mine?.keys() ?? []), ...(other?.keys() ?? [])]);
  return [...names].flatMap((setting) => {
    const [a, b] = [mine?.get(setting), other?.get(setting)];
    if (a?.value === b?.value) return [];
    return [
      {
        setting,
        ...(a === undefined ? {} : { ours: shown(a) }),
        ...(b === undefined ? {} : { theirs: shown(b) }),
      },
    ];
  });
}

/** The file of ours that says most of this one phone: others are manifests and lists. */
function mainFile(
  files: readonly RenderedFile[],
  profiles: Profiles,
  device: Device,
): RenderedFile | undefined {
  const family = findModel(profiles, device.vendor, device.model)?.family;
  const own = files.filter(
    ({ fileId }) => family?.vendor.files.find(({ id }) => id === fileId)?.scope === "device",
  );
  return own.toSorted((a, b) => b.provenance.length - a.provenance.length)[0];
}

/**
 * What differs between the config a phone gets from us and another of its vendor's, setting by setting. Both are read with
 * the same map, so what it cannot say differs in neither.
 *
 * @param files what the phone gets, with its secrets
 */
export function diffConfig(
  profiles: Profiles,
  device: Device,
  files: readonly RenderedFile[],
  text: string,
): Decoded<readonly ConfigDifference[]> {
  return diffFile(profiles, device, mainFile(files, profiles, device), text);
}

/** As {@link diffConfig}, of one file: what differs between it, with its secrets, and a text in the same language. */
export function diffFile(
  profiles: Profiles,
  device: Device,
  file: RenderedFile | undefined,
  text: string,
): Decoded<readonly ConfigDifference[]> {
  const about = { vendor: device.vendor, model: device.model };
  const theirs = readConfig(profiles, text, about);
  if (!theirs.ok) return theirs;
  const ours = readConfig(profiles, Buffer.from(file?.body ?? []).toString("utf8"), about);
  if (!ours.ok) return ours;
  return decoded(differences(settingRows(ours.value), settingRows(theirs.value)));
}
