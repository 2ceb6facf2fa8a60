import type { Command } from "commander";
import type { RunningServer, ServerConfig } from "../../../provisioning-server/main.ts";
import type { CliContext } from "../context.ts";
import { CliError, exitCodes } from "../exit-codes.ts";
import { printAudit, type AuditFlags } from "./server-audit.ts";
import { serverBans } from "./server-bans.ts";
import { roleOf } from "./role-of.ts";
import { rotateKeyVerb } from "./server-rotate-key.ts";
import { untilStopped } from "../until-stopped.ts";
import { need } from "../with-inventory.ts";
import { upgradeCheckVerb } from "./upgrade-check.ts";

interface ServerOptions {
  readonly config?: string;
  readonly data?: string;
  readonly json?: boolean;
}

/** `offhook server run|check-config|show-config|sign-in|audit|rotate-key|health`. */
export function server(command: Command, context: CliContext): void {
  verb(
    command,
    "run",
    "answer phones, agents and staff until stopped",
    "offhook server run --config server.toml",
  ).action((options: ServerOptions) => run(options, context));
  verb(
    command,
    "check-config",
    "check the settings file, all problems at once",
    "offhook server check-config",
  ).action(async (options: ServerOptions) => {
    await readServerSettings(options);
    context.say("The settings are good.");
  });
  verb(
    command,
    "show-config",
    "the settings in force, defaults included",
    "offhook server show-config",
  ).action(async (options: ServerOptions) =>
    context.out(JSON.stringify(await readServerSettings(options), null, options.json ? 0 : 2)),
  );
  verb(
    command,
    "sign-in",
    "make a link that signs a person in once, within 15 minutes",
    "offhook server sign-in noc",
  )
    .argument("<login>", "the person's login, or tenant/login; the account is made when it is missing")
    .option("--role <role>", "viewer, operator, engineer, admin or owner", "operator")
    .action((login: string, options: ServerOptions & { role: string }) => signIn(login, options, context));
  verb(command, "audit", "who did what, newest first, and whether the book is whole", "offhook server audit")
    .option("--last <n>", "how many entries", Number, 50)
    .option("--tenant <id>", "whose (else OFFHOOK_TENANT, else default)")
    .action(async (options: ServerOptions & AuditFlags) =>
      printAudit(await readServerSettings(options), options, context),
    );
  upgradeCheckVerb(command, context);
  verb(command, "bans", "who is shut out as hostile, and letting somebody in again", "offhook server bans")
    .option("--lift <source>", "let this one in again")
    .action(async (options: ServerOptions & { lift?: string }) =>
      serverBans(await readServerSettings(options), options, context),
    );
  rotateKeyVerb(
    verb(
      command,
      "rotate-key",
      "put the secrets of the store under a new key; works beside a running server",
      "offhook server rotate-key",
    ),
    context,
    async (options) => (await readServerSettings(options)).data,
  );
  verb(command, "health", "ask the running server whether it is ready", "offhook server health").action(
    (options: ServerOptions) => health(options, context),
  );
}

function verb(command: Command, name: string, about: string, example: string): Command {
  return command
    .command(name)
    .description(about)
    .option("--config <file>", "settings (else OFFHOOK_CONFIG, else the defaults)")
    .option("--data <folder>", "the data folder, instead of the settings' one")
    .option("--json", "machine-readable on stdout")
    .addHelpText("after", `\nExample:\n  ${example}\n`);
}

/** @throws CliError (bad configuration) with every problem. */
export async function readServerSettings(
  options: Pick<ServerOptions, "config" | "data">,
): Promise<ServerConfig> {
  const { ConfigError, readServerConfig } = await import("../../../provisioning-server/main.ts");
  try {
    const config = readServerConfig(options.config ?? process.env.OFFHOOK_CONFIG);
    return options.data === undefined ? config : { ...config, data: options.data };
  } catch (error) {
    if (error instanceof ConfigError)
      throw new CliError(exitCodes.badConfig, error.message, "docs/commands.md shows every setting.");
    throw error;
  }
}

async function start(config: ServerConfig): Promise<RunningServer> {
  const { startServer } = await import("../../../provisioning-server/main.ts");
  try {
    return await startServer(config);
  } catch (error) {
    throw startProblem(error);
  }
}

const kernelWords: Readonly<Record<string, string>> = {
  EADDRINUSE: "another program has this port: stop it, or choose another port in the settings",
  EACCES: "this user may not take this port: use one above 1023, or give the service CAP_NET_BIND_SERVICE",
  EADDRNOTAVAIL: "this machine does not have this address: correct `host` in the settings",
};

/** What the world did at start, with what to do next; the rest is a bug and stays as it is. */
export function startProblem(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = "code" in error ? String(error.code) : "";
  if (error.name === "StoreError") return new CliError(exitCodes.store, error.message);
  const words = kernelWords[code];
  return words === undefined ? error : new CliError(exitCodes.failed, error.message, `${words}.`);
}

async function run(options: ServerOptions, context: CliContext): Promise<void> {
  const running = await start(await readServerSettings(options));
  const ports = {
    phones: running.phonesUrl,
    staff: running.staffUrl,
    tftp: running.tftpPort,
    http: running.httpPort,
    legacy: running.legacyPort,
    metrics: running.metricsPort,
  };
  if (options.json === true) context.out(JSON.stringify(ports));
  context.say(
    `phones ${running.phonesUrl}   staff and agents ${running.staffUrl}   TFTP ${String(running.tftpPort)}`,
  );
  context.say("`offhook server sign-in NAME` makes a link to sign in with. Ctrl-C stops.");
  const { startWatchdog } = await import("../../../provisioning-server/main.ts");
  const stopWatchdog = startWatchdog();
  await untilStopped(context.signal);
  await running.drain();
  await running.close();
  await stopWatchdog();
  // Being stopped is how a service ends well.
  context.end(exitCodes.done);
}

async function signIn(
  login: string,
  options: ServerOptions & { role: string },
  context: CliContext,
): Promise<void> {
  const config = await readServerSettings(options);
  const { createSignInLink } = await import("../../../provisioning-server/main.ts");
  const link = need(await createSignInLink(config, login, await roleOf(options.role)));
  if (options.json === true) context.out(JSON.stringify({ url: link.url, expiresAt: link.expiresAt }));
  else context.out(link.url);
  context.say(`Signs ${login} in once, until ${new Date(link.expiresAt).toISOString()}.`);
}

async function health(options: ServerOptions, context: CliContext): Promise<void> {
  const config = await readServerSettings(options);
  const url = `http://${config.metrics.host}:${config.metrics.port}/readyz?verbose`;
  try {
    const reply = await fetch(url, { signal: AbortSignal.any([context.signal, AbortSignal.timeout(5000)]) });
    context.out((await reply.text()).trimEnd());
    context.end(reply.ok ? exitCodes.done : exitCodes.problemFound);
  } catch {
    throw new CliError(
      exitCodes.unreachable,
      `no server answers at ${url}`,
      "Start it with `offhook server run`.",
    );
  }
}
