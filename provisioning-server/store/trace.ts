import type { Answer, ClaimKind, DenialKind } from "../../protocol/answer.ts";
import type { MacAddress } from "../../protocol/mac-address.ts";
import type { Door, Identity, PhoneRequest } from "../../protocol/phone-request.ts";
import type { InventoryTables } from "./inventory-tables.ts";
import type { StoreHandle } from "./open-store.ts";

/** One thing a phone asked and what was said to it. `tls-error`: it never came to a request. */
export interface TraceEntry {
  /** UUIDv7; sorts entries of one millisecond in the order they came. */
  readonly id: string;
  readonly tenant: string;
  readonly at: number;
  readonly mac?: MacAddress;
  readonly site?: string;
  readonly requestId: string;
  readonly door: Door;
  readonly method: PhoneRequest["method"] | "";
  readonly path: string;
  readonly address: string;
  readonly userAgent?: string;
  readonly identity: Identity;
  readonly outcome: Answer["outcome"] | "tls-error";
  /** No such file, as usual for this family. */
  readonly normal?: boolean;
  readonly claim?: ClaimKind;
  readonly denial?: DenialKind;
  readonly reason?: string;
  readonly remedy?: string;
  /** HTTP status, or the TFTP error code (0: none). */
  readonly status: number;
  readonly bytes: number;
  readonly ms: number;
  readonly etag?: string;
  /** Of the phone, when a file of its own was served. */
  readonly revision?: number;
}

export interface TraceRetention {
  /** Entries with outcome `file` are kept this long, ms. */
  readonly successes: number;
  /** All others, ms; longer, because they are what somebody asks about next week. */
  readonly failures: number;
}

const day = 86_400_000;
export const defaultRetention: TraceRetention = { successes: 14 * day, failures: 90 * day };

/** Longest text a phone can leave in the trace, column by column: it decides what it sends. */
const longest = 1000;

export class Trace {
  readonly #store: StoreHandle;

  constructor(store: StoreHandle) {
    this.#store = store;
  }

  async add(entries: readonly TraceEntry[]): Promise<void> {
    if (entries.length === 0) return;
    const rows = entries.map((entry) => writeRow(entry));
    await this.#store.transaction((inside) => inside.db.insertInto("provision_event").values(rows).execute());
  }

  /** The newest entries of a MAC, newest first, known phone or not. */
  async ofMac(tenant: string, mac: MacAddress, limit: number): Promise<TraceEntry[]> {
    const rows = await this.#store.db
      .selectFrom("provision_event")
      .selectAll()
      .where("tenant_id", "=", tenant)
      .where("mac", "=", mac)
      .orderBy("at", "desc")
      .orderBy("event_id", "desc")
      .limit(limit)
      .execute();
    return rows.map((row) => readRow(row));
  }

  /** TLS that failed from this address and is not known to be of one phone, newest first. */
  async tlsFailuresAt(tenant: string, address: string, limit: number): Promise<TraceEntry[]> {
    const rows = await this.#store.db
      .selectFrom("provision_event")
      .selectAll()
      .where("tenant_id", "=", tenant)
      .where("outcome", "=", "tls-error")
      .where("address", "=", address)
      .where("mac", "is", null)
      .orderBy("at", "desc")
      .orderBy("event_id", "desc")
      .limit(limit)
      .execute();
    return rows.map((row) => readRow(row));
  }

  /** Everything from `since` on at a site, oldest first, MACs known or not. */
  async ofSite(tenant: string, site: string, since: number, limit: number): Promise<TraceEntry[]> {
    const rows = await this.#store.db
      .selectFrom("provision_event")
      .selectAll()
      .where("tenant_id", "=", tenant)
      .where("site_id", "=", site)
      .where("at", ">=", since)
      .orderBy("at", "desc")
      .orderBy("event_id", "desc")
      .limit(limit)
      .execute();
    return rows.map((row) => readRow(row)).toReversed();
  }

  /**
   * Deletes what is past its time, at most `step` entries of either kind, and says how many went: call it until it
   * says 0. Small steps, so that a phone never waits for it.
   */
  async prune(retention: TraceRetention = defaultRetention, step = 5000): Promise<number> {
    const now = this.#store.now();
    const successes = await this.#pruneStep("=", now - retention.successes, step);
    return successes + (await this.#pruneStep("!=", now - retention.failures, step));
  }

  async #pruneStep(operator: "=" | "!=", before: number, step: number): Promise<number> {
    return this.#store.transaction(async (inside) => {
      const result = await inside.db
        .deleteFrom("provision_event")
        .where("event_id", "in", (query) =>
          query
            .selectFrom("provision_event")
            .select("event_id")
            .where("outcome", operator, "file")
            .where("at", "<", before)
            .limit(step),
        )
        .executeTakeFirst();
      return Number(result.numDeletedRows);
    });
  }
}

function cut(text: string): string;
function cut(text: string | undefined): string | null;
function cut(text: string | undefined): string | null {
  return text === undefined ? null : text.slice(0, longest);
}

function writeRow(entry: TraceEntry): InventoryTables["provision_event"] {
  return {
    tenant_id: entry.tenant,
    event_id: entry.id,
    at: entry.at,
    mac: entry.mac ?? null,
    site_id: entry.site ?? null,
    request_id: entry.requestId,
    door: entry.door,
    method: entry.method,
    path: cut(entry.path),
    address: entry.address,
    user_agent: cut(entry.userAgent),
    identity: JSON.stringify(entry.identity),
    outcome: entry.outcome,
    normal: entry.normal === true ? 1 : 0,
    claim: entry.claim ?? null,
    denial: entry.denial ?? null,
    reason: cut(entry.reason),
    remedy: cut(entry.remedy),
    status: entry.status,
    bytes: entry.bytes,
    ms: entry.ms,
    etag: entry.etag ?? null,
    revision: entry.revision ?? null,
  };
}

function readRow(row: InventoryTables["provision_event"]): TraceEntry {
  return {
    id: row.event_id,
    tenant: row.tenant_id,
    at: row.at,
    requestId: row.request_id,
    door: row.door as Door,
    method: row.method as TraceEntry["method"],
    path: row.path,
    address: row.address,
    identity: JSON.parse(row.identity) as Identity,
    outcome: row.outcome as TraceEntry["outcome"],
    status: row.status,
    bytes: row.bytes,
    ms: row.ms,
    ...(row.mac === null ? {} : { mac: row.mac }),
    ...(row.site_id === null ? {} : { site: row.site_id }),
    ...(row.user_agent === null ? {} : { userAgent: row.user_agent }),
    ...(row.normal === 1 ? { normal: true } : {}),
    ...(row.claim === null ? {} : { claim: row.claim as ClaimKind }),
    ...(row.denial === null ? {} : { denial: row.denial as DenialKind }),
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.remedy === null ? {} : { remedy: row.remedy }),
    ...(row.etag === null ? {} : { etag: row.etag }),
    ...(row.revision === null ? {} : { revision: row.revision }),
  };
}
