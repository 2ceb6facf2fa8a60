import type { Command } from "commander";
import { printMacAddress } from "../../protocol/mac-address.ts";
import type { CliContext } from "./context.ts";
import { CliError, exitCodes } from "./exit-codes.ts";
import { printable } from "./print-rows.ts";
import { dataOptions, need, withInventory, type DataOptions, type Inventory } from "./with-inventory.ts";

type Traced = Extract<Awaited<ReturnType<Inventory["trace"]>>, { ok: true }>["value"];
type Step = Traced["steps"][number];

/** `offhook phone trace`: what a MAC asked and what was said to it, and why. */
export function traceVerb(command: Command, context: CliContext): void {
  dataOptions(command.command("trace <mac>"))
    .description("what a phone asked, what it was answered, why, and what to do; unknown MACs as well")
    .option("--limit <n>", "so many of the newest requests", "20")
    .action(async (mac: string, options: DataOptions & { limit: string }) => {
      const limit = Number(options.limit);
      if (!Number.isInteger(limit) || limit < 1 || limit > 10_000)
        throw new CliError(
          exitCodes.usage,
          `--limit: expected a number from 1 to 10000, found ${options.limit}`,
        );
      await withInventory(options, context, async (inventory) => {
        const traced = need(await inventory.trace(mac, limit));
        if (options.json === true) for (const { entry } of traced.steps) context.out(JSON.stringify(entry));
        else if (options.plain === true) for (const step of traced.steps) context.out(plainLine(step));
        else for (const line of traceLines(traced, context)) context.out(line);
        sayAbout(traced, context);
      });
    });
}

function plainLine({ entry, words }: Step): string {
  const cells = [
    new Date(entry.at).toISOString(),
    words.asked,
    entry.outcome,
    String(entry.status),
    words.reason ?? "",
  ];
  return cells.map((cell) => printable(cell)).join("\t");
}

function traceLines(traced: Traced, context: CliContext): string[] {
  const { style } = context;
  return traced.steps.toReversed().flatMap(({ entry, words }) => {
    const good =
      entry.outcome === "file" ||
      (entry.outcome === "no-such-file" && entry.status === 404 && entry.identity.file === "optional");
    const mark = good ? style.good("●") : style.bad("■");
    return [
      `${mark} ${style.faint(new Date(entry.at).toISOString())}  ${printable(words.asked)}`,
      ...(words.recognised === undefined ? [] : [`    is      ${printable(words.recognised)}`]),
      `    answer  ${printable(words.answered)}`,
      ...(words.reason === undefined ? [] : [`    why     ${printable(words.reason)}`]),
      ...(words.remedy === undefined ? [] : [`    do      ${printable(words.remedy)}`]),
    ];
  });
}

/** What the list cannot say: that there is none, or that nobody knows this MAC. */
function sayAbout(traced: Traced, context: CliContext): void {
  const mac = printMacAddress(traced.mac);
  if (traced.steps.length === 0)
    context.say(
      `${mac} has asked for nothing yet: is the phone's provisioning address right, and can it reach this server?`,
    );
  if (traced.known) return;
  context.say(`${mac} is not known here. \`offhook phone add ${traced.mac} --model MODEL\` makes it known.`);
  if (traced.nearest !== undefined)
    context.say(`The nearest known MAC is ${printMacAddress(traced.nearest)}: was one of them mistyped?`);
}
