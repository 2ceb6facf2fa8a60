import type { Logger } from "pino";
import type { Guard } from "../claims/guard.ts";
import type { ServerConfig } from "../config.ts";
import type { HttpsDoor } from "../doors/https-door.ts";
import type { ImageFiles } from "../firmware/image-files.ts";
import type { Inventory } from "../inventory/inventory.ts";
import type { Recorder } from "../inventory/record.ts";
import type { MetricsRegistry } from "../metrics.ts";
import type { Noc } from "../noc/build-noc.ts";
import type { NocSources } from "../noc/sources.ts";
import type { CommandWait } from "../reports/command-wait.ts";
import type { ServerMetrics } from "../server-metrics.ts";
import type { Closing } from "./closing.ts";
import type { LoadJudge } from "./load-watch.ts";

/** What every part of a starting server is handed. Each part is a function of its own that opens something and says what. */
export interface ServerParts {
  readonly config: ServerConfig;
  readonly inventory: Inventory;
  readonly log: Logger;
  readonly registry: MetricsRegistry;
  readonly metrics: ServerMetrics;
  readonly sources: NocSources;
  readonly commandWait: CommandWait;
  readonly recorder: Recorder;
  /** In front of every answer: refusals, strangers, bans. */
  readonly guard: Guard;
  /** Whether there is too much to do: what can wait is put off then. */
  readonly load: LoadJudge;
  /** What ends when the server does, and what repeats until then. */
  readonly closing: Closing;
  /** A bug of ours came up where nobody waits for it. */
  readonly crash: (error: unknown) => void;
  /** Opens firmware images for the doors. */
  readonly images: ImageFiles;
  /** Every listener with TLS: they take over renewed certificates. */
  readonly tlsListeners: HttpsDoor[];
}

/** The parts once the NOC stands. */
export interface PartsWithNoc extends ServerParts {
  readonly noc: Noc;
}
