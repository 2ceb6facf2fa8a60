import type { ServerConfig } from "../../../provisioning-server/main.ts";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { need } from "../with-inventory.ts";
import { printRows } from "../print/print-rows.ts";

export interface AuditFlags {
  readonly last: number;
  readonly tenant?: string;
  readonly json?: boolean;
}

/** `offhook server audit`: who did what, newest first, and whether the book is whole. Works beside a running server. */
export async function printAudit(
  config: ServerConfig,
  { last, json, tenant }: AuditFlags,
  context: CliContext,
): Promise<void> {
  if (!Number.isInteger(last) || last < 1 || last > 100_000)
    throw new CliError(exitCodes.usage, "--last: expected a whole number from 1 to 100000");
  const { readAudit } = await import("../../../provisioning-server/main.ts");
  const told = tenant ?? context.environment.OFFHOOK_TENANT;
  const { rows, broken } = need(await readAudit(config, last, told === "" ? undefined : told));
  printRows(
    rows,
    [
      { head: "#", cell: ({ entry }) => String(entry) },
      { head: "AT", cell: ({ at }) => new Date(at).toISOString() },
      { head: "WHO", cell: ({ who }) => who },
      { head: "FROM", cell: ({ address }) => address ?? "" },
      { head: "WHAT", cell: ({ what }) => what },
      { head: "TO", cell: ({ subject }) => subject },
      { head: "DETAIL", cell: ({ detail }) => detail },
    ],
    json === true ? { json } : {},
    context,
  );
  if (broken === undefined) return context.say("The book is whole: each entry fits the one before it.");
  context.say(
    context.style.bad(`Entry ${broken} does not fit the ones before it: one was altered or taken out.`),
  );
  context.end(exitCodes.problemFound);
}
