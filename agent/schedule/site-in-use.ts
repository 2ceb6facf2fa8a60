import { thresholdsFrom, type Thresholds } from "../../diagnosis/thresholds.ts";
import { mismatchSentence } from "../../protocol/decoded.ts";
import type { SiteConfig } from "../../protocol/site-config.ts";
import { BadConfig } from "../config.ts";
import type { Disk } from "../io/host/disk.ts";
import type { Log } from "../io/log.ts";
import { readyPlans, type AgentProbe, type ReadyPlan } from "./plans.ts";

export interface SiteInUseOptions {
  readonly disk: Disk;
  /** Where the last good document from the server is kept. */
  readonly path: string;
  readonly probes: readonly AgentProbe[];
  readonly log: Log;
  /** Other plans from now on. */
  readonly onUse: (plans: readonly ReadyPlan[]) => void;
}

const noConfig: SiteConfig = {
  version: 0,
  site: "none",
  name: "",
  probes: [],
  thresholds: {},
  sealEvery: 300,
};

/** What this agent watches: the document in use, how a new one takes its place, and how it is taken back. */
export class SiteInUse {
  readonly #options: SiteInUseOptions;
  #config = noConfig;
  #thresholds = thresholdsFrom({}).thresholds;
  #fetched = 0;
  /** The document in use, and the one before it: what revert goes back to. */
  #document: unknown;
  #lastGood: unknown;
  #reverted: number | undefined;
  #refused: { version: number; why: string } | undefined;

  constructor(options: SiteInUseOptions) {
    this.#options = options;
  }

  get config(): SiteConfig {
    return this.#config;
  }

  get thresholds(): Thresholds {
    return this.#thresholds;
  }

  /** The version that was last fetched, good or bad. */
  get fetched(): number {
    return this.#fetched;
  }

  /** The version that was taken back, until another one comes. */
  get reverted(): number | undefined {
    return this.#reverted;
  }

  /** The version that this agent cannot use, and the first reason, until a good one comes. */
  get refused(): { readonly version: number; readonly why: string } | undefined {
    return this.#refused;
  }

  /**
   * Goes on with the last good document of the server, or starts with the one that was given.
   *
   * @throws BadConfig with all that is wrong with the given one
   */
  async start(given: unknown, hasServer: boolean): Promise<void> {
    const { probes, log } = this.#options;
    const local = given === undefined ? undefined : readyPlans(given, probes);
    if (local?.ok === false)
      throw new BadConfig(local.problems.map((problem) => ({ file: "site", ...problem })));
    const stored = hasServer ? await this.#read() : undefined;
    const ready = stored === undefined ? undefined : readyPlans(stored, probes);
    if (ready?.ok === false)
      log.warn(
        { event: "config", why: ready.problems.map(mismatchSentence) },
        "the last config is no longer good",
      );
    if (ready?.ok === true) {
      this.#use(ready.config, ready.plans);
      this.#fetched = ready.config.version;
      this.#document = stored;
    } else if (local?.ok === true) this.#use(local.config, local.plans);
  }

  /** Checks the whole, keeps it on the disk, uses it. False: it is not good, and the one before stays. */
  async apply(document: unknown): Promise<boolean> {
    const { probes, log } = this.#options;
    const ready = readyPlans(document, probes);
    const version = ready.ok ? ready.config.version : versionOf(document);
    this.#fetched = version ?? this.#fetched;
    if (!ready.ok) {
      const why = ready.problems.map(mismatchSentence);
      this.#refused = { version: version ?? 0, why: why[0] ?? "" };
      log.error({ event: "config", version, why }, "the new config is not good; the last good one stays");
      return false;
    }
    this.#refused = undefined;
    this.#reverted = undefined;
    await this.#write(document);
    this.#lastGood = this.#document;
    this.#document = document;
    this.#use(ready.config, ready.plans);
    log.info({ event: "config", version, plans: ready.plans.length }, "a new config is in use");
    return true;
  }

  /** Back to the document before this one; the server's is fetched anew when it can be reached. */
  async revert(): Promise<void> {
    const { probes, log } = this.#options;
    const ready = readyPlans(this.#lastGood, probes);
    this.#reverted = this.#config.version;
    this.#fetched = ready.ok ? ready.config.version : 0;
    log.warn({ event: "config", version: this.#reverted, to: this.#fetched }, "the config was taken back");
    if (!ready.ok) return;
    await this.#write(this.#lastGood);
    this.#document = this.#lastGood;
    this.#use(ready.config, ready.plans);
  }

  #use(config: SiteConfig, plans: readonly ReadyPlan[]): void {
    this.#config = config;
    this.#thresholds = thresholdsFrom(config.thresholds).thresholds;
    this.#options.onUse(plans);
  }

  async #read(): Promise<unknown> {
    try {
      const bytes = await this.#options.disk.read(this.#options.path);
      return bytes === undefined ? undefined : JSON.parse(Buffer.from(bytes).toString("utf8"));
    } catch (error) {
      this.#options.log.warn({ event: "config", err: error }, "the last config cannot be read");
      return undefined;
    }
  }

  async #write(document: unknown): Promise<void> {
    try {
      await this.#options.disk.replace(this.#options.path, Buffer.from(JSON.stringify(document)));
    } catch (error) {
      // A full disk must not keep the site from being watched as it should be.
      this.#options.log.warn({ event: "config", err: error }, "the config could not be kept");
    }
  }
}

function versionOf(document: unknown): number | undefined {
  const version: unknown =
    typeof document === "object" && document !== null && "version" in document ? document.version : undefined;
  return typeof version === "number" ? version : undefined;
}
