import type { Command } from "commander";
import type { FirmwareRollouts } from "../../../provisioning-server/main.ts";
import { authorOf } from "../change-options.ts";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { upgradeOptions, upgradeWish, type UpgradeOptions } from "./firmware-plan.ts";
import { printable, printRows, type RowColumn } from "../print/print-rows.ts";
import { withRollouts } from "./with-firmware.ts";
import { dataOptions, need, type DataOptions } from "../with-inventory.ts";

type Summary = Awaited<ReturnType<FirmwareRollouts["list"]>>[number];
type Shown = Extract<Awaited<ReturnType<FirmwareRollouts["show"]>>, { ok: true }>["value"];

/** `offhook firmware rollout`: a version for many phones, ring by ring. */
export function rolloutVerbs(command: Command, context: CliContext): void {
  const group = command.command("rollout").description("bring a version to many phones, ring by ring");
  startVerb(group, context);
  listVerb(group, context);
  showVerb(group, context);
  turnVerb(group, context, "pause", "order no further phones; who is under way is watched all the same");
  turnVerb(group, context, "resume", "go on");
  abortVerb(group, context);
}

interface StartOptions extends UpgradeOptions {
  readonly rings: string;
  readonly by?: string;
  readonly rollBack?: string;
  readonly soak?: string;
  readonly reason?: string;
}

function startVerb(group: Command, context: CliContext): void {
  upgradeOptions(group.command("start"))
    .description("start one; a running server carries it out, and stops and turns it back when phones suffer")
    .option("--rings <sizes>", "how many have had their turn by the end of each ring", "5,10%,50%,100%")
    .option("--by <way>", "spread: each ring takes from all sites; site: one site after the other", "spread")
    .option("--roll-back <whom>", "who goes back when a ring fails: ring, all, none", "ring")
    .option("--soak <minutes>", "how long each phone must stay well", "15")
    .option("--reason <text>", "why")
    .addHelpText(
      "after",
      "\nExample:\n  offhook firmware rollout start --to 108.87.0.15 --model T46U --rings 5,10%,100% --window 22:00-05:00\n",
    )
    .action(async (options: StartOptions) => {
      const { decodeRings } = await import("../../../provisioning-server/main.ts");
      const { by, rollBack, soak, reason } = options;
      const minutes = Number(soak);
      if (!Number.isFinite(minutes) || minutes < 0)
        throw new CliError(exitCodes.usage, `--soak: expected minutes, found ${soak}`);
      const draft = {
        ...(await upgradeWish(options)),
        rings: need(decodeRings(options.rings), exitCodes.usage),
        by: oneOf("--by", by, ["spread", "site"] as const),
        rollBack: oneOf("--roll-back", rollBack, ["ring", "all", "none"] as const),
        soak: minutes * 60_000,
        who: authorOf({}).who,
        ...(reason === undefined ? {} : { reason }),
      };
      await withRollouts(options, context, async (rollouts) => {
        const rollout = need(await rollouts.start(draft));
        const { id, rings, phones } = rollout;
        if (options.json === true) context.out(JSON.stringify({ id, rings, phones: phones.length }));
        else context.say(`roll-out ${id.slice(-8)}: ${phones.length} phones in ${rings} rings`);
      });
    });
}

function oneOf<const W extends string>(option: string, word: string | undefined, words: readonly W[]): W {
  const found = words.find((each) => each === word);
  if (found === undefined)
    throw new CliError(
      exitCodes.usage,
      `${option}: expected ${words.join(", ")}, found ${word ?? "nothing"}`,
    );
  return found;
}

const columns: readonly RowColumn<Summary>[] = [
  { head: "ROLL-OUT", cell: ({ id }) => id.slice(-8) },
  { head: "AT", cell: ({ at }) => new Date(at).toISOString() },
  { head: "WHO", cell: ({ who }) => who },
  { head: "TO", cell: ({ vendor, to }) => `${vendor} ${to}` },
  { head: "STATE", cell: ({ state }) => state },
  { head: "RING", cell: ({ ring, rings }) => `${ring + 1}/${rings}` },
  { head: "PHONES", cell: ({ stages }) => stagesOf(stages) },
  { head: "WORDS", cell: ({ words }) => words ?? "-" },
];

function stagesOf(stages: Readonly<Record<string, number>>): string {
  return Object.entries(stages)
    .map(([stage, count]) => `${count} ${stage}`)
    .join(", ");
}

function listVerb(group: Command, context: CliContext): void {
  dataOptions(group.command("list"))
    .description("roll-outs, newest first")
    .addHelpText("after", "\nExample:\n  offhook firmware rollout list\n")
    .action(async (options: DataOptions) => {
      await withRollouts(options, context, async (rollouts) =>
        printRows(await rollouts.list(), columns, options, context),
      );
    });
}

const phoneColumns: readonly RowColumn<Shown["phones"][number]>[] = [
  { head: "RING", cell: ({ ring }) => String(ring + 1) },
  { head: "MAC", cell: ({ mac }) => mac },
  { head: "SITE", cell: ({ site }) => site },
  { head: "STAGE", cell: ({ stage }) => stage },
  { head: "FROM", cell: ({ from }) => from ?? "?" },
  { head: "WORDS", cell: ({ words }) => words ?? "-" },
];

function showVerb(group: Command, context: CliContext): void {
  dataOptions(group.command("show <rollout>"))
    .description("one roll-out, phone by phone")
    .addHelpText("after", "\nExample:\n  offhook firmware rollout show 9d2c71aa\n")
    .action(async (id: string, options: DataOptions) => {
      await withRollouts(options, context, async (rollouts) => {
        const { phones, ...rest } = need(await rollouts.show(id));
        if (options.json === true) return context.out(JSON.stringify({ ...rest, phones }));
        context.say(
          printable(`${rest.state}, ring ${rest.ring + 1} of ${rest.rings}: ${rest.words ?? "under way"}`),
        );
        const inOrder = phones.toSorted((a, b) => a.ring - b.ring);
        printRows(inOrder, phoneColumns, options, context);
      });
    });
}

function turnVerb(group: Command, context: CliContext, verb: "pause" | "resume", about: string): void {
  dataOptions(group.command(`${verb} <rollout>`))
    .description(about)
    .addHelpText("after", `\nExample:\n  offhook firmware rollout ${verb} 9d2c71aa\n`)
    .action(async (id: string, options: DataOptions) => {
      await withRollouts(options, context, async (rollouts) => {
        const { state, words } = need(await rollouts[verb](id, authorOf({}).who));
        if (options.json === true) context.out(JSON.stringify({ state, words }));
        else context.say(`${state}: ${words ?? ""}`);
      });
    });
}

function abortVerb(group: Command, context: CliContext): void {
  dataOptions(group.command("abort <rollout>"))
    .description("end it; phones stay as they are")
    .option("--back", "and send the phones it has changed back to what they ran")
    .addHelpText("after", "\nExample:\n  offhook firmware rollout abort 9d2c71aa --back\n")
    .action(async (id: string, options: DataOptions & { back?: boolean }) => {
      await withRollouts(options, context, async (rollouts) => {
        const { state, words } = need(await rollouts.abort(id, authorOf({}).who, options.back));
        if (options.json === true) context.out(JSON.stringify({ state, words }));
        else context.say(`${state}: ${words ?? ""}`);
      });
    });
}
