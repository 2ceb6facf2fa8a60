import type { Command } from "commander";
import { Secret } from "../../../protocol/secret.ts";
import { authorOf } from "../change-options.ts";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { readInput } from "../secret-input.ts";
import { dataOptions, need, type DataOptions } from "../with-inventory.ts";
import { withResyncs } from "../phone/with-resyncs.ts";

interface PbxWords extends DataOptions {
  readonly address?: string;
  readonly user?: string;
  readonly password?: string;
  readonly none?: boolean;
}

/** `offhook site pbx`: the proxy that resyncs go through, where it is not the one phones are told, and our login there. */
export function pbxVerb(command: Command, context: CliContext): void {
  dataOptions(command.command("pbx <id>"))
    .description("the PBX that resyncs of a site's phones go through, and our login there")
    .option("--address <host:port>", "where it listens for SIP over UDP; 5060 unless told")
    .option("--user <name>", "our login there (each phone's own account, unless told)")
    .option("--password <file>", "its password, from a file (`-` is stdin)")
    .option("--none", "back to the proxy that phones are told")
    .addHelpText(
      "after",
      "\nExample:\n  offhook site pbx berlin --address pbx.example:5060 --user offhook --password - < password.txt\n",
    )
    .action(async (id: string, options: PbxWords) => {
      await withResyncs(options, context, async (resyncs) => {
        const { who } = authorOf({});
        const { address, none } = options;
        if (none === true) need(await resyncs.setPbx(id, who, undefined));
        else if (address !== undefined) need(await resyncs.setPbx(id, who, pbxOf(address, options)));
        else if (options.user !== undefined || options.password !== undefined)
          throw new CliError(exitCodes.usage, "site pbx: expected --address with a login, found none");
        const pbx = need(await resyncs.pbxOf(id));
        if (options.json === true) context.out(JSON.stringify(pbx ?? null));
        else if (pbx === undefined) context.out("the proxy that phones are told");
        else context.out(`${pbx.host}:${pbx.port}${pbx.user === undefined ? "" : ` as ${pbx.user}`}`);
      });
    });
}

function pbxOf(address: string, { user, password }: PbxWords) {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:]+)(?::(\d{1,5}))?$/.exec(address);
  const port = Number(match?.[2] ?? 5060);
  const host = match?.[1]?.replaceAll(/[[\]]/g, "");
  if (host === undefined || port < 1 || port > 65_535)
    throw new CliError(exitCodes.usage, `--address: expected host or host:port, found ${address}`);
  if ((user === undefined) !== (password === undefined))
    throw new CliError(exitCodes.usage, "site pbx: expected --user and --password together, found one");
  return {
    host,
    port,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password: new Secret(readInput(password).replace(/\r?\n$/, "")) }),
  };
}
