import { appendFileSync } from "node:fs";
import type { Command } from "commander";
import type { Observation } from "../../../protocol/observation.ts";
import { observerOf } from "../../../protocol/observe.ts";
import { systemClock } from "../../io/clock.ts";
import type { SerialError, SerialLink } from "../../io/serial/serial.ts";
import { BootCounter, readConsoleLine } from "../../meters/console/messages.ts";
import { Transcript } from "../../meters/console/transcript.ts";
import { keepConnected } from "../../meters/keep-connected.ts";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { exitCodeOf, ioFor, judge } from "../look.ts";
import { printFindings, printObservation } from "../print/print-findings.ts";

interface ConsoleFlags {
  readonly baud: number;
  readonly id: string;
  readonly seconds?: number;
  readonly transcript?: string;
  readonly wake?: true;
  readonly json?: true;
}

/** `offhook diag console`: what a switch or a phone prints on its serial console, and what it says of ports. */
export function addConsole(diag: Command, context: CliContext): void {
  diag
    .command("console")
    .description(
      "read the serial console of a switch or a phone; nothing is written to it unless --wake says so",
    )
    .argument("<port>", "PORT")
    .option("--baud <n>", "speed of the console: 9600 on most switches, 115200 on most phones", Number, 9600)
    .option("--id <text>", "name of the device in observations", "console")
    .option("--seconds <n>", "end after so many seconds; without it, at Ctrl-C", Number)
    .option("--transcript <file>", "append every octet that comes to this file")
    .option("--wake", "send one carriage return, which wakes a prompt")
    .option("--json", "one JSON object at the end: observations and findings")
    .addHelpText("after", "\nExample:\n  offhook diag console /dev/ttyUSB0 --baud 115200 --seconds 60\n")
    .action(async (port: string, flags: ConsoleFlags) => {
      await runConsole(port, flags, context);
    });
}

async function runConsole(port: string, flags: ConsoleFlags, context: CliContext): Promise<void> {
  const io = ioFor(context);
  const seen = new Console(flags, context);
  const limit = flags.seconds === undefined ? [] : [AbortSignal.timeout(flags.seconds * 1000)];
  const signal = AbortSignal.any([context.signal, ...limit]);
  let wake = flags.wake === true;
  let told = "";
  await keepConnected({
    open: () => io.openSerial({ path: port, baudRate: flags.baud }),
    async use(link) {
      context.say(
        `${port} at ${flags.baud} baud: reading${wake ? ", after one carriage return" : ""}. Ctrl-C ends it.`,
      );
      told = "";
      const ended = untilLost(link, (chunk) => seen.take(chunk), signal);
      if (wake) await link.write(Uint8Array.of(0x0d)).catch(() => {});
      wake = false;
      return ended;
    },
    onLost(problem) {
      const sentence = `${problem.message}: ${problem.advice}. It is tried again.`;
      if (sentence !== told) context.say(sentence);
      told = sentence;
    },
    clock: systemClock,
    signal,
  });
  seen.finish();
}

function untilLost(
  link: SerialLink,
  onBytes: (chunk: Uint8Array) => void,
  signal: AbortSignal,
): Promise<SerialError> {
  return new Promise((resolve, reject) => {
    link.listen(onBytes, resolve);
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}

/** What has come so far, and what it says. */
class Console {
  readonly #flags: ConsoleFlags;
  readonly #context: CliContext;
  readonly #transcript = new Transcript();
  readonly #boots = new BootCounter();
  /** The last word on each port and key. */
  readonly #observations = new Map<string, Observation>();

  constructor(flags: ConsoleFlags, context: CliContext) {
    this.#flags = flags;
    this.#context = context;
  }

  take(chunk: Uint8Array): void {
    this.#record(chunk);
    const now = systemClock.now();
    for (const line of this.#transcript.take(chunk)) {
      if (this.#flags.json !== true) this.#context.out(line);
      this.#boots.take(line, now);
      for (const { port, key, value } of readConsoleLine(line)) {
        const observe = observerOf("console", `port:${this.#flags.id}/${port}`, now);
        this.#observations.set(`${port} ${key}`, observe(key, value, { evidence: line }));
      }
    }
  }

  #record(chunk: Uint8Array): void {
    if (this.#flags.transcript === undefined) return;
    try {
      appendFileSync(this.#flags.transcript, chunk, { mode: 0o640 });
    } catch (error) {
      throw new CliError(
        exitCodes.usage,
        `--transcript: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  finish(): void {
    const { unended, bytes } = this.#transcript;
    const host = observerOf("console", `host:${this.#flags.id}`, systemClock.now());
    const observations = [...this.#observations.values(), host("console.boots", this.#boots.count)];
    const { findings } = judge(observations);
    if (this.#flags.json === true) this.#context.out(JSON.stringify({ bytes, observations, findings }));
    else {
      if (unended !== "") this.#context.out(unended);
      for (const observation of observations) this.#context.say(printObservation(observation));
      for (const line of printFindings(this.#context.style, findings)) this.#context.say(line);
    }
    this.#context.end(bytes === 0 ? exitCodes.unreachable : exitCodeOf(findings, observations));
  }
}
