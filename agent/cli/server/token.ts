import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { apiTokenVerbs } from "./token-api.ts";
import { dataOptions, withInventory, type DataOptions } from "../with-inventory.ts";

/** `offhook token agent|api`: what lets a new agent in, once, and what programs show to the API. */
export function token(command: Command, context: CliContext): void {
  dataOptions(command.command("agent").description("make a token that enrols one agent, within 24 hours"))
    .requiredOption("--site <id>", "the site it will watch")
    .addHelpText("after", "\nExample:\n  offhook token agent --site north > token.txt\n")
    .action((options: DataOptions & { site: string }) => agentToken(options, context));
  apiTokenVerbs(command.command("api").description("tokens that programs show to the API"), context);
}

async function agentToken(options: DataOptions & { site: string }, context: CliContext): Promise<void> {
  const { createEnrolToken } = await import("../../../provisioning-server/main.ts");
  const made = await withInventory(options, context, async (inventory) => {
    const sites = await inventory.listSites();
    if (sites.some((site) => site.id === options.site)) return createEnrolToken(inventory, options.site);
    const known = sites.map((site) => site.id).join(", ");
    throw new CliError(
      exitCodes.failed,
      `there is no site "${options.site}"`,
      known === "" ? "Make it with `offhook site add`." : `Known sites: ${known}.`,
    );
  });
  if (options.json === true)
    context.out(JSON.stringify({ token: made.token.reveal(), expiresAt: made.expiresAt }));
  else context.out(made.token.reveal());
  context.say(
    "Give it to the agent: `offhook agent enrol --token-file token.txt`. It is good once, for 24 hours.",
  );
}
