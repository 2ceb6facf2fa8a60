import { Compile } from "typebox/compile";
import { Device, type EnrolmentState } from "../../protocol/device.ts";
import type { MacAddress } from "../../protocol/mac-address.ts";
import { FirstAccessRows } from "./first-access.ts";
import type { InventoryTables } from "./inventory-tables.ts";
import type { StoreHandle } from "./open-store.ts";
import { revise } from "./revisions.ts";
import type { Sealing } from "./sealing.ts";
import { giveSecrets, takeSecrets } from "./secret-leaves.ts";
import { Secrets } from "./secrets.ts";
import { ServedFiles } from "./served-files.ts";

const deviceSchema = Compile(Device);

/** SQLite takes 32,766 parameters in a statement, PostgreSQL 65,535: names are asked for by the batch. */
const batch = 500;

/** Where a phone belongs and how far its enrolment is. */
export interface Standing {
  readonly tenant: string;
  readonly site: string;
  readonly state: EnrolmentState;
  readonly revision: number;
}

/** Which phones of a tenant; what is absent does not matter. */
export interface DeviceFilter {
  readonly site?: string;
  readonly vendor?: string;
  readonly model?: string;
  readonly state?: EnrolmentState;
}

/** Phones of all tenants; a phone's secrets are sealed apart from its document. */
export class Devices {
  readonly #store: StoreHandle;
  readonly #sealing: Sealing;

  constructor(store: StoreHandle, sealing: Sealing) {
    this.#store = store;
    this.#sealing = sealing;
  }

  /** The tenant a MAC belongs to. */
  async owner(mac: MacAddress): Promise<string | undefined> {
    const row = await this.#store.db
      .selectFrom("mac_owner")
      .select("tenant_id")
      .where("mac", "=", mac)
      .executeTakeFirst();
    return row?.tenant_id;
  }

  /** What is needed to write down that phones asked; of any tenant, without secrets. Those that nobody has are left out. */
  async standings(macs: readonly MacAddress[]): Promise<Map<MacAddress, Standing>> {
    const found = new Map<MacAddress, Standing>();
    for (let start = 0; start < macs.length; start += batch)
      for (const { mac, ...standing } of await this.#standings(macs.slice(start, start + batch)))
        found.set(mac, standing);
    return found;
  }

  async #standings(macs: readonly MacAddress[]): Promise<(Standing & { readonly mac: MacAddress })[]> {
    const rows = await this.#store.db
      .selectFrom("mac_owner")
      .innerJoin("device", (join) =>
        join.onRef("device.tenant_id", "=", "mac_owner.tenant_id").onRef("device.mac", "=", "mac_owner.mac"),
      )
      .select(["device.mac", "device.tenant_id", "device.site_id", "device.state", "device.revision"])
      .where("mac_owner.mac", "in", macs)
      .execute();
    return rows.map((row) => ({
      mac: row.mac,
      tenant: row.tenant_id,
      site: row.site_id,
      state: row.state as EnrolmentState,
      revision: row.revision,
    }));
  }

  /** Those of `macs` that some tenant has. */
  async known(macs: readonly MacAddress[]): Promise<MacAddress[]> {
    const found: MacAddress[] = [];
    for (let start = 0; start < macs.length; start += batch) {
      const rows = await this.#store.db
        .selectFrom("mac_owner")
        .select("mac")
        .where("mac", "in", macs.slice(start, start + batch))
        .execute();
      found.push(...rows.map((row) => row.mac));
    }
    return found.toSorted();
  }

  /** Of which generation every phone's token is; of all tenants. */
  async generations(): Promise<{ readonly mac: MacAddress; readonly tokenGeneration: number }[]> {
    const rows = await this.#store.db.selectFrom("device").select(["mac", "token_generation"]).execute();
    return rows.map((row) => ({ mac: row.mac, tokenGeneration: row.token_generation }));
  }

  /** Another text whenever a phone came, went or got a new token. */
  async mark(): Promise<string> {
    const row = await this.#store.db
      .selectFrom("device")
      .select(({ fn }) => [
        fn.countAll().as("phones"),
        fn.max("changed_at").as("changed"),
        fn.sum("token_generation").as("generations"),
      ])
      .executeTakeFirstOrThrow();
    return `${row.phones} ${row.changed} ${row.generations}`;
  }

  /** MACs of a site's phones. */
  async macsOf(tenant: string, site: string): Promise<MacAddress[]> {
    const rows = await this.#store.db
      .selectFrom("device")
      .select("mac")
      .where("tenant_id", "=", tenant)
      .where("site_id", "=", site)
      .orderBy("mac")
      .execute();
    return rows.map((row) => row.mac);
  }

  /** The phone with its secrets, and with its `revision`, which each {@link put} makes greater: an API's ETag. */
  async get(tenant: string, mac: MacAddress): Promise<Device | undefined> {
    return (await this.many(tenant, [mac])).get(mac);
  }

  /** Those of `macs` that the tenant has, with their secrets. */
  async many(tenant: string, macs: readonly MacAddress[]): Promise<Map<MacAddress, Device>> {
    const found = new Map<MacAddress, Device>();
    for (let start = 0; start < macs.length; start += batch) {
      const rows = await this.#store.db
        .selectFrom("device")
        .selectAll()
        .where("tenant_id", "=", tenant)
        .where("mac", "in", macs.slice(start, start + batch))
        .execute();
      for (const device of await this.#read(tenant, rows)) found.set(device.mac, device);
    }
    return found;
  }

  /** The tenant's phones by MAC, with their secrets; of one site, if given. */
  async list(tenant: string, site?: string): Promise<Device[]> {
    let query = this.#store.db.selectFrom("device").selectAll().where("tenant_id", "=", tenant);
    if (site !== undefined) query = query.where("site_id", "=", site);
    const rows = await query.orderBy("mac").execute();
    const devices: Device[] = [];
    for (let start = 0; start < rows.length; start += batch)
      devices.push(...(await this.#read(tenant, rows.slice(start, start + batch))));
    return devices;
  }

  /** The tenant's phones by MAC, after one, so many, that are as asked; with their secrets. */
  async page(
    tenant: string,
    wanted: DeviceFilter,
    after: MacAddress | undefined,
    limit: number,
  ): Promise<Device[]> {
    let query = this.#store.db.selectFrom("device").selectAll().where("tenant_id", "=", tenant);
    if (wanted.site !== undefined) query = query.where("site_id", "=", wanted.site);
    if (wanted.vendor !== undefined) query = query.where("vendor", "=", wanted.vendor);
    if (wanted.model !== undefined) query = query.where("model", "=", wanted.model);
    if (wanted.state !== undefined) query = query.where("state", "=", wanted.state);
    if (after !== undefined) query = query.where("mac", ">", after);
    return this.#read(tenant, await query.orderBy("mac").limit(limit).execute());
  }

  /**
   * Stores the phone as it is, new or known. A known one's revision becomes greater than it was, whatever the caller says.
   *
   * @throws when the MAC belongs to another tenant: ask {@link owner} first.
   */
  async put(tenant: string, device: Device): Promise<void> {
    const { doc, secrets } = takeSecrets({
      lines: device.lines,
      settings: device.settings,
      raw: device.raw,
      ...(device.port === undefined ? {} : { port: device.port }),
    });
    await this.#store.transaction(async (inside) => {
      await own(inside, tenant, device.mac);
      const now = inside.now();
      const known = await inside.db
        .selectFrom("device")
        .select("revision")
        .where("tenant_id", "=", tenant)
        .where("mac", "=", device.mac)
        .executeTakeFirst();
      const columns = {
        site_id: device.site,
        vendor: device.vendor,
        model: device.model,
        label: device.label ?? null,
        state: device.state,
        doc: JSON.stringify(doc),
        token_generation: device.tokenGeneration,
        revision: Math.max(device.revision, (known?.revision ?? 0) + 1),
        changed_at: now,
      };
      await inside.db
        .insertInto("device")
        .values({ tenant_id: tenant, mac: device.mac, created_at: now, ...columns })
        .onConflict((conflict) => conflict.columns(["tenant_id", "mac"]).doUpdateSet(columns))
        .execute();
      await new Secrets(inside, this.#sealing).put({ tenant, holder: "device", name: device.mac }, secrets);
      await revise(inside, "device", tenant, [device.mac]);
    });
  }

  /** Moves the enrolment on; no change of the document, so the revision stays. */
  async setState(tenant: string, mac: MacAddress, state: EnrolmentState): Promise<void> {
    await this.#store.transaction(async (inside) => {
      await inside.db
        .updateTable("device")
        .set({ state })
        .where("tenant_id", "=", tenant)
        .where("mac", "=", mac)
        .execute();
      await revise(inside, "device-state", tenant, [mac]);
    });
  }

  /** Forgets the phone and its secrets; its trace stays. False when there was none. */
  async remove(tenant: string, mac: MacAddress): Promise<boolean> {
    return this.#store.transaction(async (inside) => {
      const gone = await inside.db
        .deleteFrom("device")
        .where("tenant_id", "=", tenant)
        .where("mac", "=", mac)
        .executeTakeFirst();
      if (gone.numDeletedRows === 0n) return false;
      await inside.db
        .deleteFrom("mac_owner")
        .where("mac", "=", mac)
        .where("tenant_id", "=", tenant)
        .execute();
      await inside.db
        .deleteFrom("device_seen")
        .where("tenant_id", "=", tenant)
        .where("mac", "=", mac)
        .execute();
      await new ServedFiles(inside, this.#sealing).remove(tenant, mac);
      await new FirstAccessRows(inside).remove(tenant, mac);
      await new Secrets(inside, this.#sealing).remove({ tenant, holder: "device", name: mac });
      await revise(inside, "device", tenant, [mac]);
      return true;
    });
  }

  async #read(tenant: string, rows: readonly InventoryTables["device"][]): Promise<Device[]> {
    const secrets = await new Secrets(this.#store, this.#sealing).ofMany(
      tenant,
      "device",
      rows.map((row) => row.mac),
    );
    return rows.map((row) => readDevice(row, secrets.get(row.mac) ?? new Map()));
  }
}

async function own(inside: StoreHandle, tenant: string, mac: MacAddress): Promise<void> {
  await inside.db
    .insertInto("mac_owner")
    .values({ mac, tenant_id: tenant })
    .onConflict((conflict) => conflict.column("mac").doNothing())
    .execute();
  const row = await inside.db
    .selectFrom("mac_owner")
    .select("tenant_id")
    .where("mac", "=", mac)
    .executeTakeFirstOrThrow();
  if (row.tenant_id !== tenant) throw new Error(`${mac} belongs to another tenant`);
}

function readDevice(row: InventoryTables["device"], secrets: ReadonlyMap<string, string>): Device {
  const doc: unknown = JSON.parse(row.doc);
  giveSecrets(doc, secrets);
  const device: unknown = {
    mac: row.mac,
    vendor: row.vendor,
    model: row.model,
    site: row.site_id,
    ...(row.label === null ? {} : { label: row.label }),
    state: row.state,
    ...(doc as object),
    tokenGeneration: row.token_generation,
    revision: row.revision,
  };
  if (!deviceSchema.Check(device))
    throw new Error(`phone ${row.mac} in the store does not fit its schema; was it edited by hand?`);
  return device;
}
