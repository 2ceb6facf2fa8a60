import type { ServerConfig } from "../../../provisioning-server/main.ts";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { printRows, type RowColumn } from "../print/print-rows.ts";
import { withStory, type PhoneStory } from "../phone/with-story.ts";

type Ban = Awaited<ReturnType<PhoneStory["listBans"]>>[number];

const columns: readonly RowColumn<Ban>[] = [
  { head: "SOURCE", cell: ({ source }) => source },
  { head: "FOR", cell: ({ kind }) => kind },
  { head: "SINCE", cell: ({ at }) => new Date(at).toISOString() },
  { head: "UNTIL", cell: ({ until }) => new Date(until).toISOString() },
];

/** `offhook server bans`: who is shut out, and letting somebody in again. */
export async function serverBans(
  { data }: Pick<ServerConfig, "data">,
  { lift, json }: { readonly lift?: string; readonly json?: boolean },
  context: CliContext,
): Promise<void> {
  const options = { data, ...(json === undefined ? {} : { json }) };
  await withStory(options, context, async (story) => {
    if (lift === undefined) return printRows(await story.listBans(), columns, options, context);
    if (!(await story.liftBan(lift)))
      throw new CliError(exitCodes.failed, `${lift} is not shut out`, "`offhook server bans` lists who is.");
    context.say(`${lift} is let in again, within five seconds`);
  });
}
