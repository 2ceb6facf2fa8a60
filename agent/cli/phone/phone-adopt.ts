import type { Command } from "commander";
import { printMacAddress } from "../../../protocol/mac-address.ts";
import type { CliContext } from "../context.ts";
import { printRows, type RowColumn } from "../print/print-rows.ts";
import { dataOptions, need, type DataOptions } from "../with-inventory.ts";
import { withStory, type PhoneStory } from "./with-story.ts";

type Stranger = Awaited<ReturnType<PhoneStory["strangers"]>>[number];

const columns: readonly RowColumn<Stranger>[] = [
  { head: "MAC", cell: ({ mac }) => mac },
  { head: "VENDOR", cell: ({ vendor }) => vendor ?? "?" },
  { head: "MODEL", cell: ({ model }) => model ?? "?" },
  { head: "SITE", cell: ({ site }) => site ?? "-" },
  { head: "ADDRESS", cell: ({ address }) => address },
  { head: "TIMES", cell: ({ times }) => `${times}` },
  { head: "LAST", cell: ({ lastAt }) => new Date(lastAt).toISOString() },
  { head: "PORT", cell: ({ places }) => places.map(({ port }) => port).join(" ") || "-" },
];

interface AdoptWords extends DataOptions {
  readonly site?: string;
  readonly model?: string;
  readonly label?: string;
  readonly user?: string;
}

/** `offhook phone unknown` and `adopt`: phones that asked and nobody registered, and registering one in one step. */
export function adoptVerbs(command: Command, context: CliContext): void {
  dataOptions(command.command("unknown"))
    .description("phones that asked and are not registered: what they are, from where, on which switch port")
    .option("--site <id>", "only those of this site")
    .addHelpText("after", "\nExample:\n  offhook phone unknown\n")
    .action(async (options: DataOptions & { site?: string }) => {
      await withStory(options, context, async (story) => {
        const found = await story.strangers(options.site);
        printRows(found, columns, options, context);
        if (found.length > 0) context.say("`offhook phone adopt MAC` registers one.");
      });
    });
  dataOptions(command.command("adopt <mac>"))
    .description("register a phone that asked, as the model it says it is, on the switch port it was seen on")
    .option("--site <id>", "where it stands (where it was seen, unless told)")
    .option("--user <number>", "SIP user of line 1")
    .option("--model <name>", "as printed on it, where the guess is wrong")
    .option("--label <text>", "for people: room, owner")
    .addHelpText("after", "\nExample:\n  offhook phone adopt 80:5e:c0:01:00:01 --site berlin --user 201\n")
    .action(async (mac: string, options: AdoptWords) => {
      await withStory(options, context, async (story) => {
        const { site, user, model, label } = options;
        const adopted = need(
          await story.adopt(mac, {
            ...(site === undefined ? {} : { site }),
            ...(model === undefined ? {} : { model }),
            ...(label === undefined ? {} : { label }),
            ...(user === undefined ? {} : { settings: [{ path: "line1.user", text: user }] }),
          }),
        );
        const { device, port } = adopted;
        const where = port === undefined ? "" : `, on port ${port}`;
        if (options.json === true) context.out(JSON.stringify(adopted));
        else
          context.out(
            `${printMacAddress(device.mac)} adopted: ${device.vendor} ${device.model} at ${device.site}${where}`,
          );
      });
    });
}
