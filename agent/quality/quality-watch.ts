import type { Observation } from "../../protocol/observation.ts";
import type { AgentIo } from "../io/io.ts";
import type { Log } from "../io/log.ts";
import { readNeighbourMacs } from "../io/host/neighbour-macs.ts";
import { callObservations } from "./call-observations.ts";
import { CallsOfHour } from "./calls-of-hour.ts";
import type { CollectorConfig } from "./collector-config.ts";
import { phoneOfReport, type NeighbourMacs } from "./phone-of-report.ts";
import {
  startQualityCollector,
  type CollectorCounts,
  type QualityCollector,
  type ReceivedReport,
} from "./quality-collector.ts";

export interface QualityWatchOptions {
  readonly io: Pick<AgentIo, "openUdp" | "clock">;
  readonly log: Log;
  /** A call with a MOS below this sounded poor. */
  readonly poorBelow: number;
  /** What a report says, and with it the phone's last hour. */
  onObservations(observations: readonly Observation[], received?: ReceivedReport): void;
}

/** The hour is told again so often: an observation speaks of the present for 15 min. */
const tellHourEvery = 300_000;
const lookUpEvery = 10_000;

/** Phones' own quality reports as observations: of each call at its end, and of each phone's last hour. */
export class QualityWatch {
  readonly #options: QualityWatchOptions;
  readonly #hours: CallsOfHour;
  readonly #stop = new AbortController();
  #collector: QualityCollector | undefined;
  #neighbours: NeighbourMacs = new Map();
  #lookedUpAt = -Infinity;
  #telling: Promise<void> | undefined;
  /** One after the other: each waits for the neighbour table. */
  #taking: Promise<void> = Promise.resolve();

  constructor(options: QualityWatchOptions) {
    this.#options = options;
    this.#hours = new CallsOfHour(options.poorBelow);
  }

  /** @throws NodeJS.ErrnoException EADDRINUSE, EACCES … */
  async start(config: CollectorConfig): Promise<void> {
    const { io, log } = this.#options;
    this.#collector = await startQualityCollector(
      {
        address: config.address ?? "0.0.0.0",
        port: config.port,
        ...(config.from === undefined ? {} : { from: config.from }),
        onReport: (received) => {
          this.#taking = this.#taking.then(() => this.#take(received));
        },
        onRefusal: (from, why) => log.warn({ event: "quality", from, why }, "a report was refused"),
      },
      io,
    );
    log.info({ event: "quality", port: this.#collector.port }, "listening for quality reports");
    this.#telling = this.#tellHours();
  }

  /** Undefined: not listening. */
  get status(): (CollectorCounts & { readonly port: number }) | undefined {
    return this.#collector && { port: this.#collector.port, ...this.#collector.counts };
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error("the collector stops"));
    await this.#collector?.[Symbol.asyncDispose]();
    await this.#taking;
    await this.#telling;
  }

  async #take(received: ReceivedReport): Promise<void> {
    await this.#lookUp();
    const subject = phoneOfReport(received, this.#neighbours);
    this.#hours.add(received, subject);
    const hour = this.#hours.observations(subject, received.at);
    this.#options.onObservations([...callObservations(received, subject), ...hour], received);
  }

  async #lookUp(): Promise<void> {
    const now = this.#options.io.clock.mono();
    if (now - this.#lookedUpAt < lookUpEvery) return;
    this.#lookedUpAt = now;
    this.#neighbours = await readNeighbourMacs();
  }

  async #tellHours(): Promise<void> {
    const { clock } = this.#options.io;
    for (;;) {
      await clock.sleep(tellHourEvery, this.#stop.signal).catch(() => {});
      if (this.#stop.signal.aborted) return;
      const now = clock.now();
      const all = this.#hours.subjects(now).flatMap((subject) => this.#hours.observations(subject, now));
      if (all.length > 0) this.#options.onObservations(all);
    }
  }
}

/** Listens where the settings say; an agent whose port is taken goes on without the phones' reports. */
export async function openQualityWatch(
  config: CollectorConfig,
  options: QualityWatchOptions,
): Promise<QualityWatch> {
  const watch = new QualityWatch(options);
  try {
    await watch.start(config);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    options.log.error({ event: "quality", port: config.port, code }, "quality reports cannot be received");
  }
  return watch;
}
