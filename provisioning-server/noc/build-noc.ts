import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { FastifyInstance } from "fastify";
import { CommandWait } from "../reports/command-wait.ts";
import { Audit } from "../store/audit.ts";
import { Commands } from "../store/commands.ts";
import { Incidents } from "../store/incidents.ts";
import type { StoreHandle } from "../store/open-store.ts";
import { Staff } from "../store/staff.ts";
import { uuidV7 } from "../uuid-v7.ts";
import type { IncidentEvent } from "./incident.ts";
import { IncidentBoard } from "./incident-board.ts";
import { type IncidentPolicy, defaultIncidentPolicy } from "./incidents.ts";
import { LiveFeed } from "./live-feed.ts";
import { PageFiles } from "./page-files.ts";
import { PageReader } from "./page-reader.ts";
import { PortOrders } from "./port-orders.ts";
import { registerNocRoutes } from "./routes.ts";
import { type AgentPolicy, defaultAgentPolicy } from "./sightings.ts";
import { SignIn, type SignInResult } from "./sign-in.ts";
import type { NocSources } from "./sources.ts";

/** Where `npm run build:page` puts the page. */
export const builtPage = fileURLToPath(new URL("page", import.meta.url));

export interface NocOptions {
  readonly store: StoreHandle;
  readonly sources: NocSources;
  readonly now: () => number;
  readonly policy?: IncidentPolicy;
  readonly agentPolicy?: AgentPolicy;
  readonly pageFolder?: string;
  /** How long changes are gathered before browsers hear of them, ms. */
  readonly coalesce?: number;
  readonly onIncidentEvents?: (events: readonly IncidentEvent[]) => void;
  readonly onSignIn?: (result: SignInResult["outcome"]) => void;
  /** Where agents wait for commands; the one that the agents' routes have. */
  readonly commandWait?: CommandWait;
  /** A hostile attempt to sign in, for the line that fail2ban reads. */
  readonly onAbuse?: (kind: "login", address: string) => void;
  readonly onError: (error: unknown) => void;
}

export interface Noc {
  readonly board: IncidentBoard;
  readonly feed: LiveFeed;
  readonly pages: PageReader;
  readonly signIn: SignIn;
  /** Puts the pages, `/api/v1` and sign-in on the admin listener's app. */
  register(app: FastifyInstance): void;
}

/** Puts the NOC together; `board.run(everyMs, signal, onError)` sets it going. */
export async function buildNoc(options: NocOptions): Promise<Noc> {
  const { store, sources, now, onError } = options;
  const agentPolicy = options.agentPolicy ?? defaultAgentPolicy;
  const incidents = new Incidents(store);
  const pages = new PageReader({ sources, incidents, agentPolicy, now });
  const feed = new LiveFeed(
    {
      read: (tenant) => pages.overview(tenant),
      coalesce: options.coalesce ?? 1000,
      refresh: 5000,
      onError,
    },
    randomBytes(4).toString("hex"),
  );
  const board = new IncidentBoard({
    sources,
    incidents,
    policy: options.policy ?? defaultIncidentPolicy,
    agentPolicy,
    now,
    newId: () => uuidV7(now()),
    onEvents(events) {
      options.onIncidentEvents?.(events);
      feed.touch();
    },
  });
  const signIn = new SignIn(new Staff(store), now);
  const files = await PageFiles.read(options.pageFolder ?? builtPage);
  const { onSignIn = () => {}, onAbuse = () => {} } = options;
  const commands = new Commands(store);
  const wait = options.commandWait ?? new CommandWait(commands);
  const orders = new PortOrders({ pages, sources, commands, wait, agentPolicy, now });
  const audit = new Audit(store);
  const register = (app: FastifyInstance): void =>
    registerNocRoutes(app, { signIn, files, pages, board, feed, orders, audit, now, onSignIn, onAbuse });
  return { board, feed, pages, signIn, register };
}
