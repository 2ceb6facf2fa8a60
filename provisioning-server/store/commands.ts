import type { AgentCommand, CommandResult } from "../../protocol/agent-protocol.ts";
import type { Subject } from "../../protocol/observation.ts";
import { uuidV7 } from "../uuid-v7.ts";
import type { AgentRef } from "./agents.ts";
import { Audit } from "./audit.ts";
import type { StoreHandle } from "./open-store.ts";

export interface CommandTables {
  agent_command: {
    tenant_id: string;
    command_id: string;
    agent_id: string;
    subject: string;
    doc: string;
    who: string;
    created_at: number;
    taken_at: number | null;
    done_at: number | null;
    outcome: string | null;
    sentence: string | null;
  };
}

type Distribute<T> = T extends unknown ? Omit<T, "id"> : never;
/** A command before it has its id. */
export type CommandWish = Distribute<AgentCommand>;

export interface CommandOrder {
  readonly agent: AgentRef;
  /** What it is done to. */
  readonly subject: Subject;
  readonly wish: CommandWish;
  /** Whom it concerns, in words, for the book. */
  readonly detail: string;
  /** Login and address of the person. */
  readonly who: string;
  readonly address: string;
}

/** How a command stands, as the page shows it. */
export interface CommandStand {
  readonly id: string;
  readonly kind: AgentCommand["kind"];
  readonly subject: Subject;
  readonly who: string;
  readonly at: number;
  /** waiting: not fetched yet · taken: the agent is at it · late: the agent did not fetch it in time, and never will. */
  readonly state: "waiting" | "taken" | "late" | CommandResult["outcome"];
  readonly sentence?: string;
}

/** An order that the agent does not fetch within this time is dead: nobody expects a restart half an hour later. Ms. */
export const orderLife = 120_000;
/** A restart and the wait for the phone; after it an order without a result no longer blocks its port. */
export const longestWork = 600_000;

/** What staff asks of agents. Each order is handed out once, to its own agent, and its result is taken once. */
export class Commands {
  readonly #store: StoreHandle;

  constructor(store: StoreHandle) {
    this.#store = store;
  }

  /** Undefined: the same thing is being done to this subject already. */
  async order({ agent, subject, wish, detail, who, address }: CommandOrder): Promise<string | undefined> {
    return this.#store.transaction(async (inside) => {
      const now = inside.now();
      const open = await inside.db
        .selectFrom("agent_command")
        .select("command_id")
        .where("tenant_id", "=", agent.tenant)
        .where("agent_id", "=", agent.agent)
        .where("subject", "=", subject)
        .where("done_at", "is", null)
        .where((either) =>
          either.or([either("created_at", ">", now - orderLife), either("taken_at", ">", now - longestWork)]),
        )
        .executeTakeFirst();
      if (open !== undefined) return undefined;
      const id = uuidV7(now);
      const command: AgentCommand = { ...wish, id };
      await inside.db
        .insertInto("agent_command")
        .values({
          tenant_id: agent.tenant,
          command_id: id,
          agent_id: agent.agent,
          subject,
          doc: JSON.stringify(command),
          who,
          created_at: now,
          taken_at: null,
          done_at: null,
          outcome: null,
          sentence: null,
        })
        .execute();
      await new Audit(inside).add(agent.tenant, {
        who,
        address,
        what: `${wish.kind} asked`,
        subject,
        detail,
      });
      return id;
    });
  }

  /** What waits for this agent; it is handed out now and not again. */
  async take(agent: AgentRef): Promise<AgentCommand[]> {
    return this.#store.transaction(async (inside) => {
      const now = inside.now();
      const rows = await inside.db
        .selectFrom("agent_command")
        .select(["command_id", "doc"])
        .where("tenant_id", "=", agent.tenant)
        .where("agent_id", "=", agent.agent)
        .where("taken_at", "is", null)
        .where("created_at", ">", now - orderLife)
        .orderBy("created_at")
        .limit(20)
        .execute();
      for (const { command_id } of rows)
        await inside.db
          .updateTable("agent_command")
          .set({ taken_at: now })
          .where("tenant_id", "=", agent.tenant)
          .where("command_id", "=", command_id)
          .execute();
      return rows.map(({ doc }) => JSON.parse(doc) as AgentCommand);
    });
  }

  /** Whether anything waits: a look that writes nothing. */
  async isWaiting(agent: AgentRef): Promise<boolean> {
    const row = await this.#store.db
      .selectFrom("agent_command")
      .select("command_id")
      .where("tenant_id", "=", agent.tenant)
      .where("agent_id", "=", agent.agent)
      .where("taken_at", "is", null)
      .where("created_at", ">", this.#store.now() - orderLife)
      .executeTakeFirst();
    return row !== undefined;
  }

  /** False: this agent has no such order, or its result is there already. */
  async finish(agent: AgentRef, id: string, { outcome, sentence }: CommandResult): Promise<boolean> {
    return this.#store.transaction(async (inside) => {
      const row = await inside.db
        .selectFrom("agent_command")
        .select(["subject", "doc"])
        .where("tenant_id", "=", agent.tenant)
        .where("command_id", "=", id)
        .where("agent_id", "=", agent.agent)
        .where("taken_at", "is not", null)
        .where("done_at", "is", null)
        .executeTakeFirst();
      if (row === undefined) return false;
      await inside.db
        .updateTable("agent_command")
        .set({ done_at: inside.now(), outcome, sentence })
        .where("tenant_id", "=", agent.tenant)
        .where("command_id", "=", id)
        .execute();
      const { kind } = JSON.parse(row.doc) as AgentCommand;
      const entry = { who: `agent:${agent.agent}`, what: `${kind} ${outcome}`, subject: row.subject };
      await new Audit(inside).add(agent.tenant, { ...entry, detail: sentence });
      return true;
    });
  }

  /** Forgets what came to its end, or was never fetched, before this time; the audit book keeps that it was. */
  async prune(before: number): Promise<void> {
    await this.#store.db
      .deleteFrom("agent_command")
      .where("created_at", "<", before)
      .where((either) => either.or([either("done_at", "is", null), either("done_at", "<", before)]))
      .execute();
  }

  async find(tenant: string, id: string): Promise<CommandStand | undefined> {
    const row = await this.#store.db
      .selectFrom("agent_command")
      .selectAll()
      .where("tenant_id", "=", tenant)
      .where("command_id", "=", id)
      .executeTakeFirst();
    return row === undefined ? undefined : standOf(row, this.#store.now());
  }
}

function standOf(row: CommandTables["agent_command"], now: number): CommandStand {
  const { kind } = JSON.parse(row.doc) as AgentCommand;
  const isLate = row.taken_at === null && row.created_at <= now - orderLife;
  const open = row.taken_at === null ? "waiting" : "taken";
  const outcome = row.outcome as CommandResult["outcome"] | null;
  return {
    id: row.command_id,
    kind,
    subject: row.subject,
    who: row.who,
    at: row.created_at,
    state: outcome ?? (isLate ? "late" : open),
    ...(row.sentence === null ? {} : { sentence: row.sentence }),
  };
}
