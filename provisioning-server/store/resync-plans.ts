import type { MacAddress } from "../../protocol/mac-address.ts";
import type {
  ResyncPhone,
  ResyncPhoneState,
  ResyncPlan,
  ResyncState,
  ResyncWish,
} from "../resync/resync-plan.ts";
import type { StoreHandle } from "./open-store.ts";

export interface ResyncTables {
  resync_plan: {
    tenant_id: string;
    plan_id: string;
    at: number;
    who: string;
    reason: string | null;
    /** ResyncWish as JSON. */
    wish: string;
    state: string;
    words: string | null;
    /** Batches up to this one do not stop it: a person looked and resumed it. */
    forgiven: number;
  };
  resync_phone: {
    tenant_id: string;
    plan_id: string;
    mac: string;
    /** Order within the plan. */
    place: number;
    site_id: string;
    zone: string;
    state: string;
    batch: number | null;
    asked_at: number | null;
    again_at: number | null;
    words: string | null;
  };
}

/** Rows in one statement: eleven parameters each, of SQLite's 32,766. */
const batch = 1000;

/** Plans of resyncs, of all tenants. */
export class ResyncPlans {
  readonly #store: StoreHandle;

  constructor(store: StoreHandle) {
    this.#store = store;
  }

  async add(plan: ResyncPlan): Promise<void> {
    await this.#store.transaction(async (inside) => {
      const { id, tenant, at, who, reason, wish, state, words, phones } = plan;
      await inside.db
        .insertInto("resync_plan")
        .values({
          tenant_id: tenant,
          plan_id: id,
          at,
          who,
          reason: reason ?? null,
          wish: JSON.stringify(wish),
          state,
          words: words ?? null,
          forgiven: plan.forgiven,
        })
        .execute();
      const rows = phones.map((phone, place) => ({
        tenant_id: tenant,
        plan_id: id,
        mac: phone.mac,
        place,
        ...columnsOf(phone),
      }));
      for (let start = 0; start < rows.length; start += batch)
        await inside.db
          .insertInto("resync_phone")
          .values(rows.slice(start, start + batch))
          .execute();
    });
  }

  /** Writes what differs between two steps of a plan. */
  async change(before: ResyncPlan, after: ResyncPlan): Promise<void> {
    const known = new Map(before.phones.map((phone) => [phone.mac, phone]));
    const changed = after.phones.filter((phone) => known.get(phone.mac) !== phone);
    if (changed.length === 0 && before.state === after.state && before.words === after.words) return;
    await this.#store.transaction(async (inside) => {
      const plans = new ResyncPlans(inside);
      await plans.setState(after.tenant, after.id, after.state, after.words);
      for (const phone of changed) await plans.setPhone(after, phone);
    });
  }

  async setPhone({ tenant, id }: Pick<ResyncPlan, "tenant" | "id">, phone: ResyncPhone): Promise<void> {
    await this.#store.db
      .updateTable("resync_phone")
      .set(columnsOf(phone))
      .where("tenant_id", "=", tenant)
      .where("plan_id", "=", id)
      .where("mac", "=", phone.mac)
      .execute();
  }

  async setState(tenant: string, id: string, state: ResyncState, words?: string): Promise<void> {
    await this.#store.db
      .updateTable("resync_plan")
      .set({ state, words: words ?? null })
      .where("tenant_id", "=", tenant)
      .where("plan_id", "=", id)
      .execute();
  }

  /** A person's word. Resumed, what went wrong so far is no reason to stop any more. */
  async turn(plan: ResyncPlan, state: ResyncState, words?: string): Promise<void> {
    await this.setState(plan.tenant, plan.id, state, words);
    if (state !== "running") return;
    await this.#store.db
      .updateTable("resync_plan")
      .set({ forgiven: Math.max(0, ...plan.phones.map((phone) => phone.batch ?? 0)) })
      .where("tenant_id", "=", plan.tenant)
      .where("plan_id", "=", plan.id)
      .execute();
  }

  /** Those that are not at their end, of all tenants, oldest first. */
  async open(): Promise<ResyncPlan[]> {
    const rows = await this.#store.db
      .selectFrom("resync_plan")
      .selectAll()
      .where("state", "in", ["running", "paused"])
      .orderBy("plan_id")
      .execute();
    return Promise.all(rows.map((row) => this.#read(row)));
  }

  /** The tenant's plans, newest first; those older than one, if given (ids are in the order of time). */
  async list(tenant: string, limit: number, before?: string): Promise<ResyncPlan[]> {
    const ofTenant = this.#store.db.selectFrom("resync_plan").selectAll().where("tenant_id", "=", tenant);
    const rows = await (before === undefined ? ofTenant : ofTenant.where("plan_id", "<", before))
      .orderBy("plan_id", "desc")
      .limit(limit)
      .execute();
    return Promise.all(rows.map((row) => this.#read(row)));
  }

  async get(tenant: string, id: string): Promise<ResyncPlan | undefined> {
    const row = await this.#store.db
      .selectFrom("resync_plan")
      .selectAll()
      .where("tenant_id", "=", tenant)
      .where("plan_id", "=", id)
      .executeTakeFirst();
    return row === undefined ? undefined : this.#read(row);
  }

  /** What was being asked when a process ended waits again: a phone that is asked twice fetches twice, and no harm is done. */
  async recover(): Promise<void> {
    await this.#store.transaction((inside) =>
      inside.db
        .updateTable("resync_phone")
        .set({ state: "waiting", batch: null, asked_at: null })
        .where("state", "=", "asking")
        .execute(),
    );
  }

  /** Forgets plans that were made before this time and are at their end. */
  async prune(before: number): Promise<void> {
    await this.#store.transaction(async (inside) => {
      const old = await inside.db
        .selectFrom("resync_plan")
        .select(["tenant_id", "plan_id"])
        .where("at", "<", before)
        .where("state", "in", ["stopped", "done"])
        .execute();
      for (const { tenant_id, plan_id } of old)
        for (const table of ["resync_phone", "resync_plan"] as const)
          await inside.db
            .deleteFrom(table)
            .where("tenant_id", "=", tenant_id)
            .where("plan_id", "=", plan_id)
            .execute();
    });
  }

  async #read(row: ResyncTables["resync_plan"]): Promise<ResyncPlan> {
    const phones = await this.#store.db
      .selectFrom("resync_phone")
      .selectAll()
      .where("tenant_id", "=", row.tenant_id)
      .where("plan_id", "=", row.plan_id)
      .orderBy("place")
      .execute();
    return {
      id: row.plan_id,
      tenant: row.tenant_id,
      at: Number(row.at),
      who: row.who,
      wish: JSON.parse(row.wish) as ResyncWish,
      state: row.state as ResyncState,
      forgiven: row.forgiven,
      phones: phones.map((phone) => readPhone(phone)),
      ...(row.reason === null ? {} : { reason: row.reason }),
      ...(row.words === null ? {} : { words: row.words }),
    };
  }
}

function columnsOf(
  phone: ResyncPhone,
): Omit<ResyncTables["resync_phone"], "tenant_id" | "plan_id" | "mac" | "place"> {
  return {
    site_id: phone.site,
    zone: phone.zone,
    state: phone.state,
    batch: phone.batch ?? null,
    asked_at: phone.askedAt ?? null,
    again_at: phone.againAt ?? null,
    words: phone.words ?? null,
  };
}

function readPhone(row: ResyncTables["resync_phone"]): ResyncPhone {
  const mac: MacAddress = row.mac;
  return {
    mac,
    site: row.site_id,
    zone: row.zone,
    state: row.state as ResyncPhoneState,
    ...(row.batch === null ? {} : { batch: row.batch }),
    ...(row.asked_at === null ? {} : { askedAt: Number(row.asked_at) }),
    ...(row.again_at === null ? {} : { againAt: Number(row.again_at) }),
    ...(row.words === null ? {} : { words: row.words }),
  };
}
