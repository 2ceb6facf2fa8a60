import { userInfo } from "node:os";
import type { Command } from "commander";
import type { ProgramTokens } from "../../../provisioning-server/main.ts";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { printRows, type RowColumn } from "../print/print-rows.ts";
import { roleOf } from "./role-of.ts";
import { dataOptions, need, withInventory, type DataOptions } from "../with-inventory.ts";

type Listed = Awaited<ReturnType<ProgramTokens["list"]>>[number];

const iso = (at: number) => new Date(at).toISOString();
const columns: readonly RowColumn<Listed>[] = [
  { head: "ID", cell: ({ id }) => id },
  { head: "NAME", cell: ({ name }) => name },
  { head: "ROLE", cell: ({ role }) => role },
  { head: "UNTIL", cell: ({ expiresAt }) => iso(expiresAt) },
  { head: "LAST USED", cell: ({ usedAt }) => (usedAt === undefined ? "never" : iso(usedAt)) },
  { head: "MADE BY", cell: ({ madeBy }) => madeBy },
];

/** `offhook token api add|list|revoke`. */
export function apiTokenVerbs(command: Command, context: CliContext): void {
  addVerb(command, context);
  dataOptions(command.command("list"))
    .description("tokens of programs, never the tokens themselves")
    .addHelpText("after", "\nExample:\n  offhook token api list\n")
    .action(async (options: DataOptions) => {
      printRows(await withTokens(options, context, (tokens) => tokens.list()), columns, options, context);
    });
  dataOptions(command.command("revoke <id>"))
    .description("make a token worthless")
    .addHelpText("after", "\nExample:\n  offhook token api revoke 0198d0b3-6a00-7000-8000-000000000001\n")
    .action(async (id: string, options: DataOptions) => {
      need(await withTokens(options, context, (tokens) => tokens.revoke(id)));
      context.say(`token ${id} is revoked`);
    });
}

function addVerb(command: Command, context: CliContext): void {
  dataOptions(command.command("add <name>"))
    .description("make a token for a program; it is shown this once")
    .option("--role <role>", "viewer, operator, engineer, admin or owner", "viewer")
    .option("--days <n>", "how long it is good, at most 730", "90")
    .addHelpText("after", "\nExample:\n  offhook token api add crm --role engineer > crm.token\n")
    .action(async (name: string, options: DataOptions & { role: string; days: string }) => {
      const [role, days] = [await roleOf(options.role), daysOf(options.days)];
      if (!/^[\w .@-]{1,60}$/.test(name))
        throw new CliError(exitCodes.usage, `expected a name of 1 to 60 letters and digits, found ${name}`);
      const made = await withTokens(options, context, (tokens) => tokens.add(name, role, days));
      const { token, secret } = made;
      if (options.json === true) context.out(JSON.stringify({ ...token, token: secret.reveal() }));
      else context.out(secret.reveal());
      context.say(`Good until ${iso(token.expiresAt)}, as ${role} of tenant ${token.tenant}.`);
    });
}

function daysOf(text: string): number {
  const days = Number(text);
  if (Number.isInteger(days) && days >= 1 && days <= 730) return days;
  throw new CliError(exitCodes.usage, `--days: expected a number from 1 to 730, found ${text}`);
}

async function withTokens<T>(
  options: DataOptions,
  context: CliContext,
  run: (tokens: ProgramTokens) => Promise<T>,
): Promise<T> {
  const { ProgramTokens: Tokens } = await import("../../../provisioning-server/main.ts");
  return withInventory(options, context, (inventory) => run(new Tokens(inventory, userInfo().username)));
}
