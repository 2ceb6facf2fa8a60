import { setTimeout as sleep } from "node:timers/promises";
import type { AgentCommand } from "../../protocol/agent-protocol.ts";
import type { AgentRef } from "../store/agents.ts";
import type { Commands } from "../store/commands.ts";

/** Another node may have taken the order in: its bell is not heard here, so the store is looked at now and then. Ms. */
const lookAgain = 2000;

/** Holds agents' questions for commands open until there is one. */
export class CommandWait {
  readonly #commands: Commands;
  readonly #stop = new AbortController();
  #bell = new AbortController();

  constructor(commands: Commands) {
    this.#commands = commands;
  }

  /** An order was taken in: all that wait look whether it is theirs. */
  ring(): void {
    const rung = this.#bell;
    this.#bell = new AbortController();
    rung.abort();
  }

  /** Answers all that wait with nothing: the server stops. */
  close(): void {
    this.#stop.abort();
  }

  /** Commands of this agent, as soon as there are any; none after `ms`, or when the question was given up. */
  async take(agent: AgentRef, ms: number, gone: AbortSignal): Promise<AgentCommand[]> {
    const until = performance.now() + ms;
    const over = AbortSignal.any([this.#stop.signal, gone]);
    for (;;) {
      // Heard from before the store is looked at, so that no bell is missed in between.
      const bell = this.#bell.signal;
      const waiting = await this.#commands.isWaiting(agent);
      // Whoever has hung up gets nothing: what is handed out is never handed out again.
      if (over.aborted) return [];
      if (waiting) return this.#commands.take(agent);
      const left = until - performance.now();
      if (left <= 0) return [];
      const wake = AbortSignal.any([bell, over]);
      await sleep(Math.min(left, lookAgain), undefined, { signal: wake }).catch(() => {});
    }
  }
}
