import type { Site } from "../../protocol/site.ts";
import type { Sites } from "../store/sites.ts";
import { Networks } from "./network.ts";

/** Which sites an address belongs to. The list of sites is read each time, so that a change holds at once. */
export class SiteFinder {
  /** By the networks' own text, which is all they depend on. */
  readonly #parsed = new Map<string, Networks>();

  async at(sites: Sites, address: string): Promise<Pick<Site, "id" | "tenant">[]> {
    const all = await sites.networks();
    return all.filter((site) => this.#networks(site.networks).has(address));
  }

  #networks(networks: readonly string[]): Networks {
    const text = networks.join(" ");
    const known = this.#parsed.get(text);
    if (known !== undefined) return known;
    const parsed = new Networks(networks);
    if (this.#parsed.size > 10_000) this.#parsed.clear();
    this.#parsed.set(text, parsed);
    return parsed;
  }
}
