import type { Command } from "commander";
import type { CliContext } from "../context.ts";
import { asCliError } from "../with-inventory.ts";

interface Options {
  readonly config?: string;
  readonly data?: string;
  readonly json?: boolean;
  readonly to?: string;
}

/** `offhook server rotate-key`: another key for the secrets of the store; no secret is touched, only what wraps their keys. */
export function rotateKeyVerb(
  command: Command,
  context: CliContext,
  dataOf: (options: Options) => Promise<string>,
): void {
  command
    .option("--to <file>", "write the new key here: for a key that OFFHOOK_KEY_FILE or systemd gives")
    .action(async (options: Options) => {
      const data = await dataOf(options);
      const { rotateStoreKey } = await import("../../../provisioning-server/main.ts");
      try {
        const { keyId, tenants, path } = await rotateStoreKey(data, context.environment, options.to);
        if (options.json === true) context.out(JSON.stringify({ keyId, tenants, path }));
        context.say(`the store is under key ${keyId} (${path}); keys of tenants wrapped anew: ${tenants}`);
        context.say(
          options.to === undefined
            ? "Backups from before need the key from before: keep both, apart from the store."
            : "Put it in the place of the old key before the server starts again.",
        );
      } catch (error) {
        throw asCliError(error);
      }
    });
}
