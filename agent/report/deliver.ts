import { Compile } from "typebox/compile";
import {
  ChallengeReply,
  ReportsReply,
  TokenReply,
  type AgentHealth,
  type AgentState,
} from "../../protocol/agent-protocol.ts";
import type { Finding } from "../../protocol/finding.ts";
import type { HealthReport } from "../../protocol/health-report.ts";
import { Secret } from "../../protocol/secret.ts";
import type { Clock } from "../io/clock.ts";
import type { Log } from "../io/log.ts";
import type { ServerLink, ServerReply } from "../io/server-link.ts";
import {
  afterReply,
  nextErrand,
  onTrial,
  startDelivery,
  type DeliveryState,
  type Errand,
  type Pace,
} from "./delivery-step.ts";
import type { Identity, Membership } from "./identity.ts";
import type { Spool, Waiting } from "./spool.ts";

export interface Live {
  readonly findings: readonly Finding[];
  readonly health: AgentHealth;
  readonly configVersion: number;
}

export interface DeliveryOptions {
  readonly identity: Identity;
  readonly membership: Membership;
  readonly spool: Spool;
  readonly link: ServerLink;
  readonly clock: Clock;
  readonly random: () => number;
  readonly pace: Pace;
  readonly log: Log;
  /** How it is right now. */
  readonly live: () => Promise<Live>;
  /** Says the same as long as the live state says the same. */
  readonly liveSignature: () => string;
  /** The config version that was last fetched, good or bad. */
  readonly fetchedConfig: () => number;
  /** Takes a site's document from the server; true when it is in use now. */
  readonly applyConfig: (document: unknown) => Promise<boolean>;
  readonly revertConfig: () => Promise<void>;
}

const validators = {
  challenge: Compile(ChallengeReply),
  token: Compile(TokenReply),
  reports: Compile(ReportsReply),
};

/** Unpacked, of the 8 MiB that the server takes. */
const batchBytes = 4 * 1024 * 1024;

/** What came of an errand: the reply, and what to do when the step function says `take`. */
interface Outcome {
  readonly reply: ServerReply;
  readonly take?: () => Promise<void>;
}

/** Carries live states and reports to the server, for as long as the agent lives. */
export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #stop = new AbortController();
  #state: DeliveryState;
  #wake = new AbortController();
  #sentSignature: string | undefined;
  #done: Promise<void> = Promise.resolve();

  constructor(options: DeliveryOptions) {
    this.#options = options;
    this.#state = startDelivery(options.clock.mono());
  }

  start(): void {
    this.#done = this.#run();
  }

  /** Something changed: look again whether there is something to send. */
  wake(): void {
    this.#wake.abort();
  }

  get shutOut(): DeliveryState["shutOut"] {
    return this.#state.shutOut;
  }

  /** The hour's token, once the server has given one. */
  get token(): Secret | undefined {
    return this.#state.token;
  }

  get connected(): boolean {
    return this.#state.connected && this.#state.failures === 0;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      this.#wake = new AbortController();
      const { clock, spool, liveSignature, fetchedConfig } = this.#options;
      const now = clock.mono();
      const next = nextErrand(this.#state, {
        now,
        stateChanged: liveSignature() !== this.#sentSignature,
        reportsWaiting: spool.stats().reports > 0,
        configVersion: fetchedConfig(),
      });
      if ("errand" in next) await this.#errand(next.errand);
      else await this.#pause(next.waitUntil - now);
    }
  }

  async #pause(ms: number): Promise<void> {
    const ends = AbortSignal.any([this.#wake.signal, this.#stop.signal]);
    // Woken or stopped: the caller looks again.
    await this.#options.clock.sleep(Math.max(1, ms), ends).catch(() => {});
  }

  async #errand(errand: Errand): Promise<void> {
    const { clock, random, pace, log } = this.#options;
    const { reply, take } = await this.#perform(errand);
    if (this.#stop.signal.aborted && reply.kind === "failure") return;
    const step = afterReply(this.#state, errand, reply, { now: clock.mono(), random: random(), pace });
    this.#state = step.state;
    if (step.effect !== "take") log.warn({ event: "delivery", errand, ...shown(reply) }, "not delivered");
    if (step.effect === "take") await take?.();
    if (step.effect === "set-head-aside") await this.#setHeadAside();
    if (step.effect === "revert-config") await this.#options.revertConfig();
  }

  #perform(errand: Errand): Promise<Outcome> {
    switch (errand) {
      case "challenge":
        return this.#authenticate();
      case "state":
        return this.#sendState();
      case "config":
        return this.#fetchConfig();
      case "reports":
        return this.#sendReports();
    }
  }

  async #authenticate(): Promise<Outcome> {
    const { identity, membership, link } = this.#options;
    const ends = this.#stop.signal;
    const { agentId } = membership;
    const first = await link.call({ method: "POST", path: "/v1/agent/challenge", body: { agentId } }, ends);
    if (first.kind !== "reply" || first.status !== 200) return { reply: first };
    if (!validators.challenge.Check(first.body)) return { reply: garbled(first.body) };
    const body = await identity.tokenRequest(membership, first.body.nonce);
    const reply = await link.call({ method: "POST", path: "/v1/agent/token", body }, ends);
    if (reply.kind !== "reply" || reply.status !== 200) return { reply };
    if (!validators.token.Check(reply.body)) return { reply: garbled(reply.body) };
    const token = new Secret(reply.body.token);
    return {
      reply,
      take: async () => {
        this.#state = { ...this.#state, token };
        await identity.noteAdmitted();
      },
    };
  }

  async #sendState(): Promise<Outcome> {
    const { clock, identity, spool, live, liveSignature } = this.#options;
    const signature = liveSignature();
    const { findings, health, configVersion } = await live();
    const body: AgentState = {
      epoch: spool.epoch,
      stateSeq: spool.nextStateSeq(),
      at: clock.now(),
      mono: clock.mono(),
      bootId: identity.bootId,
      findings: findings.slice(0, 1000),
      health,
      configVersion,
    };
    const reply = await this.#call("PUT", "/v1/agent/state", body);
    return {
      reply,
      take: async () => {
        this.#sentSignature = signature;
      },
    };
  }

  async #fetchConfig(): Promise<Outcome> {
    const reply = await this.#call("GET", "/v1/agent/config");
    if (reply.kind !== "reply" || reply.status !== 200) return { reply };
    return {
      reply,
      take: async () => {
        if (await this.#options.applyConfig(reply.body)) this.#state = onTrial(this.#state);
      },
    };
  }

  async #sendReports(): Promise<Outcome> {
    const { clock, identity, spool, log } = this.#options;
    const batch = await spool.waiting({ reports: this.#state.batch, bytes: batchBytes });
    const last = batch.at(-1);
    // What waited has just been found unreadable, and counted.
    if (last === undefined) return { reply: { kind: "reply", status: 204, body: undefined } };
    const reply = await this.#call("POST", "/v1/agent/reports", {
      epoch: spool.epoch,
      ...(spool.previousEpoch === undefined ? {} : { previousEpoch: spool.previousEpoch }),
      sent: { at: clock.now(), mono: clock.mono(), bootId: identity.bootId },
      reports: batch.map(({ json }) => JSON.parse(json) as HealthReport),
    });
    if (reply.kind !== "reply" || reply.status !== 200) return { reply };
    const said: unknown = reply.body;
    if (!validators.reports.Check(said) || said.epoch !== spool.epoch || said.ackedSeq < last.seq)
      return { reply: garbled(said) };
    if (said.quarantined.length > 0)
      log.warn({ event: "quarantined", reports: said.quarantined }, "the server could not read reports");
    // Never more than was sent: what else the server has under these numbers is not ours.
    return { reply, take: () => spool.ack(last.seq) };
  }

  async #setHeadAside(): Promise<void> {
    const { spool, log } = this.#options;
    const head: Waiting | undefined = (await spool.waiting({ reports: 1, bytes: batchBytes }))[0];
    if (head === undefined) return;
    log.error({ event: "refused", seq: head.seq }, "the server refuses a report; it is kept aside");
    await spool.refuse(head);
  }

  #call(method: "GET" | "POST" | "PUT", path: string, body?: unknown): Promise<ServerReply> {
    const { token } = this.#state;
    const request = { method, path, token, ...(body === undefined ? {} : { body }) };
    return this.#options.link.call(request, this.#stop.signal);
  }
}

function garbled(body: unknown): ServerReply {
  return {
    kind: "failure",
    code: "GARBLED",
    why: `the server's reply cannot be read: ${JSON.stringify(body)?.slice(0, 200)}`,
  };
}

function shown(reply: ServerReply): Record<string, unknown> {
  if (reply.kind === "failure") return { code: reply.code, why: reply.why };
  return { status: reply.status, problem: reply.problem };
}
