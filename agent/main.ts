import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { thresholdsFrom, type Thresholds } from "../diagnosis/thresholds.ts";
import type { AgentHealth } from "../protocol/agent-protocol.ts";
import { mismatchSentence } from "../protocol/decoded.ts";
import type { Finding } from "../protocol/finding.ts";
import type { HealthReport, ObservationSummary } from "../protocol/health-report.ts";
import type { Observation } from "../protocol/observation.ts";
import type { SiteConfig } from "../protocol/site-config.ts";
import { BadConfig, type AgentConfig, type ServerConfig } from "./config.ts";
import { systemDisk, type Disk } from "./io/disk.ts";
import type { AgentIo } from "./io/io.ts";
import { lockFolder } from "./io/lock-folder.ts";
import type { Log } from "./io/log.ts";
import { openServerLink, type OpenServerLink, type ServerLink } from "./io/server-link.ts";
import { agentFindings } from "./report/agent-findings.ts";
import { Delivery } from "./report/deliver.ts";
import { usualPace, type Pace } from "./report/delivery-step.ts";
import { Identity, type Membership } from "./report/identity.ts";
import { Spool, type SpoolStats } from "./report/spool.ts";
import { partsOf, Summaries } from "./report/summarise.ts";
import { cronBeat, Loop, type Beat } from "./schedule/loop.ts";
import { readyPlans, type AgentProbe, type ReadyPlan } from "./schedule/plans.ts";

/** The diagnosis, as diagnosis/diagnose.ts exports it. */
export type Diagnose = (
  observations: readonly Observation[],
  thresholds: Thresholds,
  now: number,
) => Finding[];

export interface AgentTimes extends Pace {
  /** First runs are spread over this, ms. */
  readonly startSpread: number;
  /** One run of a probe may take this long, ms. */
  readonly runLimit: number;
}

export const usualTimes: AgentTimes = { ...usualPace, startSpread: 15_000, runLimit: 120_000 };

export interface AgentOptions {
  readonly config: AgentConfig;
  readonly io: AgentIo;
  readonly probes: readonly AgentProbe[];
  readonly diagnose: Diagnose;
  readonly log: Log;
  /** What differs from usualTimes: a demo goes faster. */
  readonly times?: Partial<AgentTimes>;
  readonly disk?: Disk;
  readonly openLink?: OpenServerLink;
  readonly beat?: Beat;
  /** 0 ≤ x < 1 */
  readonly random?: () => number;
}

export interface AgentStatus {
  /** Absent: not enrolled. */
  readonly agentId?: string;
  readonly configVersion: number;
  /** The last exchange with the server went well. */
  readonly connected: boolean;
  /** Why the server refuses this agent altogether. */
  readonly shutOut?: "revoked" | "doubled";
  readonly spool: SpoolStats;
  readonly probesLate: number;
}

export interface RunningAgent {
  status(): AgentStatus;
  /** The latest observation of every (subject, key). */
  latest(): Observation[];
  findings(): readonly Finding[];
  /** Seals what was observed since the last report, now. */
  sealNow(): Promise<void>;
  /** Ends the probes, seals what was observed, ends the delivery; what waits stays on the disk. */
  stop(): Promise<void>;
}

/**
 * Starts an agent: probes by schedule, diagnosis, reports, delivery. It runs without a server, and before it is enrolled.
 *
 * @throws BadConfig with every problem of the site's document · FolderLocked when another agent has the state folder
 */
export async function startAgent(options: AgentOptions): Promise<RunningAgent> {
  const release = lockFolder(options.config.state);
  try {
    const disk = options.disk ?? systemDisk;
    const identity = await Identity.open(options.config.state, disk);
    const spool = await Spool.open({
      folder: join(options.config.state, "spool"),
      disk,
      now: () => options.io.clock.now(),
      newEpoch: randomUUID,
      lastEpoch: identity.epoch,
    });
    await identity.noteEpoch(spool.epoch);
    const agent = new Agent(options, { disk, identity, spool, release });
    await agent.start();
    return agent;
  } catch (error) {
    release();
    throw error;
  }
}

interface Parts {
  readonly disk: Disk;
  readonly identity: Identity;
  readonly spool: Spool;
  release(): void;
}

/** Of a report's JSON; a batch takes 4 MiB. */
const reportBytes = 2 * 1024 * 1024;
const noConfig: SiteConfig = {
  version: 0,
  site: "none",
  name: "",
  probes: [],
  thresholds: {},
  sealEvery: 300,
};
const mostEnrolPause = 600_000;

class Agent implements RunningAgent {
  readonly #options: AgentOptions;
  readonly #parts: Parts;
  readonly #times: AgentTimes;
  readonly #loop: Loop;
  readonly #summaries = new Summaries();
  readonly #stop = new AbortController();
  readonly #startedAt: number;
  #config: SiteConfig = noConfig;
  #thresholds = thresholdsFrom({}).thresholds;
  #fetchedConfig = 0;
  /** The document in use, and the one that was before it: what revert goes back to. */
  #document: unknown;
  #lastGood: unknown;
  #reverted: number | undefined;
  #refused: { version: number; why: string } | undefined;
  #findings: readonly Finding[] = [];
  #sealedTo: number;
  #link: ServerLink | undefined;
  #delivery: Delivery | undefined;
  #work: Promise<unknown>[] = [];
  #stopped: Promise<void> | undefined;

  constructor(options: AgentOptions, parts: Parts) {
    this.#options = options;
    this.#parts = parts;
    this.#times = { ...usualTimes, ...options.times };
    const { clock } = options.io;
    this.#startedAt = clock.mono();
    this.#sealedTo = clock.now();
    this.#loop = new Loop({
      agent: this.#name(),
      io: options.io,
      log: options.log,
      beat: options.beat ?? cronBeat,
      startSpread: this.#times.startSpread,
      runLimit: this.#times.runLimit,
      onObservations: (observations) => this.#summaries.add(observations, clock.now() - clock.mono()),
      onRound: (latest) => this.#judge(latest),
    });
  }

  async start(): Promise<void> {
    await this.#startConfig();
    const { server } = this.#options.config;
    if (server !== undefined) this.#work.push(this.#connect(server));
    this.#loop.start();
    this.#work.push(this.#sealing());
  }

  status(): AgentStatus {
    const { membership } = this.#parts.identity;
    const shutOut = this.#delivery?.shutOut;
    return {
      ...(membership === undefined ? {} : { agentId: membership.agentId }),
      configVersion: this.#config.version,
      connected: this.#delivery?.connected ?? false,
      ...(shutOut === undefined ? {} : { shutOut }),
      spool: this.#parts.spool.stats(),
      probesLate: this.#loop.late,
    };
  }

  latest(): Observation[] {
    return this.#loop.latest();
  }

  findings(): readonly Finding[] {
    return [...this.#ownFindings(), ...this.#findings];
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  async #end(): Promise<void> {
    this.#stop.abort(new Error("the agent stops"));
    await this.#loop.stop();
    await this.sealNow();
    await this.#delivery?.stop();
    await Promise.allSettled(this.#work);
    await this.#link?.[Symbol.asyncDispose]();
    await this.#parts.spool.close();
    this.#parts.release();
  }

  #name(): string {
    return this.#parts.identity.membership?.agentId ?? this.#options.config.name;
  }

  // --- config

  #sitePath(): string {
    return join(this.#options.config.state, "site.json");
  }

  /** Goes on with the last good config, or starts with the one it was given. */
  async #startConfig(): Promise<void> {
    const { config, probes, log } = this.#options;
    const given = config.site === undefined ? undefined : readyPlans(config.site, probes);
    if (given?.ok === false)
      throw new BadConfig(given.problems.map((problem) => ({ file: "site", ...problem })));
    const stored = await this.#storedConfig();
    const ready = stored === undefined ? undefined : readyPlans(stored, probes);
    if (ready?.ok === false)
      log.warn(
        { event: "config", why: ready.problems.map(mismatchSentence) },
        "the last config is no longer good",
      );
    if (ready?.ok === true) {
      this.#use(ready.config, ready.plans);
      this.#fetchedConfig = ready.config.version;
      this.#document = stored;
    } else if (given?.ok === true) this.#use(given.config, given.plans);
  }

  async #storedConfig(): Promise<unknown> {
    if (this.#options.config.server === undefined) return undefined;
    try {
      const bytes = await this.#parts.disk.read(this.#sitePath());
      return bytes === undefined ? undefined : JSON.parse(Buffer.from(bytes).toString("utf8"));
    } catch (error) {
      this.#options.log.warn({ event: "config", err: error }, "the last config cannot be read");
      return undefined;
    }
  }

  /** Validates the whole, writes it beside, uses it. */
  async #applyConfig(document: unknown): Promise<boolean> {
    const { probes, log } = this.#options;
    const ready = readyPlans(document, probes);
    const version = ready.ok ? ready.config.version : versionOf(document);
    this.#fetchedConfig = version ?? this.#fetchedConfig;
    if (!ready.ok) {
      const why = ready.problems.map(mismatchSentence);
      this.#refused = { version: version ?? 0, why: why[0] ?? "" };
      log.error({ event: "config", version, why }, "the new config is not good; the last good one stays");
      return false;
    }
    this.#refused = undefined;
    this.#reverted = undefined;
    await this.#writeConfig(document);
    this.#lastGood = this.#document;
    this.#document = document;
    this.#use(ready.config, ready.plans);
    log.info({ event: "config", version, plans: ready.plans.length }, "a new config is in use");
    return true;
  }

  async #writeConfig(document: unknown): Promise<void> {
    try {
      await this.#parts.disk.replace(this.#sitePath(), Buffer.from(JSON.stringify(document)));
    } catch (error) {
      // A full disk must not keep the site from being watched as it should be.
      this.#options.log.warn({ event: "config", err: error }, "the config could not be kept");
    }
  }

  async #revertConfig(): Promise<void> {
    const { probes, log } = this.#options;
    const ready = readyPlans(this.#lastGood, probes);
    this.#reverted = this.#config.version;
    this.#fetchedConfig = ready.ok ? ready.config.version : 0;
    log.warn(
      { event: "config", version: this.#reverted, to: this.#fetchedConfig },
      "the config was taken back",
    );
    if (!ready.ok) return;
    await this.#writeConfig(this.#lastGood);
    this.#document = this.#lastGood;
    this.#use(ready.config, ready.plans);
  }

  #use(config: SiteConfig, plans: readonly ReadyPlan[]): void {
    this.#config = config;
    this.#thresholds = thresholdsFrom(config.thresholds).thresholds;
    this.#loop.replace(plans);
  }

  // --- findings and reports

  #judge(latest: readonly Observation[]): void {
    const { diagnose, io, log } = this.#options;
    try {
      this.#findings = diagnose(latest, this.#thresholds, io.clock.now());
    } catch (error) {
      // A rule with a bug must not end the measuring.
      log.error({ event: "crash", err: error }, "the diagnosis crashed");
    }
    this.#delivery?.wake();
  }

  #ownFindings(): Finding[] {
    return agentFindings({
      at: this.#options.io.clock.now(),
      subject: `agent:${this.#name()}`,
      spool: this.#parts.spool.stats(),
      revertedConfig: this.#reverted,
      refusedConfig: this.#refused,
    });
  }

  async #sealing(): Promise<void> {
    const { clock } = this.#options.io;
    let sealedAt = clock.mono();
    while (!this.#stop.signal.aborted) {
      // Looked at each second, so that a new config's pace counts at once.
      await clock.sleep(Math.min(1000, this.#config.sealEvery * 1000), this.#stop.signal).catch(() => {});
      if (this.#stop.signal.aborted || clock.mono() - sealedAt < this.#config.sealEvery * 1000) continue;
      sealedAt = clock.mono();
      await this.sealNow();
    }
  }

  async sealNow(): Promise<void> {
    const { clock } = this.#options.io;
    const parts = partsOf(this.#summaries.take(clock.now() - clock.mono()), reportBytes);
    if (parts[0]?.length === 0 && this.#config.probes.length === 0) return;
    for (const [index, observations] of parts.entries())
      await this.#sealPart(observations, index === 0 ? this.findings() : []);
    this.#sealedTo = clock.now();
    this.#delivery?.wake();
  }

  async #sealPart(observations: ObservationSummary[], findings: readonly Finding[]): Promise<void> {
    const { clock } = this.#options.io;
    const { spool, identity } = this.#parts;
    const sealed = await spool.seal((seq, dropped): HealthReport => {
      const now = clock.now();
      return {
        seq,
        from: Math.min(this.#sealedTo, now),
        to: now,
        sealedAt: now,
        mono: clock.mono(),
        bootId: identity.bootId,
        configVersion: this.#config.version,
        ...(dropped === undefined ? {} : { dropped }),
        observations,
        findings: findings.slice(0, 1000),
      };
    });
    const fields = { event: "sealed", ...sealed, observations: observations.length };
    if (sealed.kept === "disk") this.#options.log.info(fields, "a report was sealed");
    else this.#options.log.error({ ...fields, code: spool.stats().diskError }, "the disk takes no reports");
  }

  // --- server

  async #connect(server: ServerConfig): Promise<void> {
    const { io, log, random = Math.random } = this.#options;
    const openLink = this.#options.openLink ?? openServerLink;
    const { identity, spool } = this.#parts;
    const trust = { ...server.trust, pins: [...server.trust.pins, ...(identity.membership?.pins ?? [])] };
    const link = openLink({ url: server.url, trust });
    this.#link = link;
    const membership = identity.membership ?? (await this.#enrol(link));
    if (membership === undefined) return;
    this.#delivery = new Delivery({
      identity,
      membership,
      spool,
      link,
      clock: io.clock,
      random,
      pace: this.#times,
      log,
      live: async () => ({
        findings: this.findings(),
        health: await this.#health(),
        configVersion: this.#config.version,
      }),
      liveSignature: () => this.#signature(),
      fetchedConfig: () => this.#fetchedConfig,
      applyConfig: (document) => this.#applyConfig(document),
      revertConfig: () => this.#revertConfig(),
    });
    if (!this.#stop.signal.aborted) this.#delivery.start();
  }

  /** Asks until the server answers; undefined when it refuses, or there is no token to ask with. */
  async #enrol(link: ServerLink): Promise<Membership | undefined> {
    const { config, io, log, random = Math.random } = this.#options;
    if (config.enrolToken === undefined) {
      log.warn({ event: "enrol" }, "not enrolled: reports stay on the disk until `offhook agent enrol`");
      return undefined;
    }
    for (let failures = 0; !this.#stop.signal.aborted; failures += 1) {
      const result = await this.#parts.identity.enrol(link, config.enrolToken, {
        hostname: config.name,
        version: agentVersion,
        platform: process.platform,
      });
      if (result.kind === "enrolled") return result.membership;
      const { reply } = result;
      log.warn({ event: "enrol", ...reply, body: undefined }, "not enrolled");
      if (reply.kind === "reply" && reply.status >= 400 && reply.status < 500 && reply.status !== 429)
        return undefined;
      const bound = Math.min(mostEnrolPause, this.#times.backOffStart * 2 ** failures);
      await io.clock.sleep(random() * bound, this.#stop.signal).catch(() => {});
    }
    return undefined;
  }

  /** Changes when the judgement does, not when its numbers do. */
  #signature(): string {
    const names = this.findings().map(({ cause, subject, severity }) => `${cause} ${subject} ${severity}`);
    return `${this.#config.version}\n${names.toSorted().join("\n")}`;
  }

  async #health(): Promise<AgentHealth> {
    const { spool, disk } = this.#parts;
    const { reports, bytes, oldest } = spool.stats();
    const diskFree = await disk.free(this.#options.config.state).catch(() => undefined);
    return {
      version: agentVersion,
      uptime: (this.#options.io.clock.mono() - this.#startedAt) / 1000,
      spoolReports: reports,
      spoolBytes: bytes,
      ...(oldest === undefined ? {} : { oldest }),
      ...(diskFree === undefined ? {} : { diskFree }),
      probesLate: this.#loop.late,
    };
  }
}

function versionOf(document: unknown): number | undefined {
  const version: unknown =
    typeof document === "object" && document !== null && "version" in document ? document.version : undefined;
  return typeof version === "number" ? version : undefined;
}

/** Of this package. */
export const agentVersion = readVersion();

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return (manifest as { version: string }).version;
}
