import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { openProfiles } from "../profile/with-profiles.ts";
import { printFleetChange } from "../print/print-fleet-change.ts";
import { dataOptions, withInventory, type DataOptions } from "../with-inventory.ts";

/** `offhook server upgrade-check`: what other profiles change in the files of every phone. */
export function upgradeCheckVerb(command: Command, context: CliContext): void {
  dataOptions(command.command("upgrade-check <old> [new]"))
    .description(
      "render every phone with two folders of profiles and show what differs; without NEW, our own is the new one",
    )
    .addHelpText(
      "after",
      "\nExample:\n  offhook server upgrade-check /usr/share/offhook-1.3/firmware-profiles\n",
    )
    .action(async (old: string, next: string | undefined, options: DataOptions) => {
      const [before, after] = await Promise.all([
        openProfiles({ profiles: old }),
        openProfiles(next === undefined ? {} : { profiles: next }),
      ]);
      await withInventory(options, context, async (inventory) => {
        const total = (await inventory.listPhones()).length;
        const progress = (done: number) => context.progress(`${done} of ${total} phones rendered`);
        const fleet = await inventory.changes.compareProfiles(before.profiles, after.profiles, progress);
        printFleetChange(fleet, options, context);
        context.end(fleet.groups.length === 0 ? exitCodes.done : exitCodes.problemFound);
      });
    });
}
