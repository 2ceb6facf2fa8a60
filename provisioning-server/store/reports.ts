import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import type { HealthReport } from "../../protocol/health-report.ts";
import type { SiteRef } from "../noc/sources.ts";
import type { Gap, Ledger } from "../reports/ledger.ts";
import type { AgentRef } from "./agents.ts";
import type { StoreHandle } from "./open-store.ts";

export interface ReportTables {
  report: {
    tenant_id: string;
    agent_id: string;
    epoch: string;
    seq: number;
    site_id: string;
    received_at: number;
    from_at: number;
    to_at: number;
    /** Added to the report's own times to get true ones, ms; the columns above have it already. */
    shift: number;
    dropped: number;
    body: Uint8Array;
  };
  report_gap: {
    tenant_id: string;
    agent_id: string;
    epoch: string;
    first_seq: number;
    last_seq: number;
    seen_at: number;
  };
  report_quarantine: {
    tenant_id: string;
    agent_id: string;
    epoch: string;
    seq: number;
    received_at: number;
    why: string;
    body: Uint8Array;
  };
}

/** One report as it is stored; its times are the agent's own, `shift` makes them true. */
export interface StoredReport {
  readonly epoch: string;
  readonly receivedAt: number;
  readonly shift: number;
  readonly report: HealthReport;
}

/** What tells one report of a tenant from all others. */
export interface ReportName {
  readonly agent: string;
  readonly epoch: string;
  readonly seq: number;
}

/** A report that did not fit its schema, as it came. */
export interface QuarantinedReport {
  readonly epoch: string;
  readonly seq: number;
  readonly receivedAt: number;
  readonly why: string;
  readonly body: string;
}

const mostQuarantined = 100;
const unpackLimit = { maxOutputLength: 16 * 1024 * 1024 };

/** HealthReports of all agents: one packed row each (zstd JSON). */
export class Reports {
  readonly #store: StoreHandle;

  constructor(store: StoreHandle) {
    this.#store = store;
  }

  /** Which reports of the agent are here. Inside a transaction: nobody else writes them until it ends. */
  async ledger(ref: AgentRef): Promise<Ledger | undefined> {
    const row = await this.#store.db
      .selectFrom("agent")
      .select(["epoch", "epoch_open", "last_seq"])
      .where("tenant_id", "=", ref.tenant)
      .where("agent_id", "=", ref.agent)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    const gaps = row.epoch === null ? [] : await this.gaps(ref, row.epoch);
    return { epoch: row.epoch ?? undefined, open: row.epoch_open === 1, lastSeq: row.last_seq, gaps };
  }

  /** Numbers of an epoch that never came, oldest first. */
  async gaps(ref: AgentRef, epoch: string): Promise<Gap[]> {
    const rows = await this.#store.db
      .selectFrom("report_gap")
      .select(["first_seq", "last_seq"])
      .where("tenant_id", "=", ref.tenant)
      .where("agent_id", "=", ref.agent)
      .where("epoch", "=", epoch)
      .orderBy("first_seq")
      .execute();
    return rows.map((row) => ({ first: row.first_seq, last: row.last_seq }));
  }

  async putLedger(ref: AgentRef, before: Ledger, after: Ledger): Promise<void> {
    await this.#store.transaction(async (inside) => {
      await inside.db
        .updateTable("agent")
        .set({ epoch: after.epoch ?? null, epoch_open: after.open ? 1 : 0, last_seq: after.lastSeq })
        .where("tenant_id", "=", ref.tenant)
        .where("agent_id", "=", ref.agent)
        .execute();
      if (after.epoch !== undefined && (after.epoch !== before.epoch || !sameGaps(before.gaps, after.gaps)))
        await new Reports(inside).#putGaps(ref, after.epoch, after.gaps);
    });
  }

  async #putGaps(ref: AgentRef, epoch: string, gaps: readonly Gap[]): Promise<void> {
    const name = { tenant_id: ref.tenant, agent_id: ref.agent, epoch };
    await this.#store.db
      .deleteFrom("report_gap")
      .where("tenant_id", "=", ref.tenant)
      .where("agent_id", "=", ref.agent)
      .where("epoch", "=", epoch)
      .execute();
    if (gaps.length === 0) return;
    const seen_at = this.#store.now();
    await this.#store.db
      .insertInto("report_gap")
      .values(gaps.map(({ first, last }) => ({ ...name, first_seq: first, last_seq: last, seen_at })))
      .execute();
  }

  /** Stores one report; twice is once. */
  async put(ref: AgentRef, site: string, stored: StoredReport): Promise<void> {
    const { report, shift } = stored;
    await this.#store.transaction((inside) =>
      inside.db
        .insertInto("report")
        .values({
          tenant_id: ref.tenant,
          agent_id: ref.agent,
          epoch: stored.epoch,
          seq: report.seq,
          site_id: site,
          received_at: stored.receivedAt,
          from_at: Math.round(report.from + shift),
          to_at: Math.round(report.to + shift),
          shift,
          dropped: report.dropped?.count ?? 0,
          body: zstdCompressSync(JSON.stringify(report)),
        })
        .onConflict((conflict) => conflict.columns(["tenant_id", "agent_id", "epoch", "seq"]).doNothing())
        .execute(),
    );
  }

  /** Reports of a site that are stored, and those that are known to be missing: gaps, and what agents had to drop. */
  async totals(site: SiteRef): Promise<{ stored: number; lost: number }> {
    const { fn } = this.#store.db;
    const stored = await this.#store.db
      .selectFrom("report")
      .select([fn.count<number>("seq").as("stored"), fn.sum<number | null>("dropped").as("dropped")])
      .where("tenant_id", "=", site.tenant)
      .where("site_id", "=", site.site)
      .executeTakeFirstOrThrow();
    const gaps = await this.#store.db
      .selectFrom("report_gap as gap")
      .innerJoin("agent", (join) =>
        join.onRef("agent.tenant_id", "=", "gap.tenant_id").onRef("agent.agent_id", "=", "gap.agent_id"),
      )
      .select(["gap.first_seq as first", "gap.last_seq as last"])
      .where("gap.tenant_id", "=", site.tenant)
      .where("agent.site_id", "=", site.site)
      .execute();
    const missing = gaps.reduce((total, gap) => total + gap.last - gap.first + 1, 0);
    return { stored: Number(stored.stored), lost: missing + Number(stored.dropped ?? 0) };
  }

  /** Keeps what could not be read, the newest 100 of an agent. */
  async quarantine(ref: AgentRef, report: QuarantinedReport): Promise<void> {
    await this.#store.transaction(async (inside) => {
      await inside.db
        .insertInto("report_quarantine")
        .values({
          tenant_id: ref.tenant,
          agent_id: ref.agent,
          epoch: report.epoch,
          seq: report.seq,
          received_at: report.receivedAt,
          why: report.why,
          body: zstdCompressSync(report.body),
        })
        .onConflict((conflict) => conflict.columns(["tenant_id", "agent_id", "epoch", "seq"]).doNothing())
        .execute();
      const tooMany = await inside.db
        .selectFrom("report_quarantine")
        .select(["epoch", "seq"])
        .where("tenant_id", "=", ref.tenant)
        .where("agent_id", "=", ref.agent)
        .orderBy("received_at", "desc")
        .orderBy("seq", "desc")
        .offset(mostQuarantined)
        .limit(mostQuarantined)
        .execute();
      for (const { epoch, seq } of tooMany)
        await inside.db
          .deleteFrom("report_quarantine")
          .where("tenant_id", "=", ref.tenant)
          .where("agent_id", "=", ref.agent)
          .where("epoch", "=", epoch)
          .where("seq", "=", seq)
          .execute();
    });
  }

  /** An agent's reports, in the order they were sealed. */
  async ofAgent(ref: AgentRef, epoch?: string): Promise<StoredReport[]> {
    let query = this.#store.db
      .selectFrom("report")
      .selectAll()
      .where("tenant_id", "=", ref.tenant)
      .where("agent_id", "=", ref.agent);
    if (epoch !== undefined) query = query.where("epoch", "=", epoch);
    const rows = await query.orderBy("received_at").orderBy("seq").execute();
    return rows.map(readReport);
  }

  /** Names of a site's reports that reach past `from`, oldest first, at most `limit`: the newest ones. */
  async namesOfSite(site: SiteRef, from: number, limit: number): Promise<ReportName[]> {
    const rows = await this.#store.db
      .selectFrom("report")
      .select(["agent_id", "epoch", "seq"])
      .where("tenant_id", "=", site.tenant)
      .where("site_id", "=", site.site)
      .where("to_at", ">=", from)
      .orderBy("to_at", "desc")
      .limit(limit)
      .execute();
    return rows.map(({ agent_id: agent, epoch, seq }) => ({ agent, epoch, seq })).toReversed();
  }

  /** One stored report; undefined once it is deleted. */
  async find(tenant: string, { agent, epoch, seq }: ReportName): Promise<StoredReport | undefined> {
    const row = await this.#store.db
      .selectFrom("report")
      .selectAll()
      .where("tenant_id", "=", tenant)
      .where("agent_id", "=", agent)
      .where("epoch", "=", epoch)
      .where("seq", "=", seq)
      .executeTakeFirst();
    return row === undefined ? undefined : readReport(row);
  }

  /** How many reports are stored, how many never came, how many their agents say they dropped, how many are odd. */
  async counts(): Promise<{ stored: number; missing: number; dropped: number; quarantined: number }> {
    const { db } = this.#store;
    const stored = await db
      .selectFrom("report")
      .select(({ fn }) => [fn.countAll<number>().as("n"), fn.sum<number | null>("dropped").as("dropped")])
      .executeTakeFirstOrThrow();
    const odd = await db
      .selectFrom("report_quarantine")
      .select(({ fn }) => fn.countAll<number>().as("n"))
      .executeTakeFirstOrThrow();
    const gaps = await db.selectFrom("report_gap").select(["first_seq", "last_seq"]).execute();
    return {
      stored: Number(stored.n),
      dropped: Number(stored.dropped ?? 0),
      quarantined: Number(odd.n),
      missing: gaps.reduce((sum, gap) => sum + gap.last_seq - gap.first_seq + 1, 0),
    };
  }

  async quarantined(ref: AgentRef): Promise<QuarantinedReport[]> {
    const rows = await this.#store.db
      .selectFrom("report_quarantine")
      .selectAll()
      .where("tenant_id", "=", ref.tenant)
      .where("agent_id", "=", ref.agent)
      .orderBy("received_at")
      .orderBy("seq")
      .execute();
    return rows.map((row) => ({
      epoch: row.epoch,
      seq: row.seq,
      receivedAt: row.received_at,
      why: row.why,
      body: zstdDecompressSync(row.body, unpackLimit).toString("utf8"),
    }));
  }

  /** Deletes at most `step` reports received before `before`, and says how many went: call it until it says 0. */
  async prune(before: number, step = 5000): Promise<number> {
    return this.#store.transaction(async (inside) => {
      const rows = await inside.db
        .selectFrom("report")
        .select(["tenant_id", "agent_id", "epoch", "seq"])
        .where("received_at", "<", before)
        .limit(step)
        .execute();
      for (const row of rows)
        await inside.db
          .deleteFrom("report")
          .where("tenant_id", "=", row.tenant_id)
          .where("agent_id", "=", row.agent_id)
          .where("epoch", "=", row.epoch)
          .where("seq", "=", row.seq)
          .execute();
      return rows.length;
    });
  }
}

function sameGaps(left: readonly Gap[], right: readonly Gap[]): boolean {
  return (
    left.length === right.length &&
    left.every((gap, index) => gap.first === right[index]?.first && gap.last === right[index]?.last)
  );
}

function readReport(row: ReportTables["report"]): StoredReport {
  return {
    epoch: row.epoch,
    receivedAt: row.received_at,
    shift: row.shift,
    report: JSON.parse(zstdDecompressSync(row.body, unpackLimit).toString("utf8")) as HealthReport,
  };
}
