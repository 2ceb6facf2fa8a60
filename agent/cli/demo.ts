import { subjectText } from "../../protocol/subject-text.ts";
import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { silentLog } from "../io/log.ts";
import { makeFolder } from "../io/host/make-folder.ts";
import type { CliContext } from "./context.ts";
import { CliError, exitCodes } from "./exit-codes.ts";
import { demoConfig, prepareInventory, type DemoPorts } from "./demo/prepare.ts";
import { demoPhones, demoSite, demoSiteConfig, faultyPort, type SitePlan } from "./demo/plan.ts";
import { SimulatedSite, type SiteEvent } from "./demo/simulated-site.ts";
import { readResult, type DemoResult } from "./demo/result.ts";
import { startProblem } from "./server/server.ts";
import { startTogether, type Together } from "./together.ts";
import { untilStopped } from "./until-stopped.ts";

interface DemoOptions {
  readonly exitWhenDone?: boolean;
  readonly json?: boolean;
  readonly data: string;
  readonly portBase: number;
}

/** Longest that the demo may take to show what it is there for, ms. */
const patience = 90_000;
const mark = ".offhook-demo";

/** `offhook demo`: server, agent and a simulated site on loopback; in the browser, or to its end by itself. */
export function demo(command: Command, context: CliContext): void {
  command
    .option(
      "--exit-when-done",
      "end when every phone has its config and the planted fault is diagnosed; no browser",
    )
    .option("--json", "one JSON object with the result on stdout")
    .option("--data <folder>", "where the demo keeps its data; emptied first", "./data-demo")
    .option("--port-base <n>", "first of the ports it takes on loopback; 0: any free ones", Number, 18_440)
    .addHelpText(
      "after",
      "\nExample:\n  offhook demo --exit-when-done --json --data /tmp/offhook-demo --port-base 0\n",
    )
    .action((options: DemoOptions) => run(options, context));
}

async function run(options: DemoOptions, context: CliContext): Promise<void> {
  checkPortBase(options.portBase);
  emptyFolder(options.data);
  const startedAt = Date.now();
  const ports = portsFrom(options.portBase);
  context.say("starting the server, the agent and a site of 12 phones …");
  const together = await startTogether({
    config: await demoConfig(resolve(options.data), ports),
    site: demoSite,
    log: silentLog,
    times: { startSpread: 1000, stateEvery: 5000, stateGap: 1000, reconnectSpread: 1000 },
  }).catch((error: unknown) => {
    throw startProblem(error);
  });
  const booted = new Set<string>();
  const plan = sitePlan(ports);
  const site = new SimulatedSite(plan, (event) => tell(event, booted, context));
  try {
    await begin(together, site, plan, options);
    if (options.exitWhenDone === true) await toTheEnd(together, startedAt, options, context);
    else await stayOpen(together, startedAt, context);
  } finally {
    await site.stop();
    await together.close();
  }
}

function checkPortBase(portBase: number): void {
  if (Number.isInteger(portBase) && portBase >= 0 && portBase <= 65_500) return;
  throw new CliError(exitCodes.usage, "--port-base: expected a whole number from 0 to 65500");
}

/** Only what a demo made is emptied: a mistyped folder must not lose anybody's data. */
function emptyFolder(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length > 0 && !existsSync(join(folder, mark))) {
    throw new CliError(
      exitCodes.usage,
      `${folder} is not empty and no demo made it`,
      "Choose another folder with --data.",
    );
  }
  rmSync(folder, { recursive: true, force: true });
  makeFolder(folder);
  writeFileSync(join(folder, mark), "made by offhook demo; may be deleted\n");
}

function portsFrom(base: number): DemoPorts {
  const port = (offset: number) => (base === 0 ? 0 : base + offset);
  return {
    phones: port(0),
    staff: port(1),
    tftp: port(2),
    metrics: port(3),
    switch: port(4),
    pbx: port(5),
    mirror: port(6),
  };
}

function sitePlan(ports: DemoPorts): SitePlan {
  return {
    phones: demoPhones,
    ports: { switch: ports.switch, pbx: ports.pbx, mirror: ports.mirror },
    portCount: 24,
    bootTime: 5000,
    writeCommunity: randomBytes(12).toString("base64url"),
    faultyPort,
    // Under load: below the 44 V an 802.3af source must give.
    volts: 39.2,
  };
}

function tell(event: SiteEvent, booted: Set<string>, context: CliContext): void {
  if (event.event === "failed") context.say(`the simulated site: ${event.why}`);
  if (event.event !== "booted") return;
  for (const problem of event.problems) context.say(`phone ${event.mac}: ${problem}`);
  booted.add(event.mac);
  context.progress(`${booted.size} of ${demoPhones.length} phones have booted`);
}

async function begin(
  together: Together,
  site: SimulatedSite,
  { writeCommunity }: SitePlan,
  { data }: DemoOptions,
): Promise<void> {
  const { server } = together;
  const addresses = await site.ready();
  await prepareInventory(server.inventory, addresses);
  const ca = join(resolve(data), "ca.pem");
  writeFileSync(ca, server.caPem);
  // The agent alone reads it, as at a customer's: the server hands out orders and never has write access.
  const writers = join(resolve(data), "switch-writers");
  writeFileSync(writers, writeCommunity, { mode: 0o600 });
  const fetch = { url: await tokenUrl(together), ca };
  const config = demoSiteConfig(addresses, fetch, `file:${writers}`);
  await server.agents.setSiteConfig({ tenant: "default", site: demoSite }, config);
  await together.startAgent();
  site.boot({
    httpsUrl: `https://127.0.0.1:${server.phonesPort}/`,
    tftpUrl: `tftp://127.0.0.1:${String(server.tftpPort)}/`,
    ca: server.caPem,
  });
}

/** What the agent fetches to see provisioning as a phone sees it: the common file, which belongs to no phone. */
async function tokenUrl({ server }: Together): Promise<string> {
  return `https://127.0.0.1:${server.phonesPort}/y000000000108.cfg`;
}

async function stayOpen(together: Together, startedAt: number, context: CliContext): Promise<void> {
  const { server } = together;
  const link = await server.signInLink("demo", "admin");
  context.say("");
  context.say(
    "Open this in your browser (it will warn of the demo's own certificate); it signs you in once:",
  );
  context.out(`https://127.0.0.1:${server.staffPort}/sign-in/link/${link.reveal()}`);
  context.say("");
  context.say(
    "Within a minute: 12 phones provisioned, a switch with its ports, and one planted fault with its diagnosis.",
  );
  context.say("Ctrl-C stops it and leaves nothing behind but the data folder.");
  void watch(together, startedAt, context).then((result) => {
    if (result.done) context.say(`All there after ${result.seconds} s: ${describe(result)}`);
  });
  await untilStopped(context.signal);
  context.end(exitCodes.done);
}

function describe(result: DemoResult): string {
  const [incident] = result.incidents;
  const cause =
    incident === undefined ? "no incident" : `${incident.cause} at ${subjectText(incident.subject)}`;
  return `${result.phones.provisioned} phones provisioned, ${result.ports} ports watched, incident: ${cause}.`;
}

async function toTheEnd(
  together: Together,
  startedAt: number,
  options: DemoOptions,
  context: CliContext,
): Promise<void> {
  const result = await watch(together, startedAt, context);
  const { done, ...shown } = result;
  if (options.json === true) context.out(JSON.stringify(shown));
  else context.out(describe(result));
  if (!done) context.say(`Not all was there within ${patience / 1000} s.`);
  context.end(done ? exitCodes.done : exitCodes.problemFound);
}

/** Looks twice a second until all is there, time is up, or the person has had enough. */
async function watch(together: Together, startedAt: number, context: CliContext): Promise<DemoResult> {
  for (;;) {
    const result = await readResult(together.server, startedAt);
    if (result.done || Date.now() - startedAt > patience || context.signal.aborted) return result;
    await new Promise((next) => setTimeout(next, 500));
  }
}
