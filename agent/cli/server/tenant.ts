import type { Command } from "commander";
import type { Tenant } from "../../../protocol/tenant.ts";
import type { CliContext } from "../context.ts";
import { printable, printRows, type RowColumn } from "../print/print-rows.ts";
import { settingText } from "../secret-input.ts";
import { leavesOf } from "../setting-lines.ts";
import { need, storeOptions, withInventory, type Inventory, type StoreOptions } from "../with-inventory.ts";

/** `offhook tenant`: whose sites and phones these are; each sees only their own. */
export function tenant(command: Command, context: CliContext): void {
  addVerb(command, context);
  lookVerbs(command, context);
  setVerb(command, context);
  storeOptions(command.command("remove <id>"))
    .description("forget a tenant that has no sites, phones, agents and members left")
    .addHelpText("after", "\nExample:\n  offhook tenant remove acme\n")
    .action(async (id: string, options: StoreOptions) => {
      await withTenants(options, context, async (inventory) => {
        need(await inventory.tenants.remove(id));
        context.say(`tenant ${id} is forgotten`);
      });
    });
}

function addVerb(command: Command, context: CliContext): void {
  storeOptions(command.command("add <id>"))
    .description("make a tenant, or change its name")
    .option("--name <text>", "name for people")
    .addHelpText(
      "after",
      "\nExample:\n  offhook tenant add acme --name 'Acme Ltd'\n  offhook site add hq --tenant acme\n",
    )
    .action(async (id: string, options: StoreOptions & { name?: string }) => {
      const draft = { id, ...(options.name === undefined ? {} : { name: options.name }) };
      await withTenants(
        options,
        context,
        async (inventory) => {
          const stored = need(await inventory.tenants.add(draft));
          if (options.json === true) context.out(JSON.stringify(stored));
          else context.out(`tenant ${stored.id}: ${stored.name}`);
        },
        { makes: true },
      );
    });
}

const columns: readonly RowColumn<Tenant>[] = [
  { head: "TENANT", cell: (row) => row.id },
  { head: "NAME", cell: (row) => row.name },
];

function lookVerbs(command: Command, context: CliContext): void {
  storeOptions(command.command("list"))
    .description("all tenants")
    .addHelpText("after", "\nExample:\n  offhook tenant list\n")
    .action(async (options: StoreOptions) => {
      await withTenants(options, context, async (inventory) => {
        printRows(await inventory.tenants.list(), columns, options, context);
      });
    });
  storeOptions(command.command("show <id>"))
    .description("one tenant with its settings; secrets are dots")
    .addHelpText("after", "\nExample:\n  offhook tenant show acme\n")
    .action(async (id: string, options: StoreOptions) => {
      await withTenants(options, context, async (inventory) => {
        const found = need(await inventory.tenants.show(id));
        if (options.json === true) context.out(JSON.stringify(found));
        else for (const line of tenantLines(found)) context.out(printable(line));
      });
    });
}

function tenantLines({ id, name, settings }: Tenant): string[] {
  return [`${id}  ${name}`, ...leavesOf(settings, "").map(([path, text]) => `${path} = ${text}`)];
}

function setVerb(command: Command, context: CliContext): void {
  storeOptions(command.command("set <id> <path> [value]"))
    .description("set one setting of all phones of a tenant; sites and phones may say otherwise")
    .option("--file <file>", "read the value from a file (`-` is stdin): the way for secrets")
    .option("--unset", "take the setting out")
    .addHelpText("after", "\nExample:\n  offhook tenant set acme time.zone Europe/Vienna\n")
    .action(
      async (
        id: string,
        path: string,
        value: string | undefined,
        options: StoreOptions & { file?: string; unset?: boolean },
      ) => {
        const text = options.unset === true ? undefined : settingText(path, value, options.file);
        await withTenants(options, context, async (inventory) => {
          const stored = need(await inventory.tenants.set(id, path, text));
          if (options.json === true) context.out(JSON.stringify(stored));
          else context.say(`tenant ${id}: ${path} ${text === undefined ? "taken out" : "set"}`);
        });
      },
    );
}

/** Whom OFFHOOK_TENANT names plays no part: the verbs name the tenant themselves. */
function withTenants(
  options: StoreOptions,
  context: CliContext,
  run: (inventory: Inventory) => Promise<void>,
  how: { readonly makes?: boolean } = {},
): Promise<void> {
  return withInventory({ ...options, tenant: "" }, context, run, how);
}
