import type { Device } from "../../protocol/device.ts";
import type { MacAddress } from "../../protocol/mac-address.ts";
import { Secret } from "../../protocol/secret.ts";
import { settingWinner, type SettingLayers } from "../answer/settings-for.ts";
import type { Inventory } from "../inventory/inventory.ts";
import { findModel } from "../profiles/profiles.ts";
import { DeviceSeen, type Seen } from "../store/device-seen.ts";
import { SitePbxBook } from "../store/site-pbx.ts";
import { notifyForm, type NotifyForm } from "./notify-form.ts";
import { notifyTarget, type NotifyTargetFound, type PhoneAccount } from "./notify-target.ts";
import type { ResyncWay } from "./resync-plan.ts";

/** How one phone is asked: what is said, and where it goes. */
export interface PhoneReach {
  readonly device: Device;
  readonly zone: string;
  readonly form: NotifyForm;
  readonly found: NotifyTargetFound;
}

export interface ReachWish {
  readonly reboot: boolean;
  readonly via?: ResyncWay;
}

/** Looks up how phones of one tenant are asked; what they share is read once, so make one for each look. */
export class Reaches {
  readonly #inventory: Inventory;
  readonly #sites = new Map<string, ReturnType<typeof readSite>>();
  #shared: ReturnType<typeof readShared> | undefined;

  constructor(inventory: Inventory) {
    this.#inventory = inventory;
  }

  /** Undefined: no such phone. */
  async of(mac: MacAddress, wish: ReachWish): Promise<PhoneReach | undefined> {
    const phone = await this.#inventory.phones.withSecrets(mac);
    if (!phone.ok) return undefined;
    const device = phone.value;
    const { profiles, tenant, seen, neighbours } = await (this.#shared ??= readShared(this.#inventory));
    const { site, pbx } = await this.#site(device.site);
    const model = findModel(profiles, device.vendor, device.model);
    const layers: SettingLayers = {
      vendor: model?.family.vendor.settings,
      model: model?.about.settings,
      tenant: tenant?.settings,
      site: site?.settings,
      device: device.settings,
    };
    const address = seen.get(device.mac)?.address;
    return {
      device,
      zone: textAt(layers, device, "time.zone") ?? "UTC",
      form:
        model === undefined
          ? { ok: false, why: `no profile has ${device.vendor} ${device.model}`, instead: "" }
          : notifyForm(model.family.vendor, wish.reboot),
      found: notifyTarget({
        account: accountOf(layers, device),
        neighbours: address === undefined ? 0 : (neighbours.get(address) ?? 1) - 1,
        ...(wish.via === undefined ? {} : { via: wish.via }),
        ...(pbx === undefined ? {} : { pbx }),
        ...(address === undefined ? {} : { address }),
      }),
    };
  }

  #site(id: string): ReturnType<typeof readSite> {
    const known = this.#sites.get(id) ?? readSite(this.#inventory, id);
    this.#sites.set(id, known);
    return known;
  }
}

async function readSite({ store, vault, tenant, sites }: Inventory, id: string) {
  const [site, pbx] = await Promise.all([
    sites.withSecrets(id),
    new SitePbxBook(store, vault).get(tenant, id),
  ]);
  return { site, pbx };
}

async function readShared(inventory: Inventory) {
  const { store, tenant, tenants } = inventory;
  const seen = await new DeviceSeen(store).all(tenant);
  return {
    profiles: await inventory.profiles(),
    tenant: await tenants.withSecrets(tenant),
    seen,
    neighbours: countBy(seen),
  };
}

function countBy(seen: ReadonlyMap<MacAddress, Seen>): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { address } of seen.values()) counts.set(address, (counts.get(address) ?? 0) + 1);
  return counts;
}

function textAt(layers: SettingLayers, device: Device, path: string): string | undefined {
  const value = settingWinner(layers, path, device.lines[0])?.value;
  return typeof value === "string" && value !== "" ? value : undefined;
}

function accountOf(layers: SettingLayers, device: Device): PhoneAccount {
  const text = (path: string) => textAt(layers, device, path);
  const port = (path: string) => {
    const value = settingWinner(layers, path, device.lines[0])?.value;
    return typeof value === "number" ? value : 0;
  };
  const [user, authUser, server] = [text("line.user"), text("line.authUser"), text("line.server.host")];
  const [password, proxy] = [text("line.password"), text("line.outboundProxy.host")];
  return {
    serverPort: port("line.server.port"),
    localPort: port("line.localPort"),
    ...(user === undefined ? {} : { user }),
    ...(authUser === undefined ? {} : { authUser }),
    ...(server === undefined ? {} : { server }),
    ...(password === undefined ? {} : { password: new Secret(password) }),
    ...(proxy === undefined ? {} : { proxy: { host: proxy, port: port("line.outboundProxy.port") } }),
  };
}
