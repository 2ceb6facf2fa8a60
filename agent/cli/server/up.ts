import type { Command } from "commander";
import { pino } from "pino";
import type { CliContext } from "../context.ts";
import { exitCodes } from "../exit-codes.ts";
import { readServerSettings, startProblem } from "./server.ts";
import { startTogether } from "../together.ts";
import { untilStopped } from "../until-stopped.ts";

interface UpOptions {
  readonly config?: string;
  readonly data?: string;
  readonly site: string;
}

/** `offhook up`: one place, one process. */
export function up(command: Command, context: CliContext): void {
  command
    .option("--config <file>", "settings of the server (else OFFHOOK_CONFIG, else the defaults)")
    .option("--data <folder>", "the data folder, instead of the settings' one")
    .option("--site <id>", "the site this place is", "local")
    .addHelpText("after", "\nExample:\n  offhook up --site north\n")
    .action((options: UpOptions) => run(options, context));
}

async function run(options: UpOptions, context: CliContext): Promise<void> {
  const config = await readServerSettings(options);
  const log = pino({ level: config.logLevel, base: null }, pino.destination(2));
  const together = await startTogether({ config, site: options.site, log }).catch((error: unknown) => {
    throw startProblem(error);
  });
  const { inventory } = together.server;
  const sites = await inventory.listSites();
  if (!sites.some((site) => site.id === options.site))
    await inventory.addSite({ id: options.site, name: options.site });
  await together.startAgent();
  const link = await together.server.signInLink("noc", "admin");
  context.say(`phones ${together.server.phonesUrl}   TFTP ${String(together.server.tftpPort)}`);
  context.out(`${together.server.staffUrl}/sign-in/link/${link.reveal()}`);
  context.say("The link signs in once, within 15 minutes. Ctrl-C stops.");
  await untilStopped(context.signal);
  await together.close();
  context.end(exitCodes.done);
}
