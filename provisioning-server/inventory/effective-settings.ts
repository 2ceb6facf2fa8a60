import type { Device } from "../../protocol/device.ts";
import type { Layer } from "../../protocol/answer.ts";
import { settingCatalogue, type PhoneSettings } from "../../protocol/phone-settings.ts";
import type { Site } from "../../protocol/site.ts";
import { settingsFor, type SettingLayers, type Winner } from "../answer/settings-for.ts";
import { findModel, type Profiles } from "../profiles/profiles.ts";
import { secretDots } from "./restore-secrets.ts";

/** A setting that holds for a phone: its value, who says so, and what weaker layers would have said. Secrets are dots. */
export interface EffectiveSetting {
  /** `time.zone`, or `line2.user` for a line's own. */
  readonly path: string;
  readonly value: unknown;
  readonly layer: Layer;
  readonly losers: readonly { readonly layer: Layer; readonly value: unknown }[];
}

/** All settings that hold for a phone, in the order of the catalogue; those of lines for each line. */
export function effectiveSettings(
  profiles: Profiles,
  device: Device,
  site: Site | undefined,
  tenant: PhoneSettings | undefined,
): EffectiveSetting[] {
  const model = findModel(profiles, device.vendor, device.model);
  const layers: SettingLayers = {
    vendor: model?.family.vendor.settings,
    model: model?.about.settings,
    tenant,
    site: site?.settings,
    device: device.settings,
  };
  const whole = [...settingsFor(layers)].filter(([path]) => !path.startsWith("line."));
  const lines = device.lines.flatMap((line) =>
    [...settingsFor(layers, line)]
      .filter(([path]) => path.startsWith("line."))
      .map(([path, winner]) => [path, winner, `line${line.index}${path.slice("line".length)}`] as const),
  );
  return [
    ...whole.map(([path, winner]) => shown(path, winner, path)),
    ...lines.map((line) => shown(...line)),
  ];
}

function shown(path: string, { value, layer, losers }: Winner, name: string): EffectiveSetting {
  const dots = (each: unknown) => (settingCatalogue.get(path)?.secret === true ? secretDots : masked(each));
  return {
    path: name,
    value: dots(value),
    layer,
    losers: losers.map((loser) => ({ layer: loser.layer, value: dots(loser.value) })),
  };
}

/** Lists of objects (phonebooks) are one setting, and may have a password inside. */
function masked(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((each) => masked(each));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, name === "password" ? secretDots : masked(inner)]),
  );
}
