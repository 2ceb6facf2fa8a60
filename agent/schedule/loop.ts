import { schedule as startCron, type Logger } from "node-cron";
import { Compile } from "typebox/compile";
import { Observation } from "../../protocol/observation.ts";
import type { AgentIo } from "../io/io.ts";
import type { Log } from "../io/log.ts";
import { due, startJitter, type RunState } from "./due.ts";
import { Hurries, type HurryPace } from "./hurries.ts";
import { Latest } from "./latest.ts";
import type { ReadyPlan } from "./plans.ts";

/** Calls `tick` about once a second until the returned function is called. */
export type Beat = (tick: () => void) => () => void;

const quiet: Logger = { info() {}, warn() {}, error() {}, debug() {} };

/** The beat of node-cron. A second it misses is made up for at the next one: `due` looks at spans, not at ticks. */
export const cronBeat: Beat = (tick) => {
  const task = startCron("* * * * * *", tick, { logger: quiet, suppressMissedWarning: true });
  return () => void task.destroy();
};

export interface LoopOptions {
  /** Names this agent in subjects and in the spread of first runs. */
  readonly agent: string;
  readonly io: AgentIo;
  readonly log: Log;
  readonly beat: Beat;
  /** First runs are spread over this, ms. */
  readonly startSpread: number;
  /** A run may take this long, ms. */
  readonly runLimit: number;
  /** Every run's observations, as they come. */
  onObservations(observations: readonly Observation[]): void;
  /** After a second in which runs ended: the latest observation of every (subject, key). */
  onRound(latest: readonly Observation[]): void;
}

interface PlanState {
  firstAt: number | undefined;
  running: boolean;
}

const observationSchema = Compile(Observation);

/** After this a run that ignores its signal is given up; it counts as running until it ends by itself. */
const grace = 5000;
/** Runs side by side, at most; the others wait their turn. */
const mostRuns = 32;
const forgetAfter = 24 * 3_600_000;

/** Runs the plans of a site when they are due, for as long as the agent lives. */
export class Loop {
  readonly #options: LoopOptions;
  readonly #stop = new AbortController();
  readonly #latest = new Latest();
  readonly #states = new Map<string, PlanState>();
  readonly #runs = new Set<Promise<void>>();
  readonly #queue: ReadyPlan[] = [];
  readonly #hurries = new Hurries();
  /** Who hands in observations beside the plans. */
  readonly #sources = new Set<string>();
  #plans: readonly ReadyPlan[] = [];
  #lookedAt: number;
  #active = 0;
  #late = 0;
  #news = false;
  #endBeat: () => void = () => {};

  constructor(options: LoopOptions) {
    this.#options = options;
    this.#lookedAt = options.io.clock.now();
  }

  start(): void {
    this.#endBeat = this.#options.beat(() => this.tick());
  }

  /** Other plans from now on; one that stays the same goes on as it was. */
  replace(plans: readonly ReadyPlan[]): void {
    const { agent, startSpread, io } = this.#options;
    const before = new Map(this.#plans.map((plan) => [plan.id, JSON.stringify(plan.source)]));
    for (const plan of plans) {
      if (before.get(plan.id) === JSON.stringify(plan.source)) continue;
      const firstAt = io.clock.now() + startJitter(agent, plan.id, startSpread);
      this.#states.set(plan.id, { firstAt, running: this.#states.get(plan.id)?.running ?? false });
    }
    this.#plans = plans;
    const ids = new Set(plans.map(({ id }) => id));
    // What phones and traps told has no plan, and a new config says nothing against it.
    this.#latest.prune(new Set([...ids, ...this.#sources]), 0);
    this.#hurries.keep(ids);
  }

  get plans(): readonly ReadyPlan[] {
    return this.#plans;
  }

  /** An event asks for a plan out of its turn; unknown plans are let be. */
  hurry(plan: string, pace: HurryPace): void {
    if (this.#plans.some(({ id }) => id === plan))
      this.#hurries.ask(plan, this.#options.io.clock.now(), pace);
  }

  /** What came by itself, not by a plan: it is judged and reported like the rest. `source` is no plan's id. */
  take(source: string, observations: readonly Observation[]): void {
    if (this.#stop.signal.aborted) return;
    this.#sources.add(source);
    this.#latest.put(source, observations);
    this.#news = true;
    this.#options.onObservations(observations);
  }

  /** How often a plan was due and still busy. */
  get late(): number {
    return this.#late;
  }

  latest(): Observation[] {
    return this.#latest.all();
  }

  /** Looks what is due since the last tick. */
  tick(): void {
    const now = this.#options.io.clock.now();
    // A clock set back: wait for nothing, go on from where it is.
    const from = Math.min(this.#lookedAt, now);
    const { run, late } = due(this.#plans, this.#states as ReadonlyMap<string, RunState>, { from, to: now });
    this.#lookedAt = now;
    this.#late += late.length;
    for (const plan of late) this.#options.log.warn({ event: "late", plan: plan.id }, "still busy");
    const hurried = this.#hurries.take(now, (id) => this.#states.get(id)?.running !== true);
    const first = this.#plans.filter(({ id }) => hurried.includes(id));
    for (const plan of new Set([...first, ...run])) this.#enqueue(plan);
    if (this.#news) this.#round(now);
  }

  /** Ends all runs and waits for them, but not for those that ignore their signal. */
  async stop(): Promise<void> {
    this.#endBeat();
    this.#queue.length = 0;
    this.#stop.abort(new Error("the agent stops"));
    await Promise.allSettled(this.#runs);
  }

  #round(now: number): void {
    this.#news = false;
    this.#latest.prune(new Set([...this.#plans.map(({ id }) => id), ...this.#sources]), now - forgetAfter);
    this.#options.onRound(this.#latest.all());
  }

  #enqueue(plan: ReadyPlan): void {
    const state = this.#states.get(plan.id);
    if (state === undefined) return;
    state.firstAt = undefined;
    state.running = true;
    this.#queue.push(plan);
    this.#startQueued();
  }

  #startQueued(): void {
    while (this.#active < mostRuns) {
      const plan = this.#queue.shift();
      if (plan === undefined) return;
      this.#active += 1;
      const run = this.#run(plan).finally(() => {
        this.#active -= 1;
        this.#runs.delete(run);
        if (!this.#stop.signal.aborted) this.#startQueued();
      });
      this.#runs.add(run);
    }
  }

  async #run(plan: ReadyPlan): Promise<void> {
    const { clock } = this.#options.io;
    const limit = new AbortController();
    const over = new AbortController();
    const ends = AbortSignal.any([this.#stop.signal, limit.signal]);
    const looked = this.#look(plan, ends, limit.signal).finally(() => {
      over.abort();
      this.#settle(plan);
    });
    const givenUp = this.#watch(over.signal, limit).then(() => [
      this.#failed(plan, "timeout", "ignores its time limit"),
    ]);
    const observations = await Promise.race([looked, givenUp]);
    if (this.#stop.signal.aborted || !this.#plans.some(({ id }) => id === plan.id)) return;
    this.#latest.put(plan.id, observations);
    this.#news = true;
    this.#options.log.info(
      { event: "probed", plan: plan.id, observations: observations.length, at: clock.now() },
      "a probe has run",
    );
    this.#options.onObservations(observations);
  }

  #settle(plan: ReadyPlan): void {
    const state = this.#states.get(plan.id);
    if (state !== undefined) state.running = false;
  }

  /** Resolves when a run has used up its time and the grace after it; never when it ended before. */
  async #watch(over: AbortSignal, limit: AbortController): Promise<void> {
    const { clock } = this.#options.io;
    try {
      const ends = AbortSignal.any([over, this.#stop.signal]);
      await clock.sleep(this.#options.runLimit, ends);
      limit.abort(new Error(`took longer than ${this.#options.runLimit} ms`));
      await clock.sleep(grace, ends);
    } catch {
      if (over.aborted) return new Promise(() => {});
      // The agent stops: runs that heed their signal have a moment.
      await clock.sleep(grace, over).catch(() => new Promise(() => {}));
    }
  }

  async #look(plan: ReadyPlan, signal: AbortSignal, limit: AbortSignal): Promise<Observation[]> {
    try {
      const { io } = this.#options;
      // Settings were checked against this very schema in plans.ts.
      const observations = await plan.probe.run(plan.target, plan.settings, io, signal);
      const fitting = observations.filter((each) => observationSchema.Check(each));
      // One observation that no server would take must not cost the whole report.
      const odd = observations.find((each) => !fitting.includes(each));
      if (odd !== undefined)
        return [...fitting, this.#failed(plan, "crashed", `no observation: ${JSON.stringify(odd)}`)];
      if (!this.#latest.has(this.#subject(plan), "probe.crash")) return fitting;
      return [...fitting, this.#failed(plan, "ok", "ran to its end again")];
    } catch (error) {
      if (limit.aborted) return [this.#failed(plan, "timeout", String(limit.reason))];
      const evidence = error instanceof Error ? (error.stack ?? error.message) : String(error);
      if (!signal.aborted)
        this.#options.log.error({ event: "crash", plan: plan.id, err: error }, "a probe crashed");
      return [this.#failed(plan, "crashed", evidence)];
    }
  }

  #subject(plan: ReadyPlan): string {
    return `agent:${this.#options.agent}/${plan.id}`;
  }

  #failed(plan: ReadyPlan, outcome: "ok" | "timeout" | "crashed", evidence: string): Observation {
    return {
      probe: plan.probe.name,
      subject: this.#subject(plan),
      key: "probe.crash",
      value: outcome !== "ok",
      at: this.#options.io.clock.now(),
      outcome,
      evidence: evidence.slice(0, 4000),
    };
  }
}
