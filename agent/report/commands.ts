import { Compile } from "typebox/compile";
import {
  AgentCommand,
  CommandsReply,
  longestCommandWait,
  type CommandResult,
} from "../../protocol/agent-protocol.ts";
import type { Secret } from "../../protocol/secret.ts";
import type { Clock } from "../io/clock.ts";
import type { Log } from "../io/log.ts";
import type { ServerLink } from "../io/server-link.ts";

export interface CommandLoopOptions {
  readonly link: ServerLink;
  readonly clock: Clock;
  /** 0 ≤ x < 1 */
  readonly random: () => number;
  readonly log: Log;
  /** The hour's token; undefined while there is none. */
  readonly token: () => Secret | undefined;
  /** Does one; the world failing is a result. */
  readonly run: (command: AgentCommand, signal: AbortSignal) => Promise<CommandResult>;
}

// Each command is checked by itself: one that a newer server knows must not cost the others.
const envelope = Compile(CommandsReply);
const check = Compile(AgentCommand);

/** Ms. */
const noTokenYet = 2000;
const mostPause = 60_000;
/** A server that does not know this call. */
const olderServer = 600_000;
/** Results that the server does not take are tried so often. */
const resultTries = 5;
const tellWithin = 5000;

/** Asks the server for commands, one question held open at a time, and tells what came of each. */
export class CommandLoop {
  readonly #options: CommandLoopOptions;
  readonly #stop = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #done: Promise<void> = Promise.resolve();

  constructor(options: CommandLoopOptions) {
    this.#options = options;
  }

  start(): void {
    this.#done = this.#run();
  }

  /** Ends the question; what is being done ends by its signal. */
  async stop(): Promise<void> {
    this.#stop.abort(new Error("the agent stops"));
    await this.#done;
    await Promise.allSettled(this.#running);
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#stop.signal.aborted) {
      const token = this.#options.token();
      if (token === undefined) await this.#pause(noTokenYet);
      else {
        const pause = await this.#ask(token, failures);
        failures = pause === 0 ? 0 : failures + 1;
        if (pause > 0) await this.#pause(pause);
      }
    }
  }

  /** One question; how long to wait before the next one, ms. */
  async #ask(token: Secret, failures: number): Promise<number> {
    const { link, random } = this.#options;
    const path = `/v1/agent/commands?wait=${longestCommandWait}`;
    const reply = await link.call({ method: "GET", path, token }, this.#stop.signal);
    if (reply.kind === "reply" && reply.status === 404) return olderServer;
    if (reply.kind !== "reply" || reply.status !== 200)
      return Math.max(noTokenYet, random() * Math.min(mostPause, 2000 * 2 ** Math.min(failures, 10)));
    for (const command of commandsOf(reply.body)) {
      if (check.Check(command)) this.#begin(command);
      else this.#refuse(command);
    }
    return 0;
  }

  #begin(command: AgentCommand): void {
    const work = this.#perform(command).finally(() => this.#running.delete(work));
    this.#running.add(work);
  }

  async #perform(command: AgentCommand): Promise<void> {
    const { log, run } = this.#options;
    log.info({ event: "command", command }, "the server asks for something");
    let result: CommandResult;
    try {
      result = await run(command, this.#stop.signal);
    } catch (error) {
      log.error({ event: "crash", command, err: error }, "a command crashed");
      result = { outcome: "failed", sentence: "The agent has a bug: see its log." };
    }
    log.info({ event: "command", id: command.id, ...result }, "a command is done");
    await this.#tell(command.id, result);
  }

  #refuse(command: unknown): void {
    const id: unknown = typeof command === "object" && command !== null ? Reflect.get(command, "id") : "";
    this.#options.log.warn({ event: "command", id }, "a command that this agent does not know");
    if (typeof id !== "string" || !/^[0-9a-f-]{36}$/.test(id)) return;
    const work = this.#tell(id, {
      outcome: "refused",
      sentence: "This agent does not know such a command.",
    }).finally(() => this.#running.delete(work));
    this.#running.add(work);
  }

  async #tell(id: string, result: CommandResult): Promise<void> {
    const { link, token, log } = this.#options;
    const body = { ...result, sentence: result.sentence.slice(0, 1000) };
    for (let tries = 0; tries < resultTries; tries++) {
      // Not by the stop signal: what was done is told, also by an agent that stops.
      const request = { method: "POST", path: `/v1/agent/commands/${id}`, token: token(), body } as const;
      const reply = await link.call(request, AbortSignal.timeout(tellWithin));
      if (reply.kind === "reply" && reply.status < 500 && reply.status !== 401) return;
      if (this.#stop.signal.aborted) return;
      await this.#pause(2000 * 2 ** tries);
    }
    log.warn({ event: "command", id }, "the server did not hear what came of it");
  }

  async #pause(ms: number): Promise<void> {
    await this.#options.clock.sleep(ms, this.#stop.signal).catch(() => {});
  }
}

function commandsOf(body: unknown): readonly unknown[] {
  if (envelope.Check(body)) return body.commands;
  const list: unknown = typeof body === "object" && body !== null ? Reflect.get(body, "commands") : undefined;
  return Array.isArray(list) ? list.slice(0, 20) : [];
}
