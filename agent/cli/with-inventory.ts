import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import type { openInventory } from "../../provisioning-server/main.ts";
import type { CliContext } from "./context.ts";
import { CliError, exitCodes, type ExitCode } from "./exit-codes.ts";

export type Inventory = Awaited<ReturnType<typeof openInventory>>;

/** What a verb of the inventory says was wrong: the shape of provisioning-server/inventory/flaw.ts. */
interface Flaw {
  readonly place: string;
  readonly expected: string;
  readonly found: string;
  readonly remedy?: string;
}
type Verb<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly flaws: readonly Flaw[] };

export interface StoreOptions {
  readonly data?: string;
  readonly json?: boolean;
  readonly plain?: boolean;
}

export interface DataOptions extends StoreOptions {
  readonly tenant?: string;
}

/** The options of every verb that works on the store. */
export function storeOptions(command: Command): Command {
  return command
    .option("--data <folder>", "the server's data folder (else OFFHOOK_DATA, else ./data)")
    .option("--json", "machine-readable: one JSON object a line")
    .option("--plain", "tab-separated, without words around it");
}

/** The options that every verb of a tenant's inventory has. */
export function dataOptions(command: Command): Command {
  return storeOptions(command).option("--tenant <id>", "whose (else OFFHOOK_TENANT, else default)");
}

/**
 * Opens the inventory for one verb and closes it after. Only a verb that may be somebody's first (`add`, `import`) makes a
 * store where none is; to all others a folder without one is a mistyped folder.
 */
export async function withInventory<T>(
  options: DataOptions,
  context: CliContext,
  run: (inventory: Inventory) => Promise<T>,
  { makes = false }: { readonly makes?: boolean } = {},
): Promise<T> {
  const server = await import("../../provisioning-server/main.ts");
  const data = options.data ?? context.environment.OFFHOOK_DATA ?? "./data";
  const isNew = !hasStore(data, context);
  if (isNew && !makes)
    throw new CliError(
      exitCodes.store,
      `no store is in ${data}`,
      "`--data` or OFFHOOK_DATA names another folder; `offhook site add` or `offhook server run` makes a store.",
    );
  try {
    await using inventory = await server.openInventory({ data });
    // Else a mistyped folder looks like an inventory that somebody has emptied.
    if (isNew)
      context.say(`no store was in ${data}: a new, empty one was made (\`--data\` names another folder)`);
    const tenant = options.tenant ?? context.environment.OFFHOOK_TENANT;
    if (tenant === undefined || tenant === "") return await run(inventory);
    need(await inventory.tenants.show(tenant));
    return await run(inventory.ofTenant(tenant));
  } catch (error) {
    throw asCliError(error);
  }
}

/** A PostgreSQL is there or says itself that it is not. */
function hasStore(data: string, { environment }: CliContext): boolean {
  const { OFFHOOK_STORE: url = "", OFFHOOK_STORE_FILE: file = "" } = environment;
  return url !== "" || file !== "" || existsSync(join(data, "offhook.sqlite"));
}

/** Store and profiles say by their error's name that they are the world's fault, not a bug. */
export function asCliError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  if (error.name === "StoreError") return new CliError(exitCodes.store, error.message);
  if (error.name === "ProfileProblems") return new CliError(exitCodes.badConfig, error.message);
  return error;
}

/** The value, or the end of the verb with all that was wrong. */
export function need<T>(verb: Verb<T>, code: ExitCode = exitCodes.failed): T {
  if (verb.ok) return verb.value;
  const lines = verb.flaws.map((flaw) => flawLine(flaw));
  throw new CliError(code, lines.join("\n  "), verb.flaws.length === 1 ? verb.flaws[0]?.remedy : undefined);
}

export function flawLine(flaw: Flaw): string {
  return `${flaw.place}: expected ${flaw.expected}, found ${flaw.found}`;
}
