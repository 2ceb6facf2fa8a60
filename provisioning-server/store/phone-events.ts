import type { MacAddress } from "../../protocol/mac-address.ts";
import type { StoreHandle } from "./open-store.ts";

export type PhoneEventKind = "enrolment" | "adopted" | "resync" | "pnp";

/** What happened to a phone beside its requests, in plain words. */
export interface PhoneEvent {
  /** UUIDv7 of its time. */
  readonly id: string;
  readonly at: number;
  readonly kind: PhoneEventKind;
  /** A sentence without secrets, such as "resync asked for through the PBX". */
  readonly words: string;
}

export class PhoneEvents {
  readonly #store: StoreHandle;

  constructor(store: StoreHandle) {
    this.#store = store;
  }

  async add(tenant: string, mac: MacAddress, event: PhoneEvent): Promise<void> {
    const { id, ...rest } = event;
    await this.#store.transaction((inside) =>
      inside.db
        .insertInto("phone_event")
        .values({ tenant_id: tenant, mac, event_id: id, ...rest })
        .execute(),
    );
  }

  /** The newest events of a phone, newest first. */
  async ofMac(tenant: string, mac: MacAddress, limit: number): Promise<PhoneEvent[]> {
    const rows = await this.#store.db
      .selectFrom("phone_event")
      .select(["event_id", "at", "kind", "words"])
      .where("tenant_id", "=", tenant)
      .where("mac", "=", mac)
      .orderBy("at", "desc")
      .orderBy("event_id", "desc")
      .limit(limit)
      .execute();
    return rows.map(({ event_id, at, kind, words }) => ({
      id: event_id,
      at,
      kind: kind as PhoneEventKind,
      words,
    }));
  }

  async prune(before: number): Promise<void> {
    await this.#store.transaction((inside) =>
      inside.db.deleteFrom("phone_event").where("at", "<", before).execute(),
    );
  }
}
