import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Static, TSchema } from "typebox";
import { Compile, type Validator } from "typebox/compile";
import {
  AgentState,
  ChallengeRequest,
  CommandResult,
  EnrolRequest,
  ReportsRequest,
  TokenRequest,
  longestCommandWait,
  type ChallengeReply,
  type CommandsReply,
  type ReportsReply,
  type TokenReply,
} from "../../protocol/agent-protocol.ts";
import { knownFields } from "../../protocol/known-fields.ts";
import { schemaMismatches } from "../../protocol/schema-mismatches.ts";
import type { SiteRef } from "../noc/sources.ts";
import { answerWithProblems, invalidRequest, Problem, type ProblemLog } from "../problem.ts";
import { Agents, type AgentRecord, type AgentRef } from "../store/agents.ts";
import { Commands } from "../store/commands.ts";
import type { StoreHandle } from "../store/open-store.ts";
import { admit, makeNonce, makeToken, nonceLife, readToken, tokenLife } from "./authenticate.ts";
import { readJsonBody, wireLimit } from "./body.ts";
import { CommandWait } from "./command-wait.ts";
import { enrol } from "./enrol.ts";
import { ingest, type Ingested } from "./ingest.ts";

export interface AgentRoutesDeps {
  readonly store: StoreHandle;
  /** 32 octets that seal nonces and tokens; the same on every node. Derive it from the vault's key. */
  readonly tokenKey: Uint8Array;
  readonly serverId: string;
  /** SHA-256 of the server's public keys (SPKI), base64url; agents pin them when they enrol. */
  pins(): readonly string[];
  /** Called after reports, a state, or an enrolment of this site were committed. */
  onChange(site: SiteRef): void;
  /** One hostile attempt; the kind of line that fail2ban reads. */
  onAbuse?(kind: "bad_token" | "malformed", address: string): void;
  /** Where agents wait for commands; the NOC rings it when one is ordered. */
  readonly commandWait?: CommandWait;
  /** Seconds after which reports shall come again, while the server has too much to do. */
  putOff?(): number | undefined;
  /** For counters: what became of a batch. */
  onIngest?(result: Ingested): void;
  readonly log: ProblemLog;
}

const shapes = {
  enrol: shapeOf(EnrolRequest),
  challenge: shapeOf(ChallengeRequest),
  token: shapeOf(TokenRequest),
  state: shapeOf(AgentState),
  reports: shapeOf(ReportsRequest),
  result: shapeOf(CommandResult),
};

/** A schema, compiled: what a body has to be, and what of it this version knows. */
function shapeOf<T extends TSchema>(schema: T) {
  return { schema, validator: Compile(schema), known: knownFields(schema) };
}

/** The calls of agents: `/v1/enrol` and `/v1/agent/*` (protocol/agent-protocol.ts). */
export function registerAgentRoutes(app: FastifyInstance, deps: AgentRoutesDeps): void {
  void app.register(async (scope) => {
    answerWithProblems(scope, deps.log);
    readBodies(scope);
    const routes = new AgentRoutes(deps);
    scope.post("/v1/enrol", (request, reply) => routes.enrol(request, reply));
    scope.post("/v1/agent/challenge", (request) => routes.challenge(request));
    scope.post("/v1/agent/token", (request, reply) => routes.token(request, reply));
    scope.put("/v1/agent/state", (request, reply) => routes.state(request, reply));
    const putOff = { onRequest: async () => routes.putOff() };
    scope.post("/v1/agent/reports", putOff, (request, reply) => routes.reports(request, reply));
    scope.get("/v1/agent/config", (request, reply) => routes.config(request, reply));
    scope.get("/v1/agent/commands", (request, reply) => routes.commands(request, reply));
    scope.post<{ Params: { id: string } }>("/v1/agent/commands/:id", (request, reply) =>
      routes.result(request, reply),
    );
    scope.addHook("preClose", async () => routes.stopWaiting());
  });
}

function readBodies(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser(
    "application/json",
    { parseAs: "buffer", bodyLimit: wireLimit },
    (request: FastifyRequest, body: Buffer) => readJsonBody(body, request.headers["content-encoding"]),
  );
}

/** The body, without what this version does not know. @throws {Problem} with every place that does not fit. */
function fit<T extends TSchema>(
  {
    schema,
    validator,
    known,
  }: { schema: T; validator: Validator<Record<never, never>, T>; known: (body: unknown) => unknown },
  body: unknown,
): Static<T> {
  const cleaned = known(body);
  if (validator.Check(cleaned)) return cleaned as Static<T>;
  throw invalidRequest(schemaMismatches(schema, cleaned).slice(0, 20));
}

const refOf = (agent: AgentRecord): AgentRef => ({ tenant: agent.tenant, agent: agent.id });
const siteOf = (agent: AgentRecord): SiteRef => ({ tenant: agent.tenant, site: agent.site });

class AgentRoutes {
  readonly #deps: AgentRoutesDeps;
  readonly #agents: Agents;
  readonly #commands: Commands;
  readonly #commandWait: CommandWait;

  constructor(deps: AgentRoutesDeps) {
    this.#deps = deps;
    this.#agents = new Agents(deps.store);
    this.#commands = new Commands(deps.store);
    this.#commandWait = deps.commandWait ?? new CommandWait(this.#commands);
  }

  async enrol(request: FastifyRequest, reply: FastifyReply): Promise<object> {
    const body = fit(shapes.enrol, request.body);
    const { serverId } = this.#deps;
    const answer = await this.#refusable(request, () =>
      enrol(this.#agents, body, { serverId, pins: this.#deps.pins() }),
    );
    void reply.header("offhook-config", answer.configVersion);
    const agent = await this.#agents.find(answer.agentId);
    if (agent !== undefined) this.#deps.onChange(siteOf(agent));
    return answer;
  }

  async challenge(request: FastifyRequest): Promise<ChallengeReply> {
    const { agentId } = fit(shapes.challenge, request.body);
    // An unknown agent gets a nonce like everybody: ids are not to be guessed here.
    return { nonce: makeNonce(this.#deps.tokenKey, agentId, this.#now()), expiresIn: nonceLife };
  }

  async token(request: FastifyRequest, reply: FastifyReply): Promise<TokenReply> {
    const body = fit(shapes.token, request.body);
    const { tokenKey: key, serverId } = this.#deps;
    const { agent, admission } = await this.#deps.store.transaction(async (inside) => {
      const agents = new Agents(inside);
      const found = await agents.find(body.agentId);
      const judged = admit(found, body, { key, serverId, now: inside.now() });
      if (found !== undefined && judged.kind === "admitted")
        await agents.letIn(refOf(found), body.bootId, judged.nonceAt);
      if (found !== undefined && judged.kind === "doubled") await agents.noteConflict(refOf(found));
      return { agent: found, admission: judged };
    });
    if (agent !== undefined && admission.kind === "admitted") {
      await this.#sayConfig(agent, reply);
      return { token: makeToken(key, agent.id, body.bootId, this.#now()), expiresIn: tokenLife };
    }
    if (agent !== undefined && admission.kind === "doubled") {
      this.#deps.onChange(siteOf(agent));
      throw new Problem("epoch-conflict", "another run of this agent was let in; enrol one of the two anew");
    }
    this.#deps.onAbuse?.("bad_token", request.ip);
    if (admission.kind === "revoked") throw new Problem("agent-revoked", "enrol anew to come back");
    throw new Problem("unauthenticated", "the nonce, the signature or the agent is not known here");
  }

  async state(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const receivedAt = this.#now();
    const agent = await this.#authenticate(request);
    const state = fit(shapes.state, request.body);
    await this.#sameRun(agent, state.bootId);
    await this.#deps.store.transaction(async (inside) => {
      const agents = new Agents(inside);
      await agents.noteHeard(refOf(agent), receivedAt - state.at);
      await agents.putState(refOf(agent), state);
    });
    this.#deps.onChange(siteOf(agent));
    await this.#sayConfig(agent, reply);
    return reply.code(204).send();
  }

  /** @throws {Problem} before the body is read, while phones need the server more: what is told of the past can wait. */
  putOff(): void {
    const retryAfter = this.#deps.putOff?.();
    if (retryAfter !== undefined)
      throw new Problem("overloaded", "phones come first; reports are kept by the agent", { retryAfter });
  }

  async reports(request: FastifyRequest, reply: FastifyReply): Promise<ReportsReply> {
    const receivedAt = this.#now();
    const agent = await this.#authenticate(request);
    const batch = fit(shapes.reports, request.body);
    await this.#sameRun(agent, batch.sent.bootId);
    const result = await ingest(this.#deps.store, agent, batch);
    this.#deps.onIngest?.(result);
    if (result.kind === "no-seq")
      throw invalidRequest([
        { place: `/reports/${result.index}/seq`, expected: "an integer from 1", found: "something else" },
      ]);
    if (result.kind === "epoch-conflict")
      throw new Problem("epoch-conflict", "reports of another spool are stored for this agent", {
        current: result.current,
      });
    await this.#agents.noteHeard(refOf(agent), receivedAt - batch.sent.at);
    await this.#sayConfig(agent, reply);
    this.#deps.onChange(siteOf(agent));
    return { epoch: batch.epoch, ackedSeq: result.ackedSeq, quarantined: [...result.quarantined] };
  }

  async config(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const agent = await this.#authenticate(request);
    const config = await this.#agents.siteConfig(siteOf(agent));
    if (config === undefined) throw new Problem("not-found", "this site has no config yet");
    const etag = `"${config.version}"`;
    void reply.header("offhook-config", config.version).header("etag", etag);
    if (request.headers["if-none-match"] === etag) return reply.code(304).send();
    return reply.send(config);
  }

  /** Held open for `?wait=` seconds when there is nothing to do. */
  async commands(request: FastifyRequest, reply: FastifyReply): Promise<CommandsReply> {
    const agent = await this.#authenticate(request);
    const asked = Number(new URLSearchParams(request.url.split("?")[1] ?? "").get("wait") ?? 0);
    const seconds = Number.isFinite(asked) ? Math.min(longestCommandWait, Math.max(0, asked)) : 0;
    const gone = new AbortController();
    reply.raw.once("close", () => gone.abort());
    const commands = await this.#commandWait.take(refOf(agent), seconds * 1000, gone.signal);
    await this.#sayConfig(agent, reply);
    return { commands };
  }

  async result(
    request: FastifyRequest<{ Params: { id: string } }>,
    reply: FastifyReply,
  ): Promise<FastifyReply> {
    const agent = await this.#authenticate(request);
    const result = fit(shapes.result, request.body);
    if (!(await this.#commands.finish(refOf(agent), request.params.id, result)))
      throw new Problem("not-found", "no such command is under way");
    this.#deps.onChange(siteOf(agent));
    return reply.code(204).send();
  }

  stopWaiting(): void {
    this.#commandWait.close();
  }

  #now(): number {
    return this.#deps.store.now();
  }

  async #sayConfig(agent: AgentRecord, reply: FastifyReply): Promise<void> {
    void reply.header("offhook-config", await this.#agents.siteConfigVersion(siteOf(agent)));
  }

  async #authenticate(request: FastifyRequest): Promise<AgentRecord> {
    const [scheme, token = ""] = (request.headers.authorization ?? "").split(" ");
    if (scheme?.toLowerCase() !== "bearer") throw new Problem("unauthenticated", "a bearer token is needed");
    const claims = readToken(this.#deps.tokenKey, token);
    const agent = claims === undefined ? undefined : await this.#agents.find(claims.agentId);
    if (claims === undefined || agent === undefined) {
      this.#deps.onAbuse?.("bad_token", request.ip);
      throw new Problem("unauthenticated", "the token is not one of this server");
    }
    if (agent.revoked) throw new Problem("agent-revoked", "enrol anew to come back");
    if (claims.until <= this.#now() || claims.bootId !== agent.bootId)
      throw new Problem("token-expired", "ask for a challenge");
    return agent;
  }

  /** A copy that goes by this identity says another run: its words are not the agent's. */
  async #sameRun(agent: AgentRecord, bootId: string): Promise<void> {
    if (bootId === agent.bootId) return;
    await this.#agents.noteConflict(refOf(agent));
    throw new Problem("epoch-conflict", "the token is of another run", { current: agent.bootId });
  }

  async #refusable<T>(request: FastifyRequest, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Problem && error.slug === "enrol-token-invalid")
        this.#deps.onAbuse?.("bad_token", request.ip);
      throw error;
    }
  }
}
