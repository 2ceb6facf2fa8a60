import type { Inventory } from "../inventory/inventory.ts";
import { Rollouts } from "../store/rollouts.ts";
import type { FirmwareImage } from "./image.ts";
import { sameVersion } from "./upgrade-path.ts";

/** What wants an image's version, of all tenants: `phone 805ec0000001`, `site hq`, `tenant acme`. */
export async function namedBy(inventory: Inventory, image: FirmwareImage): Promise<string[]> {
  const wants = (version: string | undefined) => version !== undefined && sameVersion(version, image.version);
  const names: string[] = [];
  for (const own of await inventory.ofAll()) {
    const tenant = await own.tenants.withSecrets(own.tenant);
    if (wants(tenant?.settings.firmware?.version)) names.push(`tenant ${own.tenant}`);
    for (const site of await own.listSites())
      if (wants(site.settings.firmware?.version)) names.push(`site ${site.id}`);
    for (const { device } of await own.listPhones())
      if (device.vendor === image.vendor && wants(device.settings.firmware?.version))
        names.push(`phone ${device.mac}`);
    for (const { id, vendor, to, phones } of await new Rollouts(own.store, own.tenant).open())
      if (vendor === image.vendor && (wants(to) || phones.some(({ from }) => wants(from))))
        names.push(`roll-out ${id}`);
  }
  return names;
}
