import { generateKeyPairSync, randomUUID, sign, type KeyObject } from "node:crypto";
import Fastify, { type FastifyInstance } from "fastify";
import { authenticationText } from "../../../protocol/agent-protocol.ts";
import type { HealthReport } from "../../../protocol/health-report.ts";
import type { Observation } from "../../../protocol/observation.ts";
import { registerAgentRoutes } from "../../../provisioning-server/reports/routes.ts";
import { Agents } from "../../../provisioning-server/store/agents.ts";
import { openStore } from "../../../provisioning-server/store/open-store.ts";

export const site = { tenant: "default", site: "lobby" };

/** The agents' half of a server, over a store in memory, with a clock that tests turn. */
export async function openServer() {
  const clock = { now: Date.UTC(2026, 6, 1) };
  const store = await openStore({ path: ":memory:", now: () => clock.now });
  const app = Fastify();
  const changes: string[] = [];
  const abuses: string[] = [];
  /** Seconds for which reports are put off. */
  const load: { putOff?: number } = {};
  registerAgentRoutes(app, {
    store,
    tokenKey: Buffer.alloc(32, 7),
    serverId: "server-1",
    pins: () => ["pin"],
    onChange: (changed) => changes.push(changed.site),
    onAbuse: (kind) => abuses.push(kind),
    putOff: () => load.putOff,
    log: { error: (fields) => console.error(fields) },
  });
  await app.ready();
  return { app, store, agents: new Agents(store), clock, changes, abuses, load };
}

export type TestServer = Awaited<ReturnType<typeof openServer>>;

/** An agent by hand: what it says is what the test wants it to say. */
export class AgentSide {
  readonly app: FastifyInstance;
  readonly clock: { now: number };
  readonly key: KeyObject;
  readonly publicKey: string;
  agentId = "";
  serverId = "";
  token = "";
  bootId = randomUUID() as string;
  lastBootId: string | undefined;

  constructor(
    server: { app: FastifyInstance; clock: { now: number } },
    key = generateKeyPairSync("ed25519").privateKey,
  ) {
    this.app = server.app;
    this.clock = server.clock;
    this.key = key;
    this.publicKey = String(key.export({ format: "jwk" }).x);
  }

  async call(
    method: "GET" | "POST" | "PUT",
    url: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ) {
    const payload =
      body === undefined || Buffer.isBuffer(body) || typeof body === "string" ? body : JSON.stringify(body);
    const response = await this.app.inject({
      method,
      url,
      headers: {
        ...(payload === undefined ? {} : { "content-type": "application/json" }),
        ...(this.token === "" ? {} : { authorization: `Bearer ${this.token}` }),
        ...headers,
      },
      ...(payload === undefined ? {} : { payload }),
    });
    const json =
      response.payload === "" ? undefined : (JSON.parse(response.payload) as Record<string, unknown>);
    return {
      status: response.statusCode,
      json,
      headers: response.headers,
      slug: String(json?.type).split("/").at(-1),
    };
  }

  async enrol(token: string) {
    const facts = { hostname: "edge", version: "1", platform: "linux" };
    const reply = await this.call("POST", "/v1/enrol", { token, publicKey: this.publicKey, facts });
    if (reply.status === 200) {
      this.agentId = String(reply.json?.agentId);
      this.serverId = String(reply.json?.serverId);
    }
    return reply;
  }

  async nonce(): Promise<string> {
    // Of two nonces made in one millisecond, one is good.
    this.clock.now += 1;
    const reply = await this.call("POST", "/v1/agent/challenge", { agentId: this.agentId });
    return String(reply.json?.nonce);
  }

  async ask(nonce: string, change: Record<string, unknown> = {}) {
    const text = authenticationText(nonce, this.agentId, this.serverId);
    const reply = await this.call("POST", "/v1/agent/token", {
      agentId: this.agentId,
      nonce,
      bootId: this.bootId,
      ...(this.lastBootId === undefined ? {} : { lastBootId: this.lastBootId }),
      signature: sign(null, Buffer.from(text), this.key).toString("base64url"),
      ...change,
    });
    if (reply.status === 200) this.token = String(reply.json?.token);
    return reply;
  }

  async signIn() {
    return this.ask(await this.nonce());
  }

  reports(reports: unknown[], change: Record<string, unknown> = {}) {
    const sent = { at: Date.UTC(2026, 6, 1), mono: 1000, bootId: this.bootId };
    return this.call("POST", "/v1/agent/reports", { epoch: "e1", sent, reports, ...change });
  }
}

/** An agent that is in. */
export async function enrolled(server: TestServer): Promise<AgentSide> {
  const side = new AgentSide(server);
  const { token } = await server.agents.createEnrolToken(site);
  await side.enrol(token.reveal());
  await side.signIn();
  return side;
}

export function observation(change: Partial<Observation> = {}): Observation {
  return {
    probe: "poe-ports",
    subject: "port:sw1/1",
    key: "poe.watts",
    value: 4.2,
    unit: "W",
    at: Date.UTC(2026, 6, 1) - 5000,
    outcome: "ok",
    ...change,
  };
}

export function healthReport(seq: number, change: Partial<HealthReport> = {}): HealthReport {
  const at = Date.UTC(2026, 6, 1) - 5000;
  return {
    seq,
    from: at - 1000,
    to: at,
    sealedAt: at,
    mono: 500,
    bootId: "earlier",
    configVersion: 0,
    observations: [{ last: observation(), n: 1, bad: 0 }],
    findings: [],
    ...change,
  };
}
