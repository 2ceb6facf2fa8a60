import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Thresholds } from "../diagnosis/thresholds.ts";
import type { AgentHealth } from "../protocol/agent-protocol.ts";
import type { Finding } from "../protocol/finding.ts";
import type { HealthReport, ObservationSummary } from "../protocol/health-report.ts";
import type { Observation } from "../protocol/observation.ts";
import type { AgentConfig, ServerConfig } from "./config.ts";
import { systemDisk, type Disk } from "./io/host/disk.ts";
import type { AgentIo } from "./io/io.ts";
import { lockFolder } from "./io/host/lock-folder.ts";
import type { Log } from "./io/log.ts";
import type { TrapCounts } from "./io/traps.ts";
import { openServerLink, type OpenServerLink, type ServerLink } from "./io/server-link.ts";
import { CommandLoop } from "./report/commands.ts";
import { agentFindings } from "./report/agent-findings.ts";
import { Delivery } from "./report/deliver.ts";
import { usualPace, type Pace } from "./report/delivery-step.ts";
import { Identity, type Membership } from "./report/identity.ts";
import { Spool, type SpoolStats } from "./report/spool.ts";
import { partsOf, Summaries } from "./report/summarise.ts";
import { cronBeat, Loop, type Beat } from "./schedule/loop.ts";
import type { AgentProbe } from "./schedule/plans.ts";
import { runCommand, type CommandHands } from "./schedule/run-command.ts";
import { SiteInUse } from "./schedule/site-in-use.ts";
import { openQualityWatch, type QualityWatch } from "./quality/quality-watch.ts";
import { openTrapWatch, type TrapWatch } from "./schedule/trap-watch.ts";

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
  /** What the looks at switches share, for commands that restart a port; absent: such commands are refused. */
  readonly switches?: CommandHands["switches"];
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
  /** Absent: traps are not received. */
  readonly traps?: TrapCounts & { readonly port: number };
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
const mostEnrolPause = 600_000;

class Agent implements RunningAgent {
  readonly #options: AgentOptions;
  readonly #parts: Parts;
  readonly #times: AgentTimes;
  readonly #loop: Loop;
  readonly #summaries = new Summaries();
  readonly #stop = new AbortController();
  readonly #startedAt: number;
  readonly #site: SiteInUse;
  #findings: readonly Finding[] = [];
  #sealedTo: number;
  #traps: TrapWatch | undefined;
  #quality: QualityWatch | undefined;
  #link: ServerLink | undefined;
  #delivery: Delivery | undefined;
  #commands: CommandLoop | undefined;
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
    this.#site = new SiteInUse({
      disk: parts.disk,
      path: join(options.config.state, "site.json"),
      probes: options.probes,
      log: options.log,
      onUse: (plans) => {
        this.#loop.replace(plans);
        void this.#traps?.watch(plans);
      },
    });
  }

  async start(): Promise<void> {
    const { config, io, log } = this.#options;
    const { server, site, traps, collector } = config;
    const hurry: Loop["hurry"] = (plan, pace) => this.#loop.hurry(plan, pace);
    await this.#site.start(site, server !== undefined);
    if (traps !== undefined) this.#traps = await openTrapWatch(traps, { io, log, hurry });
    await this.#traps?.watch(this.#loop.plans);
    if (collector !== undefined)
      this.#quality = await openQualityWatch(collector, {
        io,
        log,
        poorBelow: this.#site.thresholds["call.mos"],
        onObservations: (observations) => this.#loop.take("quality", observations),
      });
    if (server !== undefined) this.#work.push(this.#connect(server));
    this.#loop.start();
    this.#work.push(this.#sealing());
  }

  status(): AgentStatus {
    const { membership } = this.#parts.identity;
    const shutOut = this.#delivery?.shutOut;
    return {
      ...(membership === undefined ? {} : { agentId: membership.agentId }),
      configVersion: this.#site.config.version,
      connected: this.#delivery?.connected ?? false,
      ...(shutOut === undefined ? {} : { shutOut }),
      spool: this.#parts.spool.stats(),
      probesLate: this.#loop.late,
      ...(this.#traps?.status === undefined ? {} : { traps: this.#traps.status }),
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
    await this.#traps?.stop();
    await this.#quality?.stop();
    await this.#commands?.stop();
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

  #judge(latest: readonly Observation[]): void {
    const { diagnose, io, log } = this.#options;
    try {
      this.#findings = diagnose(latest, this.#site.thresholds, io.clock.now());
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
      revertedConfig: this.#site.reverted,
      refusedConfig: this.#site.refused,
    });
  }

  async #sealing(): Promise<void> {
    const { clock } = this.#options.io;
    let sealedAt = clock.mono();
    while (!this.#stop.signal.aborted) {
      // Looked at each second, so that a new config's pace counts at once.
      await clock
        .sleep(Math.min(1000, this.#site.config.sealEvery * 1000), this.#stop.signal)
        .catch(() => {});
      if (this.#stop.signal.aborted || clock.mono() - sealedAt < this.#site.config.sealEvery * 1000) continue;
      sealedAt = clock.mono();
      await this.sealNow();
    }
  }

  async sealNow(): Promise<void> {
    const { clock } = this.#options.io;
    const parts = partsOf(this.#summaries.take(clock.now() - clock.mono()), reportBytes);
    if (parts[0]?.length === 0 && this.#site.config.probes.length === 0) return;
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
        configVersion: this.#site.config.version,
        ...(dropped === undefined ? {} : { dropped }),
        observations,
        findings: findings.slice(0, 1000),
      };
    });
    const fields = { event: "sealed", ...sealed, observations: observations.length };
    if (sealed.kept === "disk") this.#options.log.info(fields, "a report was sealed");
    else this.#options.log.error({ ...fields, code: spool.stats().diskError }, "the disk takes no reports");
  }

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
        configVersion: this.#site.config.version,
      }),
      liveSignature: () => this.#signature(),
      fetchedConfig: () => this.#site.fetched,
      applyConfig: (document) => this.#site.apply(document),
      revertConfig: () => this.#site.revert(),
    });
    if (this.#stop.signal.aborted) return;
    this.#delivery.start();
    this.#commands = this.#takeCommands(link);
    this.#commands.start();
  }

  #takeCommands(link: ServerLink): CommandLoop {
    const { io, log, switches, random = Math.random } = this.#options;
    return new CommandLoop({
      link,
      clock: io.clock,
      random,
      log,
      token: () => this.#delivery?.token,
      run: async (command, signal) => {
        if (switches === undefined) return { outcome: "refused", sentence: "This agent takes no commands." };
        const hurry: Loop["hurry"] = (plan, pace) => this.#loop.hurry(plan, pace);
        return runCommand(command, { io, log, plans: () => this.#loop.plans, hurry, switches }, signal);
      },
    });
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
    return `${this.#site.config.version}\n${names.toSorted().join("\n")}`;
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

/** Of this package. */
export const agentVersion = readVersion();

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  return (manifest as { version: string }).version;
}
