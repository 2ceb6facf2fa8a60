import { fileURLToPath } from "node:url";
import type { Device } from "../../protocol/device.ts";
import { deviceToken } from "../../provisioning-server/answer/device-token.ts";
import { defaultTenant, type Inventory } from "../../provisioning-server/inventory/inventory.ts";
import { loadExamples, type ProfileExample } from "../../provisioning-server/profiles/load-examples.ts";
import { Devices } from "../../provisioning-server/store/devices.ts";
import { Sites } from "../../provisioning-server/store/sites.ts";

/** One thing a phone asks when it boots. */
export interface StormAsk {
  readonly via: "https" | "tftp";
  readonly path: string;
  readonly userAgent: string | undefined;
  /** Whether there is such a file: phones ask for many that are not there. */
  readonly served: boolean;
}

export interface StormPhone {
  readonly mac: string;
  readonly family: string;
  /** Where it knocks from, on loopback. */
  readonly address: string;
  readonly asks: readonly StormAsk[];
}

const profileFolder = fileURLToPath(new URL("../../firmware-profiles", import.meta.url));
const networks = ["127.0.0.0/8"];
const atOnce = 250;

/** Cases whose phone gets what it asks for, or misses what it lives without, and ends with a config. */
function canStorm({ asked }: ProfileExample): boolean {
  const { requests } = asked;
  return (
    requests.every(
      ({ via, outcome }) => (via === "https" || via === "tftp") && /^(file|no-such-file)$/.test(outcome),
    ) && requests.some(({ outcome, identity }) => outcome === "file" && identity.file === "config")
  );
}

/** A MAC in whatever form it is written becomes another in the same form. */
function withMac(text: string, from: string, to: string): string {
  const pairs = from.match(/../g) ?? [];
  return text.replaceAll(new RegExp(pairs.join("([:-]?)"), "gi"), (found, separator: string) => {
    const written = (to.match(/../g) ?? []).join(separator);
    return /[A-F]/.test(found) ? written.toUpperCase() : written;
  });
}

/**
 * Puts phones of every family into an inventory, each with the file order of one of its family's captured boots, and
 * says what they will ask. `addressOf` places them; all of loopback is in their sites' networks, whose windows are open.
 */
export async function putStormPhones(
  inventory: Inventory,
  count: number,
  addressOf: (at: number) => string,
): Promise<StormPhone[]> {
  const examples = (await loadExamples(profileFolder)).filter(canStorm);
  const { serverKey } = await inventory.renderContext();
  const phones: StormPhone[] = [];
  await putSites(inventory, examples);
  for (let start = 0; start < count; start += atOnce)
    await inventory.store.transaction(async (inside) => {
      const devices = new Devices(inside, inventory.vault);
      for (let at = start; at < Math.min(start + atOnce, count); at += 1) {
        const which = at % examples.length;
        const example = examples[which];
        if (example === undefined) throw new Error("no captured boots");
        const device = deviceOf(example, which, at);
        await devices.put(defaultTenant, device);
        const token = deviceToken(serverKey, device.mac, device.tokenGeneration);
        phones.push(phoneOf(example, device, token, addressOf(at)));
      }
    });
  return phones;
}

async function putSites(inventory: Inventory, examples: readonly ProfileExample[]): Promise<void> {
  const windowUntil = Date.now() + 86_400_000;
  await inventory.store.transaction(async (inside) => {
    const sites = new Sites(inside, inventory.vault);
    for (const [which, { inventory: known }] of examples.entries())
      await sites.put({ ...known.site, id: `storm-${which}`, tenant: defaultTenant, networks, windowUntil });
  });
}

function deviceOf({ inventory: { device } }: ProfileExample, which: number, at: number): Device {
  const mac = device.mac.slice(0, 6) + (0x10_0000 + at).toString(16);
  return { ...device, mac, site: `storm-${which}`, state: "steady" };
}

function phoneOf(example: ProfileExample, device: Device, token: string, address: string): StormPhone {
  const { mac: from } = example.inventory.device;
  const { mac } = device;
  const asks = example.asked.requests.map(({ via, path, userAgent, token: own, outcome }): StormAsk => ({
    via: via === "tftp" ? "tftp" : "https",
    path: (own === true ? `/${token}` : "") + encodeURI(withMac(path, from, mac)),
    userAgent: userAgent === undefined ? undefined : withMac(userAgent, from, mac),
    served: outcome === "file",
  }));
  return { mac, family: example.family, address, asks };
}
