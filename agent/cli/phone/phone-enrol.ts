import type { Command } from "commander";
import { enrolmentWords } from "../../../protocol/enrolment-words.ts";
import type { CliContext } from "../context.ts";
import { dataOptions, need, type DataOptions } from "../with-inventory.ts";
import { withStory } from "./with-story.ts";

const verbs = [
  ["revoke", "revoke", "give a phone nothing any more, whatever it shows; `re-enrol` takes that back"],
  [
    "re-enrol",
    "re-enrol",
    "begin a phone's enrolment anew, with a new token: after a reset, a loss, a revocation",
  ],
] as const;

/** `offhook phone revoke` and `re-enrol`: a person's word on who is let in. */
export function enrolVerbs(command: Command, context: CliContext): void {
  for (const [name, kind, about] of verbs)
    dataOptions(command.command(`${name} <mac>`))
      .description(about)
      .addHelpText("after", `\nExample:\n  offhook phone ${name} 80:5e:c0:01:00:01\n`)
      .action(async (mac: string, options: DataOptions) => {
        await withStory(options, context, async (story) => {
          const state = need(await story.enrol(mac, { kind }));
          if (options.json === true) context.out(JSON.stringify({ mac, state }));
          else context.say(`${state}: the phone ${enrolmentWords(state)}`);
        });
      });
}
