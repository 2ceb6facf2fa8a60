import type { Device } from "../../protocol/device.ts";
import type { Phonebook } from "../../protocol/phonebook.ts";
import type { PhoneSettings } from "../../protocol/phone-settings.ts";
import type { Site } from "../../protocol/site.ts";
import type { Directory, RenderContext } from "../answer/directory.ts";
import type { FirstAccess } from "../answer/first-access.ts";
import type { SeenPort } from "../answer/location.ts";
import type { Profiles } from "../profiles/profiles.ts";
import { Devices } from "../store/devices.ts";
import type { StoreHandle } from "../store/open-store.ts";
import { Phonebooks } from "../store/phonebooks.ts";
import type { Sealing } from "../store/sealing.ts";
import { Sites } from "../store/sites.ts";
import { Tenants } from "../store/tenants.ts";
import { StoredFirstAccess } from "./first-access.ts";
import { PortBook } from "./port-book.ts";
import { SiteFinder } from "./site-finder.ts";
import { TokenFinder } from "./token-finder.ts";

/** What the inventory tells answer/: read from the store at each request, so that every change holds at once. */
export class StoreDirectory implements Directory {
  readonly profiles: Profiles;
  readonly context: Omit<RenderContext, "at">;
  readonly firstAccess: FirstAccess;
  /** Whose the devices are that were handed out: their documents do not say. */
  readonly #tenants = new WeakMap<Device, string>();
  readonly #devices: Devices;
  readonly #sites: Sites;
  readonly #phonebooks: Phonebooks;
  readonly #tenantLayers: Tenants;
  readonly #finder = new SiteFinder();
  readonly #ports: PortBook;
  readonly #tokens: TokenFinder;

  constructor(options: {
    readonly store: StoreHandle;
    readonly sealing: Sealing;
    readonly profiles: Profiles;
    readonly context: Omit<RenderContext, "at">;
  }) {
    this.profiles = options.profiles;
    this.context = options.context;
    this.#devices = new Devices(options.store, options.sealing);
    this.#sites = new Sites(options.store, options.sealing);
    this.#tenantLayers = new Tenants(options.store, options.sealing);
    this.#phonebooks = new Phonebooks(options.store);
    this.#ports = new PortBook(options.store);
    this.#tokens = new TokenFinder(options.context.serverKey);
    this.firstAccess = new StoredFirstAccess(options.store, (device) => this.tenantOf(device));
  }

  async deviceByMac(mac: string): Promise<Device | undefined> {
    const tenant = await this.#devices.owner(mac);
    if (tenant === undefined) return undefined;
    const device = await this.#devices.get(tenant, mac);
    if (device !== undefined) this.#tenants.set(device, tenant);
    return device;
  }

  async deviceByToken(token: string): Promise<Device | undefined> {
    const mac = await this.macOfToken(token, await this.#devices.mark());
    return mac === undefined ? undefined : this.deviceByMac(mac);
  }

  /** `mark`: another text whenever a phone came, went or got a new token. */
  macOfToken(token: string, mark: string): Promise<string | undefined> {
    return this.#tokens.macOf(this.#devices, token, mark);
  }

  /** Whose a device is that this directory handed out; of any other, the store is asked. */
  async tenantOf(device: Device): Promise<string | undefined> {
    return this.#tenants.get(device) ?? (await this.#devices.owner(device.mac));
  }

  siteOf(tenant: string, id: string): Promise<Site | undefined> {
    return this.#sites.get(tenant, id);
  }

  sitesAt(address: string): Promise<readonly Pick<Site, "tenant" | "id">[]> {
    return this.#finder.at(this.#sites, address);
  }

  async site(id: string, device: Device): Promise<Site | undefined> {
    const tenant = await this.tenantOf(device);
    return tenant === undefined ? undefined : this.siteOf(tenant, id);
  }

  async tenantSettings(tenant: string): Promise<PhoneSettings | undefined> {
    return (await this.#tenantLayers.get(tenant))?.settings;
  }

  phonebook(site: string, tenant: string): Promise<Phonebook | undefined> {
    return this.#phonebooks.get(tenant, site);
  }

  portsOf(device: Device, site: Site): Promise<readonly SeenPort[]> {
    return this.#ports.placesOf(site.tenant, site.id, device.mac);
  }

  async sitesByAddress(address: string): Promise<readonly Site[]> {
    const found = await this.sitesAt(address);
    const sites = await Promise.all(found.map((site) => this.siteOf(site.tenant, site.id)));
    return sites.filter((site) => site !== undefined);
  }
}
