import type { MacAddress } from "../../protocol/mac-address.ts";
import type { StoreHandle } from "../store/open-store.ts";
import { type SwitchPlace, switchPlaces } from "./switch-places.ts";

/** How old a site's list may be, ms. */
const freshFor = 5000;

/** Which ports phones of a site are on, read anew every few seconds at most: a boot storm asks for each phone. */
export class PortBook {
  readonly #store: StoreHandle;
  readonly #sites = new Map<
    string,
    { readonly at: number; readonly places: Promise<Map<MacAddress, SwitchPlace[]>> }
  >();

  constructor(store: StoreHandle) {
    this.#store = store;
  }

  async placesOf(tenant: string, site: string, mac: MacAddress): Promise<readonly SwitchPlace[]> {
    const name = `${tenant} ${site}`;
    const now = this.#store.now();
    let read = this.#sites.get(name);
    if (read === undefined || now - read.at >= freshFor) {
      read = { at: now, places: switchPlaces(this.#store, tenant, [site]) };
      this.#sites.set(name, read);
    }
    return (await read.places).get(mac) ?? [];
  }
}
