import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defaultTenant, type Inventory } from "../../provisioning-server/inventory/inventory.ts";
import {
  checkServerConfig,
  openInventory,
  type RunningServer,
  startServer,
} from "../../provisioning-server/main.ts";
import type { ProfileExample } from "../../provisioning-server/profiles/load-examples.ts";
import { Devices } from "../../provisioning-server/store/devices.ts";
import { Settings } from "../../provisioning-server/store/settings.ts";
import { Sites } from "../../provisioning-server/store/sites.ts";
import { Trace, type TraceEntry } from "../../provisioning-server/store/trace.ts";

/** As the examples have it: the address that phones are told, whose port is this server's, and the key of their tokens. */
const host = "phones.example.net";
const examplePort = "8443";
export const serverKey = new Uint8Array(32);

/** A server on loopback whose address and tokens are those of the examples, but for the port. */
export class BootServer implements AsyncDisposable {
  readonly running: RunningServer & { readonly tftpPort: number };
  readonly #folder: string;
  #open = true;

  private constructor(running: RunningServer, folder: string) {
    const { tftpPort } = running;
    if (tftpPort === undefined) throw new Error("no TFTP door");
    this.running = { ...running, tftpPort };
    this.#folder = folder;
  }

  static async start(): Promise<BootServer> {
    const data = mkdtempSync(join(tmpdir(), "offhook-boot-"));
    {
      await using inventory = await openInventory({ data });
      await putServerKey(inventory);
    }
    const door = { host: "127.0.0.1", port: 0 };
    const config = checkServerConfig({
      data,
      names: [host, "127.0.0.1"],
      phones: door,
      staff: door,
      tftp: { ...door, networks: ["127.0.0.0/8"] },
      metrics: door,
      logLevel: "silent",
    });
    return new BootServer(await startServer(config), data);
  }

  /** An example's site and phone into the store, the site with this machine in its network. */
  async put({ inventory: { device, site, tenant } }: ProfileExample): Promise<void> {
    const { store, vault } = this.running.inventory;
    const networks = [...site.networks, "127.0.0.0/8"];
    // All examples are of one tenant here: what theirs sets stands with the phone, whose files alone hold it.
    const settings =
      tenant === undefined ? device.settings : laidOver(laidOver(tenant, site.settings), device.settings);
    await store.transaction(async (inside) => {
      await new Sites(inside, vault).put({ ...site, tenant: defaultTenant, networks });
      await new Devices(inside, vault).put(defaultTenant, { ...device, settings });
    });
  }

  /** An expected file of an example, as this server must say it. */
  expected(golden: string): string {
    return golden.replaceAll(examplePort, `${this.running.phonesPort}`);
  }

  /** Ends the server (what it has to write down is then written), and reads the trace of a moment at a site. */
  async closeAndRead(
    read: (entriesAt: (site: string, at: number) => Promise<TraceEntry[]>) => Promise<void>,
  ): Promise<void> {
    await this.#close();
    await using inventory = await openInventory({ data: this.#folder });
    const trace = new Trace(inventory.store);
    await read(async (site, at) => {
      const entries = await trace.ofSite(defaultTenant, site, at, 1_000_000);
      return entries.filter((entry) => entry.at === at);
    });
  }

  async #close(): Promise<void> {
    if (this.#open) await this.running.close();
    this.#open = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

async function putServerKey({ store, vault }: Inventory): Promise<void> {
  const place = { tenant: "", holder: "setting", name: "server.key", path: "" } as const;
  const sealed = await vault.seal(store, Buffer.from(serverKey).toString("base64url"), place);
  await new Settings(store).put("server.key", sealed);
}

/** Setting by setting; lists replace each other whole. */
function laidOver<T>(below: T, above: T): T {
  if (!isGroup(below) || !isGroup(above)) return above ?? below;
  const merged: Record<string, unknown> = { ...below };
  for (const [name, value] of Object.entries(above)) merged[name] = laidOver(merged[name], value);
  return merged as T;
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
