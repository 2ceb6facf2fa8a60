import type { Command } from "commander";
import { authorOf } from "../change-options.ts";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { printRows, printable, type RowColumn } from "../print/print-rows.ts";
import { dataOptions, need, type DataOptions } from "../with-inventory.ts";
import { withResyncs, type Resyncs } from "./with-resyncs.ts";

type Plan = Awaited<ReturnType<Resyncs["list"]>>[number];
type PlannedPhone = Plan["phones"][number];

const back = (plan: Plan) => plan.phones.filter(({ state }) => state === "back").length;

const columns: readonly RowColumn<Plan>[] = [
  { head: "RESYNC", cell: ({ id }) => id },
  { head: "AT", cell: ({ at }) => new Date(at).toISOString() },
  { head: "WHO", cell: ({ who }) => who },
  { head: "STATE", cell: ({ state }) => state },
  { head: "BACK", cell: (plan) => `${back(plan)}/${plan.phones.length}` },
  { head: "WHY", cell: ({ words }) => words ?? "-" },
];

const phoneColumns: readonly RowColumn<PlannedPhone>[] = [
  { head: "MAC", cell: ({ mac }) => mac },
  { head: "SITE", cell: ({ site }) => site },
  { head: "BATCH", cell: ({ batch }) => `${batch ?? "-"}` },
  { head: "STATE", cell: ({ state }) => state },
  { head: "ASKED", cell: ({ askedAt }) => (askedAt === undefined ? "-" : new Date(askedAt).toISOString()) },
  { head: "WORDS", cell: ({ words }) => words ?? "-" },
];

interface ResyncsWords extends DataOptions {
  readonly pause?: boolean;
  readonly resume?: boolean;
  readonly stop?: boolean;
}

/** `offhook phone resyncs`: how far plans are, and a person's word on them. */
export function resyncsVerb(command: Command, context: CliContext): void {
  dataOptions(command.command("resyncs [id]"))
    .description("the resyncs that were ordered, newest first; with an id, phone by phone")
    .option("--pause", "ask no further batch until it is resumed")
    .option("--resume", "go on, also after a batch that did not come back")
    .option("--stop", "end it; who was not asked is not")
    .addHelpText("after", "\nExample:\n  offhook phone resyncs 01a20ebf-0ba1-7000-9600-bef38f6a6fc6 --stop\n")
    .action(async (id: string | undefined, options: ResyncsWords) => {
      const words = (["pause", "resume", "stop"] as const).filter((word) => options[word] === true);
      if (words.length > 1 || (words.length === 1 && id === undefined))
        throw new CliError(exitCodes.usage, "resyncs: expected one of --pause, --resume, --stop, with an id");
      await withResyncs(options, context, async (resyncs) => {
        if (id === undefined) {
          printRows(await resyncs.list(), columns, options, context);
          return;
        }
        const [word] = words;
        const { who } = authorOf({});
        const plan = need(await (word === undefined ? resyncs.show(id) : resyncs[word](id, who)));
        if (options.json === true) {
          context.out(JSON.stringify(plan));
          return;
        }
        context.say(printable(`${plan.state}: ${back(plan)} of ${plan.phones.length} phones are back`));
        if (plan.words !== undefined) context.say(printable(plan.words));
        if (word === undefined) printRows(plan.phones, phoneColumns, options, context);
      });
    });
}
