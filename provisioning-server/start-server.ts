import { setTimeout as sleep } from "node:timers/promises";
import type { Secret } from "../protocol/secret.ts";
import type { ServerConfig } from "./config.ts";
import type { StoreDirectory } from "./inventory/directory.ts";
import { defaultTenant, type Inventory } from "./inventory/inventory.ts";
import { MetricsRegistry } from "./metrics.ts";
import type { Noc } from "./noc/build-noc.ts";
import { nocSources } from "./noc-sources.ts";
import { openInventory } from "./open-inventory.ts";
import { watchResyncs } from "./resync/run-resyncs.ts";
import { CommandWait } from "./reports/command-wait.ts";
import { serverMetrics } from "./server-metrics.ts";
import { serverVersion } from "./server-version.ts";
import { serverLog } from "./server-log.ts";
import { Closing } from "./start/closing.ts";
import { openGuard } from "./start/open-guard.ts";
import { doorOptions, openPhones, openTftp } from "./start/open-doors.ts";
import { serverImages, watchFirmware, watchRollouts } from "./start/firmware.ts";
import { openHttp } from "./start/open-http.ts";
import { watchListed } from "./start/listed-networks.ts";
import { openLegacy } from "./start/open-legacy.ts";
import { openPnp } from "./start/open-pnp.ts";
import { watchLoad } from "./start/load-watch.ts";
import { openMetrics, serverReadiness } from "./start/open-metrics.ts";
import { openStaff } from "./start/open-staff.ts";
import type { PartsWithNoc, ServerParts } from "./start/parts.ts";
import { serverCertificates, watchCertificates } from "./start/server-certificates.ts";
import { buildServerNoc, watchSites } from "./start/watch-sites.ts";
import { Agents } from "./store/agents.ts";
import { Commands } from "./store/commands.ts";
import { CurrentObservations } from "./store/observations.ts";
import { Reports } from "./store/reports.ts";
import type { Role } from "./store/staff.ts";

/** A server that listens. */
export interface RunningServer {
  readonly phonesPort: number;
  readonly staffPort: number;
  readonly tftpPort: number | undefined;
  /** Where the settings open the plain door, and the one of old TLS. */
  readonly httpPort: number | undefined;
  readonly legacyPort: number | undefined;
  readonly metricsPort: number;
  readonly caPem: string;
  readonly spkiPin: string;
  readonly inventory: Inventory;
  readonly agents: Agents;
  readonly current: CurrentObservations;
  readonly reports: Reports;
  readonly noc: Noc;
  /** `https://name:port`, as phones are told. */
  readonly phonesUrl: string;
  /** `https://name:port`, for staff and agents. */
  readonly staffUrl: string;
  /** A path that signs this account in once, within 15 minutes; the account is made when it is missing. */
  signInLink(login: string, role: Role): Promise<Secret>;
  /** Not ready at once; resolves when balancers had the time to see it (`drain` of the settings), and goes on answering. */
  drain(): Promise<void>;
  /** Not ready at once, then no new work, then what is under way ends, then the store. */
  close(): Promise<void>;
}

/**
 * Opens the store, the certificates and every listener.
 *
 * @throws StoreError, or the kernel's error of a port that cannot be had; nothing half-starts.
 */
export async function startServer(config: ServerConfig): Promise<RunningServer> {
  const parts = await openParts(config);
  try {
    return await openAll({ ...parts, noc: await buildServerNoc(parts) });
  } catch (error) {
    await parts.closing.run();
    throw error;
  }
}

async function openParts(config: ServerConfig): Promise<ServerParts> {
  const inventory = await openInventory({ data: config.data });
  const { store } = inventory;
  const log = serverLog(config.logLevel);
  const crash = (error: unknown): void => log.error({ event: "crash", err: error }, "a bug of ours");
  const closing = new Closing(crash);
  const recorder = inventory.recorder(crash);
  const load = watchLoad(closing);
  recorder.yieldTo(() => load.pressed);
  const registry = new MetricsRegistry();
  const metrics = serverMetrics(registry, { version: serverVersion(), revision: "", node: process.version });
  closing.push(() => inventory[Symbol.asyncDispose]());
  closing.push(() => recorder.flush());
  const parts = {
    config,
    inventory,
    log,
    registry,
    metrics,
    sources: nocSources({
      inventory,
      agents: new Agents(store),
      observations: new CurrentObservations(store),
    }),
    commandWait: new CommandWait(new Commands(store)),
    recorder,
    load,
    closing,
    crash,
    tlsListeners: [],
    images: serverImages({ config, log, registry, metrics }),
  };
  return { ...parts, guard: await openGuard(parts) };
}

/** One line a part: a new listener or watch is a file in start/ and a line here. */
async function openAll(parts: PartsWithNoc): Promise<RunningServer> {
  const { config, inventory, noc, closing, log } = parts;
  const certificates = await serverCertificates(parts);
  const directory = Promise.withResolvers<StoreDirectory>();
  const door = doorOptions(parts, directory.promise);
  const phonesPort = await openPhones(parts, door, certificates);
  const phonesUrl = `https://${config.names[0] ?? "localhost"}:${phonesPort}`;
  await inventory.setBaseUrl(phonesUrl);
  directory.resolve(watchFirmware(parts, await inventory.directory()));
  const listed = await watchListed(parts);
  const tftpPort = await openTftp(parts, door, listed);
  const httpPort = await openHttp(parts, door, certificates);
  const legacyPort = await openLegacy(parts, door, directory.promise, certificates);
  const pnpPort = await openPnp(parts, directory.promise, listed);
  const staffPort = await openStaff(parts, certificates);
  const readiness = serverReadiness(parts);
  const metricsPort = await openMetrics(parts, readiness);
  watchSites(parts);
  watchCertificates(parts);
  watchRollouts(parts);
  await watchResyncs(parts);
  log.info(
    { event: "listening", phonesPort, staffPort, tftpPort, httpPort, legacyPort, pnpPort, metricsPort },
    "the server listens",
  );
  return {
    phonesPort,
    staffPort,
    tftpPort,
    httpPort,
    legacyPort,
    metricsPort,
    phonesUrl,
    staffUrl: `https://${config.names[0] ?? "localhost"}:${staffPort}`,
    caPem: certificates.caPem,
    spkiPin: certificates.spkiPin,
    inventory,
    agents: new Agents(inventory.store),
    current: new CurrentObservations(inventory.store),
    reports: new Reports(inventory.store),
    noc,
    async signInLink(login, role) {
      const member = await noc.signIn.putAccount({ tenant: defaultTenant, login, name: login, role });
      return noc.signIn.createLink(member);
    },
    async drain() {
      readiness.drain();
      log.info({ event: "draining", seconds: config.drain }, "the server takes leave");
      await sleep(config.drain * 1000);
    },
    async close() {
      readiness.drain();
      await closing.run();
    },
  };
}
