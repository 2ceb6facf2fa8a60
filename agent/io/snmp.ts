import { isIPv6 } from "node:net";
import type { Clock } from "./clock.ts";
import { getValues, type SnmpValues } from "./snmp/get.ts";
import type { SnmpDropped, SnmpTarget } from "./snmp/ask.ts";
import { setValues, type SnmpSet, type SnmpSetting } from "./snmp/set.ts";
import { SnmpSession } from "./snmp/session.ts";
import { V3Sessions } from "./snmp/v3-sessions.ts";
import {
  usualLimits,
  walkColumns,
  type AgentManners,
  type Ask,
  type Walk,
  type WalkLimits,
} from "./snmp/walk.ts";

/**
 * Asks many switches over one socket per address family, one request in flight per switch: old agents answer one at a
 * time and drop the rest. The agent failing is a value; the signal ending the wait throws its reason.
 * v1 and v2c by snmp-native, v3 by net-snmp.
 */
export interface SnmpPool extends AsyncDisposable {
  readonly dropped: SnmpDropped;
  get(target: SnmpTarget, oids: readonly string[], signal: AbortSignal): Promise<SnmpValues>;
  walkColumns(
    target: SnmpTarget,
    columns: readonly string[],
    signal: AbortSignal,
    limits?: Partial<WalkLimits>,
  ): Promise<Walk>;
  /** Writes; only for what a person has asked for and may do. */
  set(target: SnmpTarget, settings: readonly SnmpSetting[], signal: AbortSignal): Promise<SnmpSet>;
}

/** A pool to use and let go of; those open at the same time share their sockets. */
export type OpenSnmp = () => SnmpPool;

type Family = "udp4" | "udp6";

/** The sockets of all open pools; the last one to be let go of closes them. */
class SharedSessions {
  readonly dropped: SnmpDropped = { garbled: 0, stray: 0 };
  readonly v3 = new V3Sessions(this.dropped);
  readonly #sessions = new Map<Family, Promise<SnmpSession>>();
  #users = 0;

  enter(): void {
    this.#users += 1;
  }

  session(family: Family): Promise<SnmpSession> {
    const open = this.#sessions.get(family) ?? SnmpSession.open(family, this.dropped);
    this.#sessions.set(family, open);
    return open;
  }

  async leave(): Promise<void> {
    this.#users -= 1;
    if (this.#users > 0) return;
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const session of await Promise.allSettled(sessions)) {
      if (session.status === "fulfilled") session.value.close();
    }
    await this.v3.close();
  }
}

/** Runs work on one key after the other, in the order of asking. */
class Turns {
  readonly #last = new Map<string, Promise<unknown>>();

  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const before = this.#last.get(key);
    const mine = (async () => {
      await Promise.allSettled([before]);
      return work();
    })();
    this.#last.set(key, mine);
    try {
      return await mine;
    } finally {
      if (this.#last.get(key) === mine) this.#last.delete(key);
    }
  }
}

/** Makes the opener of one process. What each agent bears (GETBULK, reply size) is remembered here. */
export function createSnmpOpener(clock: Clock): OpenSnmp {
  const shared = new SharedSessions();
  const turns = new Turns();
  const manners = new Map<string, AgentManners>();

  const keyOf = ({ host, port }: SnmpTarget) => `${host} ${port}`;
  const mannersOf = (target: SnmpTarget): AgentManners => {
    const known = manners.get(keyOf(target)) ?? {
      bulkUnheard: 0,
      repetitions: 50,
      width: 16,
      rows: new Map(),
    };
    manners.set(keyOf(target), known);
    return known;
  };
  const asker =
    (target: SnmpTarget, signal: AbortSignal): Ask =>
    async (request) => {
      if (target.version === "3") return shared.v3.ask(target, request, signal);
      const session = await shared.session(isIPv6(target.host) ? "udp6" : "udp4");
      return session.ask(target, request, signal);
    };

  return () => {
    shared.enter();
    let left = false;
    return {
      dropped: shared.dropped,
      get: (target, oids, signal) => turns.take(keyOf(target), () => getValues(asker(target, signal), oids)),
      walkColumns: (target, columns, signal, limits) =>
        turns.take(keyOf(target), () =>
          walkColumns(
            asker(target, signal),
            columns,
            target.version === "1" ? "1" : "2c",
            { ...usualLimits, ...limits },
            mannersOf(target),
            clock,
          ),
        ),
      set: (target, settings, signal) =>
        turns.take(keyOf(target), () => setValues(asker(target, signal), settings)),
      async [Symbol.asyncDispose]() {
        if (left) return;
        left = true;
        await shared.leave();
      },
    };
  };
}
