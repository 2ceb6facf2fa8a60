import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { dataOptions, need, type DataOptions } from "../with-inventory.ts";
import { withStory } from "./with-story.ts";

/** `offhook phone token`: the address that lets a phone in. */
export function tokenVerb(command: Command, context: CliContext): void {
  dataOptions(command.command("token <mac>"))
    .description("print the address to type into a phone: its own, or one for the first access alone")
    .option("--first", "for the first access: 3 files within 24 hours, and its config then holds its own")
    .addHelpText("after", "\nExample:\n  offhook phone token 80:5e:c0:01:00:01 --first\n")
    .action(async (mac: string, options: DataOptions & { first?: boolean }) => {
      await withStory(options, context, async (story, inventory) => {
        if (options.first !== true) return print({ address: need(await inventory.phoneAddress(mac)) });
        const { address, expiresAt, uses } = need(await story.firstAddress(mac));
        print({ address: address.reveal(), uses, until: new Date(expiresAt).toISOString() });
      });
      function print(made: { address: string; uses?: number; until?: string }): void {
        if (options.json === true) context.out(JSON.stringify({ mac, ...made }));
        else context.out(made.address);
        if (options.json !== true && made.uses !== undefined)
          context.say(
            `good for ${made.uses} files until ${made.until ?? ""}; one made before is worth nothing`,
          );
      }
    });
}
