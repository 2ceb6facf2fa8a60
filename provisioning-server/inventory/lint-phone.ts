import type { Device } from "../../protocol/device.ts";
import type { MacAddress } from "../../protocol/mac-address.ts";
import type { PhoneSettings } from "../../protocol/phone-settings.ts";
import type { Site } from "../../protocol/site.ts";
import type { RenderNote } from "../answer/render-note.ts";
import type { SettingLayers } from "../answer/settings-for.ts";
import type { ModelProfile } from "../profiles/profiles.ts";

/** A phone as lint looks at it: with its secrets, its layers, and what rendering said of its settings. */
export interface LintPhone {
  readonly device: Device;
  readonly site?: Site;
  readonly tenant?: PhoneSettings;
  /** Absent where no profile has the model. */
  readonly profile?: ModelProfile;
  readonly notes: readonly RenderNote[];
  /** Revision of the phone when it last fetched its config; absent for one that never did. */
  readonly fetchedRevision?: number;
}

const lintRules = [
  "label-too-long",
  "extension-twice",
  "codecs-apart",
  "admin-password",
  "no-time",
  "tls-without-root",
  "not-on-model",
  "refused",
  "coarser",
  "reboots",
  "no-profile",
] as const;

/** What is not good about a phone's settings. Never holds a secret. */
export interface LintProblem {
  readonly mac: MacAddress;
  readonly rule: (typeof lintRules)[number];
  /** Path of the setting, an account's as `line2.label`. */
  readonly setting: string;
  readonly why: string;
  readonly remedy: string;
}

/** The layers that hold for a phone. */
export function layersOf({ device, site, tenant, profile }: LintPhone): SettingLayers {
  return {
    vendor: profile?.family.vendor.settings,
    model: profile?.about.settings,
    tenant,
    site: site?.settings,
    device: device.settings,
  };
}
