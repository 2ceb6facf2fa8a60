import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { Option, type Command } from "commander";
import { pino } from "pino";
import { diagnose } from "../../diagnosis/diagnose.ts";
import { measuredText } from "../../protocol/measured-text.ts";
import { Secret } from "../../protocol/secret.ts";
import { BadConfig, problemSentence, readAgentConfig, type AgentConfig } from "../config.ts";
import { systemDisk } from "../io/host/disk.ts";
import { FolderLocked, lockFolder } from "../io/host/lock-folder.ts";
import { FolderUnusable } from "../io/host/make-folder.ts";
import { openServerLink, type ServerReply } from "../io/server-link.ts";
import { systemIo } from "../io/system-io.ts";
import { agentVersion, startAgent } from "../main.ts";
import { probes } from "../probes/list.ts";
import { switches } from "../probes/switches.ts";
import { Identity, readMembership, type Membership } from "../report/identity.ts";
import { readSpool } from "../report/read-spool.ts";
import { readyPlans } from "../schedule/plans.ts";
import type { CliContext } from "./context.ts";
import { CliError, exitCodes } from "./exit-codes.ts";
import { openPlaces } from "./diag/kept-places.ts";
import { stateFolder } from "./state-folder.ts";
import { untilStopped } from "./until-stopped.ts";

/** Ms; what a crash loses of where phones were. */
const keepPlacesEvery = 600_000;

interface Where {
  readonly config?: string;
  readonly json?: boolean;
}

/** `offhook agent run|enrol|check|status|spool`. */
export function agent(command: Command, context: CliContext): void {
  verb(command, "run", "watch this site until stopped", "offhook agent run --config agent.toml").action(
    (where: Where) => run(where, context),
  );
  verb(command, "enrol", "spend an enrolment token; it is read from stdin", "offhook agent enrol < token.txt")
    .addOption(new Option("--token-file <file>", "read the token from a file"))
    .action((where: Where & { tokenFile?: string }) => enrol(where, context));
  verb(
    command,
    "check",
    "check the settings, the site file and the way to the server",
    "offhook agent check",
  ).action((where: Where) => check(where, context));
  verb(
    command,
    "status",
    "who this agent is and what waits on its disk",
    "offhook agent status --json",
  ).action((where: Where) => status(where, context));
  verb(command, "spool", "list the reports that wait on the disk", "offhook agent spool").action(
    (where: Where) => spool(where, context),
  );
}

function verb(command: Command, name: string, about: string, example: string): Command {
  return command
    .command(name)
    .description(about)
    .option("--config <file>", "settings; default: agent.toml of this user, then /etc/offhook/agent.toml")
    .option("--json", "machine-readable on stdout")
    .addHelpText("after", `\nExample:\n  ${example}\n`);
}

/** @throws CliError (bad configuration) with every problem on its own line. */
function settings({ config }: Where, { environment }: CliContext): AgentConfig {
  const home = environment.HOME ?? homedir();
  const own = join(environment.XDG_CONFIG_HOME ?? join(home, ".config"), "offhook", "agent.toml");
  const file = config ?? [own, "/etc/offhook/agent.toml"].find((path) => existsSync(path));
  try {
    return readAgentConfig({ file, environment, defaultState: stateFolder(environment) });
  } catch (error) {
    throw asCliError(error);
  }
}

function asCliError(error: unknown): unknown {
  if (error instanceof BadConfig)
    return new CliError(
      exitCodes.badConfig,
      `the settings are not good:\n  ${error.problems.map(problemSentence).join("\n  ")}`,
    );
  if (error instanceof FolderLocked)
    return new CliError(
      exitCodes.failed,
      error.message,
      "Stop it first, or give this one a state folder of its own.",
    );
  if (error instanceof FolderUnusable)
    return new CliError(
      exitCodes.store,
      error.message,
      "Name another with `state` in the settings or OFFHOOK_STATE, or give this one to the agent's user.",
    );
  return error;
}

async function run(where: Where, context: CliContext): Promise<void> {
  const config = settings(where, context);
  const options = { base: null, timestamp: pino.stdTimeFunctions.isoTime };
  const log = pino({ ...options, formatters: { level: (level) => ({ level }) } }, pino.destination(2));
  try {
    // A phone that moved while the agent was down is noticed at its next start.
    const places = openPlaces(config.state);
    const running = await startAgent({ config, io: systemIo(), probes, diagnose, switches, log });
    context.say(`watching; state in ${config.state}; Ctrl-C stops`);
    const keeping = setInterval(() => places.keep(context), keepPlacesEvery);
    await untilStopped(context.signal);
    clearInterval(keeping);
    await running.stop();
    places.keep(context);
    context.end(exitCodes.done);
  } catch (error) {
    throw asCliError(error);
  }
}

function tokenFrom(file: string | undefined, context: CliContext): Secret {
  const path = file ?? context.environment.OFFHOOK_ENROL_TOKEN_FILE;
  if (path === undefined && context.stdin.isTTY === true)
    context.say("Paste the enrolment token, then Enter and Ctrl-D:");
  const text = readFileSync(path ?? 0, "utf8").trim();
  if (/^pvt_[a-z2-7]{32}$/.test(text)) return new Secret(text);
  throw new CliError(
    exitCodes.usage,
    "that is no enrolment token: expected `pvt_` and 32 letters or digits",
    "`offhook token agent` on the server makes one; it is good for one agent and 24 h.",
  );
}

function needServer(config: AgentConfig): NonNullable<AgentConfig["server"]> {
  if (config.server !== undefined) return config.server;
  throw new CliError(
    exitCodes.badConfig,
    "no server is set",
    'Write [server] url = "https://…" and pins or ca into agent.toml, or set OFFHOOK_SERVER__URL.',
  );
}

async function enrol(where: Where & { tokenFile?: string }, context: CliContext): Promise<void> {
  const config = settings(where, context);
  const { url, trust } = needServer(config);
  const token = tokenFrom(where.tokenFile, context);
  const release = lock(config.state);
  await using link = openServerLink({ url, trust, timeout: 15_000 });
  try {
    const identity = await Identity.open(config.state, systemDisk);
    context.progress(`asking ${url} …`);
    const facts = { hostname: config.name, version: agentVersion, platform: process.platform };
    const result = await identity.enrol(link, token, facts);
    if (result.kind === "refused") throw refusal(url, result.reply);
    const { agentId, serverId } = result.membership;
    if (where.json === true) context.out(JSON.stringify({ agentId, serverId }));
    else context.out(`enrolled as ${agentId}`);
  } finally {
    release();
  }
}

function lock(folder: string): () => void {
  try {
    return lockFolder(folder);
  } catch (error) {
    throw asCliError(error);
  }
}

function refusal(url: string, reply: ServerReply): CliError {
  if (reply.kind === "failure")
    return new CliError(exitCodes.unreachable, `cannot reach ${url}: ${reply.code}, ${reply.why}`);
  if (reply.status >= 500)
    return new CliError(exitCodes.unreachable, `${url} has trouble of its own (${reply.status}); try again`);
  return new CliError(
    exitCodes.refused,
    `${url} says no: ${reply.problem ?? reply.status}`,
    "A token is good for one agent and 24 h; ask for a new one.",
  );
}

async function check(where: Where, context: CliContext): Promise<void> {
  const config = settings(where, context);
  const site = config.site === undefined ? undefined : readyPlans(config.site, probes);
  if (site?.ok === false) {
    const problems = site.problems.map((problem) => problemSentence({ file: "site", ...problem }));
    throw new CliError(exitCodes.badConfig, `the site file is not good:\n  ${problems.join("\n  ")}`);
  }
  const membership = await readMembership(config.state, systemDisk);
  const server = config.server === undefined ? undefined : await ask(config.server, membership);
  const about = {
    settings: "ok",
    plans: site?.ok === true ? site.plans.length : 0,
    enrolled: membership !== undefined,
    server: config.server?.url ?? null,
    reachable: server === undefined ? null : server.kind === "reply",
  };
  if (where.json === true) context.out(JSON.stringify(about));
  else for (const [name, value] of Object.entries(about)) context.out(`${name}: ${String(value)}`);
  if (server?.kind === "failure") throw refusal(config.server?.url ?? "", server);
  if (config.server !== undefined && !about.enrolled) context.end(exitCodes.problemFound);
}

async function ask(
  server: NonNullable<AgentConfig["server"]>,
  membership: Membership | undefined,
): Promise<ServerReply> {
  const pins = [...server.trust.pins, ...(membership?.pins ?? [])];
  await using link = openServerLink({ url: server.url, trust: { ...server.trust, pins }, timeout: 10_000 });
  const agentId = membership?.agentId ?? "00000000";
  return await link.call({ method: "POST", path: "/v1/agent/challenge", body: { agentId } });
}

async function status(where: Where, context: CliContext): Promise<void> {
  const config = settings(where, context);
  const membership = await readMembership(config.state, systemDisk);
  const listing = await readSpool(join(config.state, "spool"), systemDisk);
  const about = {
    agentId: membership?.agentId ?? null,
    server: config.server?.url ?? null,
    state: config.state,
    waiting: listing.waiting.length,
    oldest: listing.waiting[0] === undefined ? null : new Date(listing.waiting[0].sealedAt).toISOString(),
    acknowledged: listing.ackedSeq,
    dropped: listing.dropped.reduce((sum, each) => sum + each.count, 0),
    damaged: listing.damaged,
  };
  if (where.json === true) context.out(JSON.stringify(about));
  else for (const [name, value] of Object.entries(about)) context.out(`${name}: ${String(value ?? "none")}`);
}

async function spool(where: Where, context: CliContext): Promise<void> {
  const config = settings(where, context);
  const { waiting } = await readSpool(join(config.state, "spool"), systemDisk);
  for (const { seq, sealedAt, bytes, observations, findings } of waiting) {
    const sealed = new Date(sealedAt).toISOString();
    if (where.json === true) context.out(JSON.stringify({ seq, sealed, bytes, observations, findings }));
    else
      context.out(
        `${seq}\t${sealed}\t${measuredText(bytes, "bytes")}\t${observations} observations\t${findings} findings`,
      );
  }
  if (waiting.length === 0 && where.json !== true) context.say("nothing waits");
}
