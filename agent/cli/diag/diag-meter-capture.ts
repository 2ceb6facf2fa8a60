import { existsSync, writeFileSync } from "node:fs";
import type { Command } from "commander";
import { systemClock } from "../../io/clock.ts";
import { SerialError, type SerialLink } from "../../io/serial/serial.ts";
import { captureCase, captureOf, type Capture, type CaptureStep } from "../../meters/capture-case.ts";
import { sleepOr } from "../../meters/listening.ts";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { linesOf } from "../phone/lines-of.ts";
import { ioFor } from "../look.ts";

interface CaptureFlags {
  readonly name?: string;
  readonly baud: number;
  readonly dtr: string;
  readonly rts: string;
  readonly request?: string;
  readonly seconds: number;
  readonly out: string;
}

/** Displays that tell a protocol's digits, sign, point, overload and keys apart. */
const steps: readonly CaptureStep[] = [
  { what: "knob on V DC, the leads touching each other" },
  { what: "V DC on a battery of 1.5 V or 9 V" },
  { what: "the same with the leads swapped, so that it shows a minus" },
  { what: "V DC on 24 V or more, where you have a source for it" },
  { what: "knob on ohms, the leads apart, so that it shows OL" },
  { what: "ohms on a resistor that you know" },
  { what: "knob on V AC, the leads touching each other" },
  { what: "V DC with HOLD pressed" },
  { what: "V DC with MIN or MAX pressed" },
  { what: "V DC with REL pressed" },
];

/** `offhook diag meter capture`: an owner of a meter that nobody here has proves it, display by display. */
export function addCapture(verb: Command, context: CliContext): void {
  verb
    .command("capture")
    .description(
      "record what a meter sends beside what its display shows, as a case file for those who have no such meter",
    )
    .argument("<port>", "the serial port")
    .option("--name <text>", "maker and model as printed on it")
    .option("--baud <n>", "speed, from the manual or by trying", Number, 2400)
    .option("--dtr <on|off>", "modem line DTR, which powers many cables", "on")
    .option("--rts <on|off>", "modem line RTS", "off")
    .option("--request <hex>", "octets to send before each recording, for a meter that must be asked")
    .option("--seconds <n>", "seconds to record per display", Number, 3)
    .option("--out <file>", "the case file", "meter-case.json")
    .addHelpText(
      "after",
      '\nExample:\n  offhook diag meter capture /dev/ttyUSB0 --name "Acme 100" --baud 2400 --out acme-100.json\n',
    )
    .action(async (port: string, flags: CaptureFlags) => {
      await runCapture(port, flags, context);
    });
}

async function runCapture(port: string, flags: CaptureFlags, context: CliContext): Promise<void> {
  if (existsSync(flags.out))
    throw new CliError(exitCodes.usage, `${flags.out} is there already`, "Name another --out.");
  const lines = { dtr: flags.dtr === "on", rts: flags.rts === "on" };
  const captures: Capture[] = [];
  try {
    await using link = await ioFor(context).openSerial({ path: port, baudRate: flags.baud, lines });
    const recorder = new Recorder(link, flags);
    const answers = answersOf(context);
    context.say(
      "For each display: set the meter as told, type what it shows, press Enter. Enter alone skips, q ends.",
    );
    for (const [index, step] of steps.entries()) {
      context.say(`${index + 1}/${steps.length}  ${step.what}. What does the display show?`);
      const display = await answers.next();
      if (display === undefined || display === "q" || context.signal.aborted) break;
      if (display === "") continue;
      context.say(`  recording for ${flags.seconds} s, keep it so …`);
      const capture = await recorder.record(step.what, display, context.signal);
      captures.push(capture);
      context.say(`  ${capture.hex.length / 2} octets. ${whatItIs(capture)}`);
    }
  } catch (error) {
    if (error instanceof SerialError)
      throw new CliError(exitCodes.unreachable, error.message, `${error.advice}.`);
    throw error;
  }
  save(flags, lines, captures, context);
}

function save(
  flags: CaptureFlags,
  lines: { readonly dtr: boolean; readonly rts: boolean },
  captures: readonly Capture[],
  context: CliContext,
): void {
  const found = captureCase(flags.name ?? "unknown meter", { baudRate: flags.baud, ...lines }, captures);
  if (captures.length === 0) {
    context.say("Nothing was recorded, and nothing is written.");
    context.end(exitCodes.unreachable);
    return;
  }
  writeFileSync(flags.out, `${JSON.stringify(found, undefined, 2)}\n`, { mode: 0o640 });
  context.say(
    found.chip === undefined
      ? "No chip that is known here reads all displays as you typed them: this is a new one."
      : `The chip ${found.chip} reads the displays as you typed them.`,
  );
  context.out(flags.out);
  context.end(exitCodes.done);
}

function whatItIs(capture: Capture): string {
  const alike = capture.read.filter(({ same }) => same).map(({ chip }) => chip);
  return alike.length === 0 ? "No known chip reads it so." : `Read alike by: ${alike.join(", ")}.`;
}

function answersOf(context: CliContext): { next(): Promise<string | undefined> } {
  const chunks = linesOf(context.stdin, 1000);
  let waiting: (string | undefined)[] = [];
  return {
    async next() {
      while (waiting.length === 0) {
        const more = await chunks.next();
        if (more.done === true) return undefined;
        waiting = more.value;
      }
      return waiting.shift()?.trim() ?? "";
    },
  };
}

/** Records what comes for a while, with the times. */
class Recorder {
  readonly #link: SerialLink;
  readonly #flags: CaptureFlags;
  #chunks: { at: number; bytes: Uint8Array }[] = [];
  #problem: SerialError | undefined;

  constructor(link: SerialLink, flags: CaptureFlags) {
    this.#link = link;
    this.#flags = flags;
    link.listen(
      (bytes) => this.#chunks.push({ at: systemClock.mono(), bytes }),
      (problem) => {
        this.#problem = problem;
      },
    );
  }

  async record(what: string, display: string, signal: AbortSignal): Promise<Capture> {
    // What came while the person typed belongs to no display.
    this.#chunks = [];
    const started = systemClock.mono();
    const { request, seconds } = this.#flags;
    if (request !== undefined) await this.#link.write(Buffer.from(request.replaceAll(" ", ""), "hex"));
    await sleepOr(systemClock, seconds * 1000, signal);
    if (this.#problem !== undefined) throw this.#problem;
    const times = this.#chunks.map(({ at, bytes }) => [Math.round(at - started), bytes.length] as const);
    return captureOf(what, display, Buffer.concat(this.#chunks.map(({ bytes }) => bytes)), times);
  }
}
