import type { Command } from "commander";
import { printMacAddress } from "../../../protocol/mac-address.ts";
import { authorOf } from "../change-options.ts";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { printable } from "../print/print-rows.ts";
import { flawLine, need, dataOptions, type DataOptions, type Inventory } from "../with-inventory.ts";
import { withResyncs, type decodeDayWindow, type Resyncs } from "./with-resyncs.ts";

interface ResyncWords extends DataOptions {
  readonly site?: string;
  readonly model?: string;
  readonly reboot?: boolean;
  readonly at?: string;
  readonly window?: string;
  readonly zone?: string;
  readonly via?: string;
  readonly pace?: string;
  readonly perAddress?: string;
  readonly limit?: string;
  readonly reason?: string;
  readonly dryRun?: boolean;
}

/** `offhook phone resync`: phones are asked by SIP to fetch their config again, batch by batch, by the running server. */
export function resyncVerb(command: Command, context: CliContext): void {
  dataOptions(command.command("resync [mac...]"))
    .description("ask phones to fetch their config again: by SIP NOTIFY, in batches, by the running server")
    .option("--site <id>", "all phones of a site")
    .option("--model <name>", "of these only this model")
    .option("--reboot", "ask for a restart, where the vendor has a word for it")
    .option("--at <time>", "not before this time: 2026-12-01T22:00:00Z")
    .option("--window <span>", "only in this span of each day: 22:00-05:00")
    .option("--zone <name>", "time zone of the window (each phone's own, unless told)")
    .option("--via <way>", "pbx or direct (pbx where the phone has an account there, unless told)")
    .option("--pace <n>", "phones in a batch, 20 unless told")
    .option("--per-address <n>", "of these behind one address, 5 unless told")
    .option("--limit <minutes>", "how long a phone may take to come back, 10 unless told")
    .option("--reason <text>", "why, for the trace of each phone")
    .option("--dry-run", "say what each phone would be told and where that would go, and ask nothing")
    .addHelpText("after", "\nExample:\n  offhook phone resync --site berlin --window 22:00-05:00 --pace 10\n")
    .action(async (macs: string[], options: ResyncWords) => {
      await withResyncs(options, context, async (resyncs, inventory, decodeWindow) => {
        const wish = wishOf(options, decodeWindow);
        const chosen = await chosenPhones(macs, options, inventory);
        const order = { ...wish, ...authorOf(options), macs: chosen };
        const dry = options.dryRun === true;
        printOrdered(need(await (dry ? resyncs.rehearse(order) : resyncs.order(order))), options, context);
      });
    });
}

async function chosenPhones(macs: string[], options: ResyncWords, inventory: Inventory): Promise<string[]> {
  const { site, model } = options;
  if (macs.length === 0 && site === undefined)
    throw new CliError(exitCodes.usage, "resync: expected MACs or --site, found neither");
  if (macs.length > 0 && (site !== undefined || model !== undefined))
    throw new CliError(exitCodes.usage, "resync: expected MACs, or --site and --model, found both");
  if (macs.length > 0) return macs;
  if (site !== undefined) need(await inventory.showSite(site));
  const phones = await inventory.listPhones(site);
  return phones
    .filter(({ device }) => model === undefined || device.model.toLowerCase() === model.toLowerCase())
    .map(({ device }) => device.mac);
}

function wishOf(options: ResyncWords, decodeWindow: typeof decodeDayWindow) {
  const { pace, perAddress, limit } = options;
  const via = wayOf(options.via);
  const notBefore = options.at === undefined ? undefined : Date.parse(options.at);
  if (Number.isNaN(notBefore))
    throw new CliError(
      exitCodes.usage,
      `--at: expected a time such as 2026-12-01T22:00:00Z, found ${options.at}`,
    );
  if (options.zone !== undefined && options.window === undefined)
    throw new CliError(exitCodes.usage, "--zone: expected a --window that it is for, found none");
  const window = options.window === undefined ? undefined : decodeWindow(options.window, options.zone);
  if (window?.ok === false) throw new CliError(exitCodes.usage, flawLine(window.why));
  return {
    reboot: options.reboot === true,
    ...(via === undefined ? {} : { via }),
    ...(notBefore === undefined ? {} : { notBefore }),
    ...(window === undefined ? {} : { window: window.value }),
    ...(pace === undefined ? {} : { pace: whole("--pace", pace, 1000) }),
    ...(perAddress === undefined ? {} : { perAddress: whole("--per-address", perAddress, 1000) }),
    ...(limit === undefined ? {} : { limit: whole("--limit", limit, 1440) * 60_000 }),
  };
}

function wayOf(text: string | undefined): "pbx" | "direct" | undefined {
  if (text === undefined || text === "pbx" || text === "direct") return text;
  throw new CliError(exitCodes.usage, `--via: expected pbx or direct, found ${text}`);
}

function whole(option: string, text: string, most: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > most)
    throw new CliError(exitCodes.usage, `${option}: expected a number from 1 to ${most}, found ${text}`);
  return value;
}

type Ordered = Extract<Awaited<ReturnType<Resyncs["order"]>>, { ok: true }>["value"];

function printOrdered({ plan, refused, ways }: Ordered, options: ResyncWords, context: CliContext): void {
  const dry = options.dryRun === true;
  if (options.json === true) {
    context.out(JSON.stringify({ ...(dry ? {} : { id: plan.id }), ways, refused }));
    return;
  }
  for (const { mac, event, to } of ways)
    if (dry) context.out(printable(`${printMacAddress(mac)}  ${event}  ${to}`));
  for (const { mac, why, instead } of refused)
    context.say(printable(`${printMacAddress(mac)} cannot be asked: ${why}. ${instead}`.trimEnd()));
  if (dry) return;
  context.out(plan.id);
  context.say(
    `${plan.phones.length} phones are asked by the running server; \`offhook phone resyncs ${plan.id}\` shows how far it is`,
  );
}
