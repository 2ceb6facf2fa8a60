import type { PhoneSettings } from "../../protocol/phone-settings.ts";
import type { Site } from "../../protocol/site.ts";
import type { RenderContext } from "../answer/directory.ts";
import { previewFiles } from "../answer/preview-files.ts";
import { findModel, type Profiles } from "../profiles/profiles.ts";
import { DeviceSeen } from "../store/device-seen.ts";
import { Devices } from "../store/devices.ts";
import type { StoreHandle } from "../store/open-store.ts";
import type { Sealing } from "../store/sealing.ts";
import { Sites } from "../store/sites.ts";
import type { LintPhone } from "./lint-phone.ts";

/** Every phone of a tenant as lint looks at it: with its site, its model, and what rendering says of its settings. */
export async function phonesToLint(from: {
  readonly store: StoreHandle;
  readonly sealing: Sealing;
  readonly tenant: string;
  /** The tenant's layer. */
  readonly settings?: PhoneSettings | undefined;
  readonly profiles: Profiles;
  readonly context: Omit<RenderContext, "at">;
}): Promise<LintPhone[]> {
  const { store, sealing, tenant, profiles } = from;
  const devices = await new Devices(store, sealing).list(tenant);
  const seen = await new DeviceSeen(store).all(tenant);
  const sites = new Map<string, Site | undefined>();
  for (const { site } of devices)
    if (!sites.has(site)) sites.set(site, await new Sites(store, sealing).get(tenant, site));
  const context = { ...from.context, at: store.now() };
  return devices.map((device) => {
    const site = sites.get(device.site);
    const profile = findModel(profiles, device.vendor, device.model);
    const { firmware, configRevision } = seen.get(device.mac) ?? {};
    const files = previewFiles(profiles, device, site, context, {
      ...(from.settings === undefined ? {} : { tenant: from.settings }),
      ...(firmware === undefined ? {} : { firmware }),
    });
    return {
      device,
      notes: files.flatMap(({ notes }) => notes),
      ...(site === undefined ? {} : { site }),
      ...(profile === undefined ? {} : { profile }),
      ...(configRevision === undefined ? {} : { fetchedRevision: configRevision }),
    };
  });
}
