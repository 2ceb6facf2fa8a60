import { isIP } from "node:net";
import type { TrapsConfig } from "../config.ts";
import type { AgentIo } from "../io/io.ts";
import { readPassword } from "../io/host/read-password.ts";
import type { Log } from "../io/log.ts";
import { canonicalAddress } from "../io/snmp/canonical-address.ts";
import type { SnmpV3User } from "../io/snmp/v3-user.ts";
import { receiveTraps, type Trap, type TrapCounts, type TrapReceiver } from "../io/traps.ts";
import type { HurryPace } from "./hurries.ts";
import type { ReadyPlan } from "./plans.ts";

interface TrapDoor {
  readonly address: string;
  readonly port: number;
  readonly users: readonly SnmpV3User[];
}

export interface TrapWatchOptions {
  readonly io: AgentIo;
  readonly log: Log;
  /** Takes a plan out of its turn. */
  readonly hurry: (plan: string, pace: HurryPace) => void;
}

const lookUpAgain = 60_000;

/** Traps of the switches that are watched bring their looks out of turn; whatever else comes is counted and forgotten. */
export class TrapWatch {
  readonly #options: TrapWatchOptions;
  #receiver: TrapReceiver | undefined;
  #plans: readonly ReadyPlan[] = [];
  #bySource: ReadonlyMap<string, readonly ReadyPlan[]> = new Map();
  #lookedUpAt = 0;
  /** Which call of `watch` is the last one. */
  #round = 0;

  constructor(options: TrapWatchOptions) {
    this.#options = options;
  }

  /** An agent whose trap port is taken goes on by its schedule. */
  async start({ address, port, users }: TrapDoor): Promise<void> {
    const { io, log } = this.#options;
    try {
      this.#receiver = await receiveTraps({
        openUdp: io.openUdp,
        clock: io.clock,
        address,
        port,
        users,
        watched: (source) => this.#isWatched(source),
        onTrap: (trap) => this.#take(trap),
      });
      log.info({ event: "traps", address, port: this.#receiver.port }, "listening for traps");
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      log.error(
        { event: "traps", address, port, code },
        "traps cannot be received; switches are polled only",
      );
    }
  }

  /** Undefined: not listening. */
  get status(): (TrapCounts & { readonly port: number }) | undefined {
    const receiver = this.#receiver;
    return receiver && { port: receiver.port, ...receiver.counts };
  }

  /** Other plans from now on. */
  async watch(plans: readonly ReadyPlan[]): Promise<void> {
    const round = (this.#round += 1);
    this.#plans = plans;
    this.#lookedUpAt = this.#options.io.clock.mono();
    const hosts = await Promise.all(plans.map((plan) => this.#addressesOf(plan)));
    if (round !== this.#round) return;
    const found = new Map<string, ReadyPlan[]>();
    for (const [at, plan] of plans.entries())
      for (const host of hosts[at] ?? []) found.set(host, [...(found.get(host) ?? []), plan]);
    this.#bySource = found;
  }

  async stop(): Promise<void> {
    await this.#receiver?.[Symbol.asyncDispose]();
  }

  async #addressesOf({ probe, target, settings }: ReadyPlan): Promise<string[]> {
    const sources = probe.onTrap?.sourcesOf(target, settings) ?? [];
    const { resolve } = this.#options.io;
    const found = sources.map(async (host) => (isIP(host) === 0 ? resolve(host).catch(() => []) : [host]));
    return (await Promise.all(found)).flat().map(canonicalAddress);
  }

  /** Names change their addresses, and may not be known yet when the agent starts: a stranger is a reason to look again. */
  #isWatched(source: string): boolean {
    if (this.#bySource.has(source)) return true;
    if (this.#options.io.clock.mono() - this.#lookedUpAt > lookUpAgain) void this.watch(this.#plans);
    return false;
  }

  #take({ source, kind, oid }: Trap): void {
    const { log, hurry } = this.#options;
    const plans = this.#bySource.get(source) ?? [];
    log.info({ event: "trap", source, kind, oid, plans: plans.map(({ id }) => id) }, "a trap brings a look");
    for (const { id, probe } of plans) if (probe.onTrap !== undefined) hurry(id, probe.onTrap);
  }
}

/** Listens where the settings say. A v3 user whose keys cannot be read is left out, and the log says so. */
export async function openTrapWatch(config: TrapsConfig, options: TrapWatchOptions): Promise<TrapWatch> {
  const watch = new TrapWatch(options);
  const users: SnmpV3User[] = [];
  for (const each of config.users ?? []) {
    try {
      users.push(await trapUser(each));
    } catch (error) {
      options.log.error(
        { event: "traps", user: each.user, err: error },
        "this user's traps are not understood",
      );
    }
  }
  await watch.start({ address: config.address ?? "0.0.0.0", port: config.port, users });
  return watch;
}

/** As protected as the keys allow. @throws when a key cannot be read */
async function trapUser(config: NonNullable<TrapsConfig["users"]>[number]): Promise<SnmpV3User> {
  const { user, auth = "sha256", authKeyFrom, priv = "aes", privKeyFrom } = config;
  if (authKeyFrom === undefined) return { user, level: "noAuth" };
  const authenticated = { user, auth, authKey: await readPassword(authKeyFrom) };
  if (privKeyFrom === undefined) return { ...authenticated, level: "authNoPriv" };
  return { ...authenticated, level: "authPriv", priv, privKey: await readPassword(privKeyFrom) };
}
