import type { ServerParts } from "./parts.ts";
import type { Inventory } from "../inventory/inventory.ts";
import { Networks } from "../inventory/network.ts";

/** Networks that doors without TLS answer: those of the settings, and those of every site, looked at anew each few seconds. */
export class ListedNetworks {
  readonly #always: readonly string[];
  #networks: Networks;

  constructor(always: readonly string[]) {
    this.#always = always;
    this.#networks = new Networks(always);
  }

  readonly has = (address: string): boolean => this.#networks.has(address);

  async refresh(inventory: Inventory): Promise<void> {
    const sites = await Promise.all((await inventory.ofAll()).map((each) => each.listSites()));
    this.#networks = new Networks([...this.#always, ...sites.flat().flatMap((site) => site.networks)]);
  }
}

/** One list for all doors, kept as the store has it. */
export async function watchListed({ config, inventory, closing }: ServerParts): Promise<ListedNetworks> {
  const listed = new ListedNetworks(config.tftp.networks);
  await listed.refresh(inventory);
  closing.every(5000, () => listed.refresh(inventory));
  return listed;
}
