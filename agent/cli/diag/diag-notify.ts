import type { Command } from "commander";
import { notify } from "../../probes/notify.ts";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { addSettingsOptions } from "../settings-options.ts";
import { openProfiles } from "../profile/with-profiles.ts";

interface NotifyFlags extends Record<string, unknown> {
  readonly vendor?: string;
  readonly reboot?: boolean;
  readonly forms?: boolean;
}

type RunNotify = (target: string, options: Record<string, unknown>) => Promise<void>;

/** `offhook diag notify`: what it adds to its probe is the vendors' words, which stand in their profiles. */
export function addNotify(diagCommand: Command, context: CliContext, run: RunNotify): void {
  const verb = diagCommand
    .command(notify.verb)
    .description(notify.about)
    .argument("[target]", notify.target)
    .option("--json", "one JSON object on stdout: observations and findings")
    .option("-v, --verbose", "every observation, not only the table")
    .option(
      "--vendor <name>",
      "use this vendor's word, by the name of its profiles, such as yealink or cisco-mpp",
    )
    .option("--reboot", "with --vendor: its word for a restart")
    .option("--forms", "only list every vendor's words");
  addSettingsOptions(verb, notify.settings);
  verb.addHelpText("after", `\nExample:\n  ${notify.example}\n`);
  verb.action(async (target: string | undefined, flags: NotifyFlags) => {
    const { vendor, reboot = false, forms, ...options } = flags;
    if (forms === true) return listForms(context);
    if (target === undefined) throw new CliError(exitCodes.usage, "whom? a phone's address, or USER@PBX");
    if (reboot && vendor === undefined) throw new CliError(exitCodes.usage, "--reboot needs --vendor");
    const event = vendor === undefined ? {} : { event: await wordOf(vendor, reboot) };
    await run(target, { ...options, ...event });
  });
}

/** @throws CliError where the vendor is not known, or its phones obey no such word. */
async function wordOf(vendor: string, reboot: boolean): Promise<string> {
  const { desk, profiles } = await openProfiles({});
  const word = vendor.toLowerCase();
  const family =
    profiles.families.find(({ id }) => id === word) ??
    profiles.families.find((each) => each.vendor.vendor === word);
  if (family === undefined)
    throw new CliError(
      exitCodes.usage,
      `no profile is called ${vendor}`,
      "`offhook diag notify --forms` lists them.",
    );
  const form = desk.notifyForm(family.vendor, reboot);
  if (form.ok) return form.event;
  throw new CliError(exitCodes.failed, form.why, form.instead);
}

async function listForms(context: CliContext): Promise<void> {
  const { desk, profiles } = await openProfiles({});
  const rows = profiles.families.map(({ id, vendor }) => {
    const [plain, restart] = [desk.notifyForm(vendor, false), desk.notifyForm(vendor, true)];
    return [id, plain.ok ? plain.event : "none", restart.ok ? restart.event : "none"] as const;
  });
  context.out(`${"profile".padEnd(22)} ${"fetch config".padEnd(26)} restart`);
  for (const [id, event, restart] of rows) context.out(`${id.padEnd(22)} ${event.padEnd(26)} ${restart}`);
  context.end(exitCodes.done);
}
