import { setTimeout as wait } from "node:timers/promises";
import type { Command } from "commander";
import { printMacAddress } from "../../../protocol/mac-address.ts";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { printable } from "../print/print-rows.ts";
import { dataOptions, need, type DataOptions, type Inventory } from "../with-inventory.ts";
import { withStory, type PhoneStory } from "./with-story.ts";

type Traced = Extract<Awaited<ReturnType<Inventory["trace"]>>, { ok: true }>["value"];
type Step = Extract<Awaited<ReturnType<PhoneStory["timeline"]>>, { ok: true }>["value"][number];
type Request = Extract<Step, { kind: "request" }>;

interface TraceOptions extends DataOptions {
  readonly limit: string;
  readonly follow?: boolean;
}

/** How often `--follow` looks into the store, and how many steps it looks at, ms. */
const lookEvery = 500;
const lookAt = 200;

/** `offhook phone trace`: what happened to a MAC: what it asked, what was said to it and why, and what lies between. */
export function traceVerb(command: Command, context: CliContext): void {
  dataOptions(command.command("trace <mac>"))
    .description("what a phone asked, what it was answered, why, and what to do; unknown MACs as well")
    .option("--limit <n>", "so many of the newest requests", "20")
    .option("--follow", "and what comes, until Ctrl-C")
    .addHelpText("after", "\nExample:\n  offhook phone trace 80:5e:c0:01:00:01\n")
    .action(async (mac: string, options: TraceOptions) => {
      const limit = Number(options.limit);
      if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
        throw new CliError(
          exitCodes.usage,
          `--limit: expected a number from 1 to 10000, found ${options.limit}`,
        );
      await withStory(options, context, async (story, inventory) => {
        const steps = need(await story.timeline(mac, limit));
        print(steps, options, context);
        sayAbout(need(await inventory.trace(mac, 1)), context);
        if (options.follow === true)
          await follow(story, mac, new Set(steps.map(({ id }) => id)), options, context);
      });
    });
}

/** Steps may come out of order (a TFTP transfer is written down at its end), so what was shown is known by its id. */
async function follow(
  story: PhoneStory,
  mac: string,
  shown: Set<string>,
  options: TraceOptions,
  context: CliContext,
): Promise<void> {
  const since = Date.now() - 600_000;
  context.say("Waiting for what comes. Ctrl-C ends.");
  while (!context.signal.aborted) {
    await wait(lookEvery, undefined, { signal: context.signal }).catch(() => {});
    const steps = need(await story.timeline(mac, lookAt));
    const fresh = steps.filter(({ id, at }) => at >= since && !shown.has(id));
    for (const { id } of fresh) shown.add(id);
    print(fresh, options, context);
  }
  context.end(exitCodes.done);
}

/** Newest first for programs, as a list; oldest first for people, who read on at the bottom. */
function print(steps: readonly Step[], options: TraceOptions, context: CliContext): void {
  const ordered = options.follow === true ? steps.toReversed() : steps;
  if (options.json === true) for (const step of ordered) context.out(JSON.stringify(asJson(step)));
  else if (options.plain === true) for (const step of ordered) context.out(plainLine(step));
  else for (const step of steps.toReversed()) for (const line of stepLines(step, context)) context.out(line);
}

/** A request is its entry; what lies between says by `step` what it is. */
function asJson(step: Step): object {
  if (step.kind === "request") return step.entry;
  const { kind, id, at, sentence } = step;
  return { step: kind, id, at, sentence };
}

function plainLine(step: Step): string {
  const at = new Date(step.at).toISOString();
  const cells =
    step.kind === "request"
      ? [at, step.words.asked, step.entry.outcome, String(step.entry.status), step.words.reason ?? ""]
      : [at, step.kind, "-", "-", step.sentence];
  return cells.map((cell) => printable(cell)).join("\t");
}

function stepLines(step: Step, context: CliContext): string[] {
  if (step.kind === "request") return requestLines(step, context);
  const { style } = context;
  return [`· ${style.faint(new Date(step.at).toISOString())}  ${step.kind}: ${printable(step.sentence)}`];
}

function requestLines({ entry, words }: Request, { style }: CliContext): string[] {
  const isGood = entry.outcome === "file" || (entry.outcome === "no-such-file" && entry.normal === true);
  const mark = isGood ? style.good("●") : style.bad("■");
  return [
    `${mark} ${style.faint(new Date(entry.at).toISOString())}  ${printable(words.asked)}`,
    ...(words.recognised === undefined ? [] : [`    is      ${printable(words.recognised)}`]),
    `    answer  ${printable(words.answered)}`,
    ...(words.reason === undefined ? [] : [`    why     ${printable(words.reason)}`]),
    ...(words.remedy === undefined ? [] : [`    do      ${printable(words.remedy)}`]),
  ];
}

/** What the list cannot say: that there is none, or that nobody knows this MAC. */
function sayAbout(traced: Traced, context: CliContext): void {
  const mac = printMacAddress(traced.mac);
  if (traced.steps.length === 0)
    context.say(
      `${mac} has asked for nothing yet: is the phone's provisioning address right, and can it reach this server?`,
    );
  if (traced.known) return;
  context.say(
    `${mac} is not known here. \`offhook phone adopt ${traced.mac}\` makes it known, once it has asked.`,
  );
  if (traced.nearest !== undefined)
    context.say(`The nearest known MAC is ${printMacAddress(traced.nearest)}: was one of them mistyped?`);
}
