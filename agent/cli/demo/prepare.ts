import type { RunningServer, ServerConfig } from "../../../provisioning-server/main.ts";
import { demoPhones, demoSite, type SiteAddresses } from "./plan.ts";

type Inventory = RunningServer["inventory"];

export interface DemoPorts {
  readonly phones: number;
  readonly staff: number;
  readonly tftp: number;
  readonly metrics: number;
  readonly switch: number;
  readonly pbx: number;
  readonly mirror: number;
}

const loopback = "127.0.0.1";

/** Everything on loopback; incidents open and clear within seconds. */
export async function demoConfig(data: string, ports: DemoPorts): Promise<ServerConfig> {
  const { checkServerConfig } = await import("../../../provisioning-server/main.ts");
  return checkServerConfig({
    data,
    names: [loopback, "localhost"],
    phones: { host: loopback, port: ports.phones },
    staff: { host: loopback, port: ports.staff },
    tftp: { host: loopback, port: ports.tftp, networks: ["127.0.0.0/8"] },
    metrics: { host: loopback, port: ports.metrics },
    noc: { every: 1, openAfter: 4, closeAfter: 10 },
    logLevel: "silent",
  });
}

/** @throws Error when a verb of the inventory refuses: a bug of the demo. */
function must<T>(verb: { ok: true; value: T } | { ok: false; flaws: readonly unknown[] }): T {
  if (verb.ok) return verb.value;
  throw new Error(`the demo's inventory was refused: ${JSON.stringify(verb.flaws)}`);
}

/** The site with its window open, and its phones with an account each at the simulated PBX. */
export async function prepareInventory(inventory: Inventory, addresses: SiteAddresses): Promise<void> {
  must(await inventory.addSite({ id: demoSite, name: "Demo site", networks: ["127.0.0.0/8"] }));
  const shared = [
    ["line.server.host", loopback],
    ["line.server.port", String(addresses.pbxPort)],
    ["time.zone", "Europe/Berlin"],
    ["access.adminPassword", "demo-admin-only"],
  ] as const;
  for (const [path, text] of shared) must(await inventory.setSite(demoSite, path, text));
  must(await inventory.openWindow(demoSite, Date.now() + 3_600_000));
  for (const phone of demoPhones) {
    const { mac, vendor, model, label } = phone;
    const settings = [
      { path: "line1.user", text: phone.extension },
      { path: "line1.password", text: phone.password },
      { path: "line1.label", text: label },
      { path: "line1.displayName", text: label },
    ];
    must(await inventory.addPhone({ mac, vendor, model, label, site: demoSite, settings }));
  }
}
