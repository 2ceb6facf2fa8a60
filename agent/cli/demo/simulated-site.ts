import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { CliError, exitCodes } from "../exit-codes.ts";
import type { BootOrder, SiteAddresses, SitePlan } from "./plan.ts";

/** What the simulated site says, one JSON object a line. */
export type SiteEvent =
  | ({ readonly event: "ready" } & SiteAddresses)
  | {
      readonly event: "booted";
      readonly mac: string;
      readonly registered: boolean;
      readonly problems: readonly string[];
    }
  | { readonly event: "failed"; readonly why: string };

const program = fileURLToPath(new URL("../../../test/fakes/site.ts", import.meta.url));

/**
 * The simulated site, as a program of its own: a switch, phones, a PBX, a mirror, a meter, all on real sockets. Nothing of
 * the product imports it; it ends when this process does.
 */
export class SimulatedSite {
  readonly #child: ChildProcess;
  readonly #ready = Promise.withResolvers<SiteAddresses>();
  #stopping = false;

  /** @throws CliError where the package came without its simulated site. */
  constructor(plan: SitePlan, onEvent: (event: SiteEvent) => void) {
    if (!existsSync(program)) {
      throw new CliError(
        exitCodes.failed,
        "the simulated site is not part of this package",
        "Run the demo from a checkout.",
      );
    }
    this.#child = spawn(process.execPath, [program], { stdio: ["pipe", "pipe", "inherit"] });
    this.#child.on("exit", (code) => {
      if (!this.#stopping)
        onEvent({ event: "failed", why: `the simulated site ended with code ${String(code)}` });
      this.#ready.reject(new Error("the simulated site ended before it was ready"));
    });
    this.#ready.promise.catch(() => {});
    if (this.#child.stdout !== null) {
      createInterface({ input: this.#child.stdout }).on("line", (line) => this.#hear(line, onEvent));
    }
    this.#tell(plan);
  }

  #hear(line: string, onEvent: (event: SiteEvent) => void): void {
    const event = JSON.parse(line) as SiteEvent;
    if (event.event === "ready") this.#ready.resolve(event);
    onEvent(event);
  }

  #tell(message: SitePlan | BootOrder): void {
    this.#child.stdin?.write(`${JSON.stringify(message)}\n`);
  }

  ready(): Promise<SiteAddresses> {
    return this.#ready.promise;
  }

  /** All phones are switched on. */
  boot(order: BootOrder): void {
    this.#tell(order);
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    if (this.#child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.stdin?.end();
    await ended;
  }
}
