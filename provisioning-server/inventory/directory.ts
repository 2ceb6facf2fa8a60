import type { Device } from "../../protocol/device.ts";
import type { Phonebook } from "../../protocol/phonebook.ts";
import type { Site } from "../../protocol/site.ts";
import type { Directory, RenderContext } from "../answer/directory.ts";
import type { Profiles } from "../profiles/profiles.ts";
import { Devices } from "../store/devices.ts";
import type { StoreHandle } from "../store/open-store.ts";
import { Phonebooks } from "../store/phonebooks.ts";
import type { Sealing } from "../store/sealing.ts";
import { Sites } from "../store/sites.ts";
import { SiteFinder } from "./site-finder.ts";
import { TokenFinder } from "./token-finder.ts";

/** What the inventory tells answer/: read from the store at each request, so that every change holds at once. */
export class StoreDirectory implements Directory {
  readonly profiles: Profiles;
  readonly context: Omit<RenderContext, "at">;
  readonly #tenant: string;
  readonly #devices: Devices;
  readonly #sites: Sites;
  readonly #phonebooks: Phonebooks;
  readonly #finder = new SiteFinder();
  readonly #tokens: TokenFinder;

  constructor(options: {
    readonly store: StoreHandle;
    readonly sealing: Sealing;
    readonly profiles: Profiles;
    readonly context: Omit<RenderContext, "at">;
    /** Whose sites `site()` finds. */
    readonly tenant: string;
  }) {
    this.profiles = options.profiles;
    this.context = options.context;
    this.#tenant = options.tenant;
    this.#devices = new Devices(options.store, options.sealing);
    this.#sites = new Sites(options.store, options.sealing);
    this.#phonebooks = new Phonebooks(options.store);
    this.#tokens = new TokenFinder(options.context.serverKey);
  }

  async deviceByMac(mac: string): Promise<Device | undefined> {
    const tenant = await this.#devices.owner(mac);
    return tenant === undefined ? undefined : this.#devices.get(tenant, mac);
  }

  async deviceByToken(token: string): Promise<Device | undefined> {
    const mac = await this.#tokens.macOf(this.#devices, token);
    return mac === undefined ? undefined : this.deviceByMac(mac);
  }

  async site(id: string): Promise<Site | undefined> {
    return this.#sites.get(this.#tenant, id);
  }

  phonebook(site: string): Promise<Phonebook | undefined> {
    return this.#phonebooks.get(this.#tenant, site);
  }

  async sitesByAddress(address: string): Promise<readonly Site[]> {
    const found = await this.#finder.at(this.#sites, address);
    const sites = await Promise.all(found.map((site) => this.#sites.get(site.tenant, site.id)));
    return sites.filter((site) => site !== undefined);
  }
}
