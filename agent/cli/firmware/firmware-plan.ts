import type { Command } from "commander";
import type { FirmwareRollouts } from "../../../provisioning-server/main.ts";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { printRows, type RowColumn } from "../print/print-rows.ts";
import { withRollouts } from "./with-firmware.ts";
import { dataOptions, need, type DataOptions } from "../with-inventory.ts";

type Plan = Extract<Awaited<ReturnType<FirmwareRollouts["plan"]>>, { ok: true }>["value"];

export interface UpgradeOptions extends DataOptions {
  readonly to: string;
  readonly model: string[];
  readonly vendor?: string;
  readonly site?: string[];
  readonly perSiteHour?: string;
  readonly window?: string;
}

/** The options of whatever sends phones to a version. */
export function upgradeOptions(command: Command): Command {
  return dataOptions(command)
    .requiredOption("--to <version>", "the version, as the phone says it")
    .requiredOption("--model <models...>", "models it concerns")
    .option("--vendor <vendor>", "where two vendors have such a model")
    .option("--site <sites...>", "phones of these sites alone")
    .option("--per-site-hour <n>", "at most so many phones of a site within an hour (60)")
    .option("--window <times>", "only at these times of the site's day, such as 22:00-05:00");
}

/** What the options say, for the verbs of the server. */
export async function upgradeWish({ to, model, vendor, site, perSiteHour, window }: UpgradeOptions) {
  const { decodeDayWindow } = await import("../../../provisioning-server/main.ts");
  const read = window === undefined ? undefined : decodeDayWindow(window);
  if (read?.ok === false)
    throw new CliError(exitCodes.usage, `--window: expected ${read.why.expected}, found ${read.why.found}`);
  const pace = perSiteHour === undefined ? undefined : Number(perSiteHour);
  if (pace !== undefined && (!Number.isInteger(pace) || pace < 1))
    throw new CliError(exitCodes.usage, `--per-site-hour: expected a number from 1, found ${perSiteHour}`);
  return {
    to,
    models: words(model),
    ...(vendor === undefined ? {} : { vendor }),
    ...(site === undefined ? {} : { sites: words(site) }),
    ...(pace === undefined ? {} : { perSiteHour: pace }),
    ...(read === undefined ? {} : { window: read.value }),
  };
}

const words = (texts: readonly string[]): string[] => texts.flatMap((text) => text.split(","));

const columns: readonly RowColumn<Plan["sites"][number]>[] = [
  { head: "SITE", cell: ({ site }) => site },
  { head: "PHONES", cell: ({ phones }) => String(phones) },
  { head: "HOURS", cell: ({ hours }) => String(hours) },
  { head: "MB", cell: ({ bytes }) => megabytes(bytes) },
  { head: "MB, KEPT ON SITE", cell: ({ bytesWithCache }) => megabytes(bytesWithCache) },
];

const megabytes = (octets: number): string => (octets / 1e6).toFixed(1);

/** `offhook firmware plan`: what a version would take, before anybody starts. */
export function planVerb(command: Command, context: CliContext): void {
  upgradeOptions(command.command("plan"))
    .description(
      "which phones a version concerns, their steps on the way, hours, and octets over each site's line",
    )
    .addHelpText(
      "after",
      "\nExample:\n  offhook firmware plan --to 108.87.0.15 --model T46U T48U --site berlin\n",
    )
    .action(async (options: UpgradeOptions) => {
      const wish = await upgradeWish(options);
      await withRollouts(options, context, async (rollouts) => {
        const plan = need(await rollouts.plan(wish, wish));
        if (options.json === true) return context.out(JSON.stringify(plan));
        printRows(plan.sites, columns, options, context);
        for (const { way, phones } of plan.ways) context.say(`${phones} phones: ${way}`);
        for (const { reason, phones } of plan.refused)
          context.say(`${phones.length} phones cannot: ${reason} (${phones.slice(0, 3).join(", ")})`);
      });
    });
}
