import { createHash, randomBytes } from "node:crypto";
import type { AgentHealth, AgentState } from "../../protocol/agent-protocol.ts";
import type { Finding } from "../../protocol/finding.ts";
import type { Observation } from "../../protocol/observation.ts";
import { Secret } from "../../protocol/secret.ts";
import type { SiteConfig } from "../../protocol/site-config.ts";
import type { SiteRef } from "../noc/sources.ts";
import { base32 } from "../reports/base32.ts";
import { uuidV7 } from "../uuid-v7.ts";
import type { ObservationTables } from "./observations.ts";
import type { StoreHandle } from "./open-store.ts";
import type { ReportTables } from "./reports.ts";

export interface AgentTables extends ReportTables, ObservationTables {
  enrol_token: {
    token_hash: string;
    tenant_id: string;
    site_id: string;
    expires_at: number;
    used_key: string | null;
    agent_id: string | null;
  };
  agent_owner: { agent_id: string; tenant_id: string };
  agent: {
    tenant_id: string;
    agent_id: string;
    site_id: string;
    public_key: string;
    hostname: string;
    version: string;
    platform: string;
    enrolled_at: number;
    revoked_at: number | null;
    boot_id: string | null;
    nonce_at: number;
    conflict_at: number | null;
    last_heard: number | null;
    skew: number | null;
    epoch: string | null;
    epoch_open: number;
    last_seq: number;
    state_epoch: string | null;
    state_seq: number;
    config_version: number;
    health: string | null;
    findings: string | null;
  };
  site_config: { tenant_id: string; site_id: string; version: number; doc: string; changed_at: number };
}

/** Names one agent in the store. */
export interface AgentRef {
  readonly tenant: string;
  readonly agent: string;
}

/** One agent as the server knows it. */
export interface AgentRecord {
  readonly tenant: string;
  readonly id: string;
  readonly site: string;
  /** Ed25519, the raw 32 octets, base64url. */
  readonly publicKey: string;
  readonly hostname: string;
  readonly version: string;
  readonly platform: string;
  readonly enrolledAt: number;
  readonly revoked: boolean;
  /** The run of the agent that was let in last. */
  readonly bootId?: string;
  /** When the newest nonce that it used was made. */
  readonly nonceAt: number;
  /** When somebody else last came with this identity. */
  readonly conflictAt?: number;
  readonly lastHeard?: number;
  /** Our clock less the agent's, ms. */
  readonly skew?: number;
  readonly configVersion: number;
  readonly health?: AgentHealth;
  readonly spoolReports?: number;
}

export interface EnrolFacts {
  readonly hostname: string;
  readonly version: string;
  readonly platform: string;
}

/** A token stays good for this long, ms. */
export const enrolTokenLife = 24 * 3_600_000;

const hashOf = (token: string) => createHash("sha256").update(token).digest("hex");

/** Agents of all tenants, their tokens of enrolment, and what each site's agents shall watch. */
export class Agents {
  readonly #store: StoreHandle;

  constructor(store: StoreHandle) {
    this.#store = store;
  }

  /** A new token for one agent of this site: single use, 24 h. The store keeps its hash alone. */
  async createEnrolToken(site: SiteRef): Promise<{ token: Secret; expiresAt: number }> {
    const token = `pvt_${base32(randomBytes(20))}`;
    const expiresAt = this.#store.now() + enrolTokenLife;
    await this.#store.transaction((inside) =>
      inside.db
        .insertInto("enrol_token")
        .values({
          token_hash: hashOf(token),
          tenant_id: site.tenant,
          site_id: site.site,
          expires_at: expiresAt,
          used_key: null,
          agent_id: null,
        })
        .execute(),
    );
    return { token: new Secret(token), expiresAt };
  }

  /**
   * Spends the token on this key. The same token and key give the same agent again, so that a lost answer does no harm;
   * a key that is known keeps its agent and moves to the token's site. Undefined: unknown, used by another, or expired.
   */
  async enrol(token: string, publicKey: string, facts: EnrolFacts): Promise<AgentRecord | undefined> {
    return this.#store.transaction(async (inside) => {
      const agents = new Agents(inside);
      const row = await inside.db
        .selectFrom("enrol_token")
        .selectAll()
        .where("token_hash", "=", hashOf(token))
        .executeTakeFirst();
      if (row === undefined || row.expires_at <= inside.now()) return undefined;
      if (row.used_key !== null && row.used_key !== publicKey) return undefined;
      const known = row.agent_id ?? (await agents.#withKey(row.tenant_id, publicKey));
      const id = known ?? uuidV7(inside.now());
      const ref = { tenant: row.tenant_id, agent: id };
      if (known === undefined) await agents.#insert(ref, row.site_id, publicKey, facts);
      else if (row.used_key === null) await agents.#enrolAgain(ref, row.site_id, facts);
      await inside.db
        .updateTable("enrol_token")
        .set({ used_key: publicKey, agent_id: id })
        .where("token_hash", "=", row.token_hash)
        .execute();
      return agents.get(ref);
    });
  }

  async #withKey(tenant: string, publicKey: string): Promise<string | undefined> {
    const row = await this.#store.db
      .selectFrom("agent")
      .select("agent_id")
      .where("tenant_id", "=", tenant)
      .where("public_key", "=", publicKey)
      .executeTakeFirst();
    return row?.agent_id;
  }

  async #insert(ref: AgentRef, site: string, publicKey: string, facts: EnrolFacts): Promise<void> {
    await this.#store.db
      .insertInto("agent_owner")
      .values({ agent_id: ref.agent, tenant_id: ref.tenant })
      .execute();
    await this.#store.db
      .insertInto("agent")
      .values({
        tenant_id: ref.tenant,
        agent_id: ref.agent,
        site_id: site,
        public_key: publicKey,
        ...facts,
        enrolled_at: this.#store.now(),
        revoked_at: null,
        boot_id: null,
        nonce_at: 0,
        conflict_at: null,
        last_heard: null,
        skew: null,
        epoch: null,
        epoch_open: 1,
        last_seq: 0,
        state_epoch: null,
        state_seq: 0,
        config_version: 0,
        health: null,
        findings: null,
      })
      .execute();
  }

  async #enrolAgain(ref: AgentRef, site: string, facts: EnrolFacts): Promise<void> {
    const enrolled = { enrolled_at: this.#store.now(), revoked_at: null, conflict_at: null };
    await this.#set(ref, { site_id: site, ...facts, ...enrolled, boot_id: null, epoch_open: 1 });
  }

  async #set(ref: AgentRef, columns: Partial<AgentTables["agent"]>): Promise<void> {
    await this.#store.transaction((inside) =>
      inside.db
        .updateTable("agent")
        .set(columns)
        .where("tenant_id", "=", ref.tenant)
        .where("agent_id", "=", ref.agent)
        .execute(),
    );
  }

  /** The agent with this id, whoever's it is. */
  async find(id: string): Promise<AgentRecord | undefined> {
    const owner = await this.#store.db
      .selectFrom("agent_owner")
      .select("tenant_id")
      .where("agent_id", "=", id)
      .executeTakeFirst();
    return owner === undefined ? undefined : this.get({ tenant: owner.tenant_id, agent: id });
  }

  async get(ref: AgentRef): Promise<AgentRecord | undefined> {
    const row = await this.#store.db
      .selectFrom("agent")
      .selectAll()
      .where("tenant_id", "=", ref.tenant)
      .where("agent_id", "=", ref.agent)
      .executeTakeFirst();
    return row === undefined ? undefined : readAgent(row);
  }

  /** Every agent, or those of one site; by host name. */
  async agents(site?: SiteRef): Promise<AgentRecord[]> {
    let query = this.#store.db.selectFrom("agent").selectAll();
    if (site !== undefined)
      query = query.where("tenant_id", "=", site.tenant).where("site_id", "=", site.site);
    const rows = await query.orderBy("hostname").orderBy("agent_id").execute();
    return rows.map(readAgent);
  }

  /** Its token ends at once, and it is told so. Enrolling again brings it back. */
  async revoke(ref: AgentRef): Promise<void> {
    await this.#set(ref, { revoked_at: this.#store.now() });
  }

  /** Lets this run of the agent in; its nonce and all older ones are spent. */
  async letIn(ref: AgentRef, bootId: string, nonceAt: number): Promise<void> {
    await this.#set(ref, { boot_id: bootId, nonce_at: nonceAt });
  }

  async noteConflict(ref: AgentRef): Promise<void> {
    await this.#set(ref, { conflict_at: this.#store.now() });
  }

  async noteHeard(ref: AgentRef, skew: number): Promise<void> {
    await this.#set(ref, { last_heard: this.#store.now(), skew });
  }

  /** Keeps the state unless a later one of the same epoch is there. */
  async putState(ref: AgentRef, state: AgentState): Promise<void> {
    await this.#store.transaction(async (inside) => {
      const row = await inside.db
        .selectFrom("agent")
        .select(["state_epoch", "state_seq"])
        .where("tenant_id", "=", ref.tenant)
        .where("agent_id", "=", ref.agent)
        .executeTakeFirst();
      if (row?.state_epoch === state.epoch && row.state_seq >= state.stateSeq) return;
      await new Agents(inside).#set(ref, {
        state_epoch: state.epoch,
        state_seq: state.stateSeq,
        config_version: state.configVersion,
        version: state.health.version,
        health: JSON.stringify(state.health),
        findings: JSON.stringify(state.findings),
      });
    });
  }

  /** What the site's agents found, as each last said it. */
  async findings(site: SiteRef): Promise<{ agent: string; findings: Finding[] }[]> {
    const rows = await this.#store.db
      .selectFrom("agent")
      .select(["agent_id", "findings"])
      .where("tenant_id", "=", site.tenant)
      .where("site_id", "=", site.site)
      .where("revoked_at", "is", null)
      .execute();
    return rows.map((row) => ({
      agent: row.agent_id,
      findings: row.findings === null ? [] : (JSON.parse(row.findings) as Finding[]),
    }));
  }

  /** What the server knows of the site's agents by itself, as observations: when last heard, and their clocks. */
  async observations(site: SiteRef): Promise<Observation[]> {
    const now = this.#store.now();
    const agents = await this.agents(site);
    return agents
      .filter((agent) => !agent.revoked && agent.lastHeard !== undefined)
      .flatMap((agent) => agentFacts(agent, now));
  }

  /** Replaces what the site's agents watch; its version counts up, whatever the document says. */
  async setSiteConfig(site: SiteRef, config: SiteConfig): Promise<number> {
    return this.#store.transaction(async (inside) => {
      const version = 1 + (await new Agents(inside).siteConfigVersion(site));
      const columns = {
        version,
        doc: JSON.stringify({ ...config, site: site.site, version }),
        changed_at: inside.now(),
      };
      await inside.db
        .insertInto("site_config")
        .values({ tenant_id: site.tenant, site_id: site.site, ...columns })
        .onConflict((conflict) => conflict.columns(["tenant_id", "site_id"]).doUpdateSet(columns))
        .execute();
      return version;
    });
  }

  async siteConfig(site: SiteRef): Promise<SiteConfig | undefined> {
    const row = await this.#store.db
      .selectFrom("site_config")
      .select("doc")
      .where("tenant_id", "=", site.tenant)
      .where("site_id", "=", site.site)
      .executeTakeFirst();
    return row === undefined ? undefined : (JSON.parse(row.doc) as SiteConfig);
  }

  /** 0 when the site has none yet. */
  async siteConfigVersion(site: SiteRef): Promise<number> {
    const row = await this.#store.db
      .selectFrom("site_config")
      .select("version")
      .where("tenant_id", "=", site.tenant)
      .where("site_id", "=", site.site)
      .executeTakeFirst();
    return row?.version ?? 0;
  }
}

function agentFacts(agent: AgentRecord, now: number): Observation[] {
  const about = { probe: "server", subject: `agent:${agent.id}`, at: now, outcome: "ok" } as const;
  const heard = Math.round((now - (agent.lastHeard ?? now)) / 1000);
  const facts: Observation[] = [{ ...about, key: "agent.lastHeard", value: heard, unit: "s" }];
  if (agent.skew !== undefined)
    facts.push({ ...about, key: "clock.offset", value: -Math.round(agent.skew), unit: "ms" });
  return facts;
}

function readAgent(row: AgentTables["agent"]): AgentRecord {
  const health = row.health === null ? undefined : (JSON.parse(row.health) as AgentHealth);
  return {
    tenant: row.tenant_id,
    id: row.agent_id,
    site: row.site_id,
    publicKey: row.public_key,
    hostname: row.hostname,
    version: row.version,
    platform: row.platform,
    enrolledAt: row.enrolled_at,
    revoked: row.revoked_at !== null,
    nonceAt: row.nonce_at,
    configVersion: row.config_version,
    ...(row.boot_id === null ? {} : { bootId: row.boot_id }),
    ...(row.conflict_at === null ? {} : { conflictAt: row.conflict_at }),
    ...(row.last_heard === null ? {} : { lastHeard: row.last_heard }),
    ...(row.skew === null ? {} : { skew: row.skew }),
    ...(health === undefined ? {} : { health, spoolReports: health.spoolReports }),
  };
}
