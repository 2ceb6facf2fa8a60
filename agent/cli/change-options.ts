import { userInfo } from "node:os";
import type { Command } from "commander";
import type { CliContext } from "./context.ts";
import { printFleetChange } from "./print/print-fleet-change.ts";
import { dataOptions, withInventory, type DataOptions, type Inventory } from "./with-inventory.ts";

export interface ChangeOptions extends DataOptions {
  readonly reason?: string;
  readonly dryRun?: boolean;
  readonly later?: boolean;
}

/** The options of verbs that change phones or sites. */
export function changeOptions(command: Command): Command {
  return dataOptions(command)
    .option("--reason <text>", "why, for `offhook change list`")
    .option("--dry-run", "say which phones' files would change and how, and store nothing")
    .option("--later", "store it as a planned change, which `offhook change apply` makes");
}

/** Whose change it is: the user of this machine, for the command line works on the data folder itself. */
export function authorOf(options: { readonly reason?: string }) {
  const { reason } = options;
  return { who: userName(), ...(reason === undefined ? {} : { reason }) };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return "command line"; // a user id without a name, as in containers
  }
}

/**
 * Opens the inventory and does what changes something, only looks at what it would do, or keeps it for later; `told` says
 * the result in the verb's own words, and whether it was made.
 */
export async function withChange<T>(
  options: ChangeOptions,
  context: CliContext,
  work: (inventory: Inventory) => Promise<T>,
  told: (value: T) => void,
): Promise<void> {
  const run = async (inventory: Inventory) => {
    const own = inventory.by(authorOf(options));
    if (options.dryRun === true) {
      const progress = (done: number) => context.progress(`${done} phones rendered`);
      const { preview } = await own.rehearse(work, progress);
      printFleetChange(preview.fleet, options, context);
    } else if (options.later === true) {
      const { id } = await own.planChange(work);
      if (options.json === true) context.out(JSON.stringify({ id, state: "planned" }));
      else context.say(`planned: \`offhook change apply ${id}\` makes it`);
    } else told(await work(own));
  };
  await withInventory(options, context, run, { makes: options.dryRun !== true });
}
